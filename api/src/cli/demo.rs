//! `postmortem demo`: a database with a past, served.

use std::sync::Arc;

use chrono::Duration;

use super::{progress, sentence, serve};
use crate::{
    auth::App,
    demo::{self, Loaded},
    people::queries::user_by_email,
    platform::telemetry::Traces,
};

/// Demo data never lands in the database of somebody's own reports by accident.
pub(super) const DATABASE_URL: &str = "sqlite://postmortem-demo.db";

const FIRST_QUERY: &str = "{ recommendations(filter: {isOverdue: true}, first: 5) { totalCount nodes { key title dueOn \
                           daysOverdue owner { name } rootCauses { nodes { title } } report { key } incident { key title } } } }";

pub(super) async fn demo(app: Arc<App>, load_only: bool, traces: Option<Traces>) -> Result<(), String> {
    // The address first: nothing is loaded for a server that then cannot start.
    let listeners = if load_only { None } else { Some(serve::listen(&app)?) };
    let bar = progress::bar(demo::length(), "Loading the demo");
    let loaded = demo::load(&app, || bar.inc(1))
        .await
        .map_err(|error| sentence(&error))?;
    bar.finish_and_clear();
    match loaded {
        Loaded::Now(summary) => outln!("Loaded {summary} into {}.", app.databases.location()),
        Loaded::Before(on) => outln!(
            "The demo of {on} is in {} already; remove the file and start again to have its dates follow today.",
            app.databases.location()
        ),
    }
    let Some(listeners) = listeners else { return Ok(()) };
    let user = user_by_email(
        &app.databases.reader().await.map_err(|error| sentence(&error))?,
        demo::ADMIN,
    )
    .await
    .map_err(|error| sentence(&error))?
    .ok_or("the demo has no admin; remove the database file and start again.")?;
    let token = app.sign(&user, Duration::hours(8)).map_err(|error| sentence(&error))?;
    let address = app.settings.listen;
    outln!(
        "
Overview   http://{address}/login#token={token}
Explorer   http://{address}/graphiql#token={token}
GraphQL    http://{address}/graphql

A token for {name}, good for 8 hours:

export TOKEN={token}

A first query: what is overdue, who owns it, and which root cause does it treat?

curl -s http://{address}/graphql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\
  -d '{{\"query\": \"{FIRST_QUERY}\"}}'

Stop with Ctrl-C.",
        name = user.name
    );
    serve::run(app, serve::Role::Both, listeners, traces).await
}
