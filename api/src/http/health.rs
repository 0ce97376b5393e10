//! What an orchestrator asks: is the process alive, and can it serve?

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, web};

use crate::{
    auth::App,
    platform::{db, error::chain},
};

/// How long the database may take. Who asks does not wait much longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Alive: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// Ready: the database answers, and this release can work on its schema.
pub async fn readyz(app: web::Data<Arc<App>>) -> HttpResponse {
    let outcome = async {
        app.databases.ping().await?;
        Ok(db::schema(&app.databases).await?.problem())
    };
    let (mut answer, text) = match app.databases.within(PATIENCE, outcome).await {
        Ok(None) => (HttpResponse::Ok(), "ready"),
        Ok(Some(problem)) => (HttpResponse::ServiceUnavailable(), problem),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "not ready");
            (HttpResponse::ServiceUnavailable(), "the database does not answer")
        }
    };
    answer
        .content_type("text/plain; charset=utf-8")
        .body(format!("{text}\n"))
}
