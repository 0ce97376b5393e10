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

/// Ready: the database answers and its schema is up to date.
pub async fn readyz(app: web::Data<Arc<App>>) -> HttpResponse {
    let outcome = async {
        app.databases.ping().await?;
        db::is_current(&app.databases).await
    };
    let (mut answer, text) = match app.databases.within(PATIENCE, outcome).await {
        Ok(true) => (HttpResponse::Ok(), "ready\n"),
        Ok(false) => (
            HttpResponse::ServiceUnavailable(),
            "the database schema is not up to date; run `postmortem migrate`\n",
        ),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "not ready");
            (HttpResponse::ServiceUnavailable(), "the database does not answer\n")
        }
    };
    answer.content_type("text/plain; charset=utf-8").body(text)
}
