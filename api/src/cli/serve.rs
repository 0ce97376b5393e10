//! `postmortem serve`, `api` and `worker`.

use std::{
    io::{IsTerminal, stderr},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use url::Url;

use super::sentence;
use crate::{
    auth::App,
    http::server::{self, Listeners},
    jobs,
    platform::telemetry::Traces,
};

/// How long background work may still take once the process is told to stop: longer than any call of a webhook.
const GRACE: Duration = Duration::from_secs(16);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// API and background work.
    Both,
    /// The API.
    Api,
    /// The background work. It answers only for its health.
    Worker,
}

pub(super) async fn serve(app: Arc<App>, role: Role, traces: Option<Traces>) -> Result<(), String> {
    let listeners = listen(&app)?;
    announce(&app, role);
    run(app, role, listeners, traces).await
}

/// Takes the addresses before anything else is done, so that a second start says so at once.
pub(super) fn listen(app: &App) -> Result<Listeners, String> {
    let take = |address: SocketAddr, flag: &str| {
        TcpListener::bind(address)
            .map_err(|problem| format!("cannot listen on {address}: {problem}; choose another address with {flag}."))
    };
    let metrics = app.settings.metrics_listen.filter(|_| app.settings.metrics);
    Ok(Listeners {
        main: take(app.settings.listen, "--listen")?,
        metrics: metrics.map(|address| take(address, "--metrics-listen")).transpose()?,
    })
}

/// Until the process is told to stop. What is left of its traces is sent then.
pub(super) async fn run(app: Arc<App>, role: Role, listeners: Listeners, traces: Option<Traces>) -> Result<(), String> {
    if !app.sealer.has_key() {
        tracing::warn!(
            "the key that tokens are signed with is not sealed: whoever reads the database can sign in as anybody; give every process \
             the same sealing_key"
        );
    }
    let outcome = work(app, role, listeners).await;
    if let Some(traces) = traces {
        traces.flush();
    }
    outcome
}

async fn work(app: Arc<App>, role: Role, listeners: Listeners) -> Result<(), String> {
    let work = match role {
        Role::Api => None,
        Role::Both | Role::Worker => Some(jobs::start(app.clone()).map_err(|error| sentence(&error))?),
    };
    let serving = match role {
        Role::Worker => server::serve_health(app, listeners),
        Role::Both | Role::Api => server::serve(app, listeners),
    };
    let mut serving = serving.map_err(|error| sentence(&error))?;
    let told = serving.until_told_to_stop().await;
    let is_graceful = matches!(told, Ok(true));
    let work = async {
        if let Some(work) = work {
            work.stop(if is_graceful { GRACE } else { Duration::ZERO }).await;
        }
    };
    let (stopped, ()) = tokio::join!(serving.stop(is_graceful), work);
    told.map(drop)
        .and(stopped)
        .map_err(|error| format!("the server stopped: {}", sentence(&error)))
}

fn announce(app: &App, role: Role) {
    let address = app.settings.listen;
    let people = Url::parse(&app.settings.public_url);
    if people.is_ok_and(|url| matches!(url.host_str(), Some("0.0.0.0" | "[::]"))) {
        tracing::warn!(
            public_url = app.settings.public_url,
            "nobody can follow links to this address; set public_url to the one that people use"
        );
    }
    if !stderr().is_terminal() {
        // Whoever collects these lines expects all of them in the same form.
        match role {
            Role::Worker => tracing::info!(%address, "Postmortem is working"),
            Role::Both | Role::Api => tracing::info!(%address, "Postmortem is serving"),
        }
        return;
    }
    match role {
        Role::Worker => eprintln!("Postmortem is working; its health is at http://{address}/healthz"),
        Role::Both | Role::Api => eprintln!(
            "Postmortem serves GraphQL at http://{address}/graphql and an explorer at http://{address}/graphiql\n\
             Get a token with: postmortem token --email YOU@EXAMPLE.ORG --role admin"
        ),
    }
}
