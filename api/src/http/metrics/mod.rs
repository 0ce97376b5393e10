//! `/metrics`, for Prometheus: what the process counts of itself, and, where there is an API, what the database says of the work.
//! Both text formats, by Accept. What each metric means is in docs/dashboards.md.

mod access;
mod figures;
mod format;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::{self, ServiceConfig},
};
use prometheus_client::registry::Registry;

use self::{access::Access, figures::Cache, format::Format};
use super::rate::RateLimits;
use crate::auth::App;

/// What a process has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// What it counts of itself.
    Process,
    /// That, and what is in the database.
    Everything,
}

/// What answers.
pub(super) struct Metrics {
    process: Registry,
    figures: Option<Cache>,
    access: Access,
}

impl Metrics {
    /// For a process. `is_apart`: served at an address of its own.
    pub(super) fn new(app: &Arc<App>, limits: Arc<RateLimits>, scope: Scope, is_apart: bool) -> Self {
        let mut process = Registry::default();
        app.meters.register(&mut process);
        Self {
            process,
            figures: (scope == Scope::Everything).then(|| Cache::new(app.clone())),
            access: Access::new(&app.settings, limits, is_apart),
        }
    }
}

/// Registers the route, unless it is switched off.
pub(super) fn route(config: &mut ServiceConfig, metrics: Option<web::Data<Metrics>>) {
    if let Some(metrics) = metrics {
        config
            .app_data(metrics)
            .route("/metrics", web::get().to(show))
            .route("/metrics", web::head().to(show));
    }
}

async fn show(metrics: web::Data<Metrics>, http: HttpRequest) -> HttpResponse {
    if let Some(refusal) = metrics.access.refusal(&http) {
        return refusal;
    }
    let figures = match &metrics.figures {
        Some(cache) => Some(cache.get().await),
        None => None,
    };
    let format = Format::wanted(http.headers());
    let all = [Some(&metrics.process), figures.as_deref()];
    match format.write(all.into_iter().flatten()) {
        Ok(text) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, format.content_type()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
