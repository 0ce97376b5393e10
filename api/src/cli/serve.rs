//! `postmortem serve`, `api` and `worker`.

use std::{net::TcpListener, sync::Arc, time::Duration};

use super::sentence;
use crate::{auth::App, http::server, jobs};

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

pub(super) async fn serve(app: Arc<App>, role: Role) -> Result<(), String> {
    let listener = listen(&app)?;
    announce(&app, role);
    run(app, role, listener).await
}

/// Takes the address before anything else is done, so that a second start says so at once.
pub(super) fn listen(app: &App) -> Result<TcpListener, String> {
    let address = app.settings.listen;
    TcpListener::bind(address)
        .map_err(|problem| format!("cannot listen on {address}: {problem}; choose another address with --listen."))
}

pub(super) async fn run(app: Arc<App>, role: Role, listener: TcpListener) -> Result<(), String> {
    let work = match role {
        Role::Api => None,
        Role::Both | Role::Worker => Some(jobs::start(app.clone()).map_err(|error| sentence(&error))?),
    };
    let serving = match role {
        Role::Worker => server::serve_health(app, listener),
        Role::Both | Role::Api => server::serve(app, listener),
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
    match role {
        Role::Worker => eprintln!("Postmortem is working; its health is at http://{address}/healthz"),
        Role::Both | Role::Api => eprintln!(
            "Postmortem serves GraphQL at http://{address}/graphql and an explorer at http://{address}/graphiql\n\
             Get a token with: postmortem token --email YOU@EXAMPLE.ORG --role admin"
        ),
    }
}
