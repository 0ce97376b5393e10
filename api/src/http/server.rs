//! The server: routes, limits and workers.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App as Actix, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    middleware::Compress,
    web::{self, Payload, ServiceConfig},
};

use super::{
    engine::Backend,
    event_schemas,
    graphql::{DocumentLimits, HttpLimits, explorer, graphql},
    health::{healthz, readyz},
    keys::jwks,
    login::{self, Door},
    rate::RateLimits,
};
use crate::{auth::App, platform::error::Error};

/// What every worker shares.
#[derive(Clone)]
pub struct Service {
    app: Arc<App>,
    backend: web::Data<Backend>,
    door: web::Data<Door>,
    limits: web::Data<HttpLimits>,
}

impl Service {
    /// For one process.
    pub fn new(app: Arc<App>) -> Result<Self, Error> {
        let settings = &app.settings;
        let limits = HttpLimits {
            body_bytes: settings.body_limit_bytes,
            time: Duration::from_millis(settings.request_timeout_ms),
            document: DocumentLimits {
                aliases: settings.query_aliases,
                ..DocumentLimits::default()
            },
            ..HttpLimits::default()
        };
        let rates = Arc::new(RateLimits::new(settings, app.clock.clone()));
        let backend = web::Data::new(Backend::new(app.clone(), rates.clone())?);
        Ok(Self {
            door: web::Data::new(Door {
                app: app.clone(),
                limits: rates,
            }),
            app,
            backend,
            limits: web::Data::new(limits),
        })
    }

    /// The routes, for a server or a test.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self.app.clone()))
            .app_data(self.backend.clone())
            .app_data(self.door.clone())
            .app_data(self.limits.clone())
            .route("/healthz", web::get().to(healthz))
            .route("/healthz", web::head().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/readyz", web::head().to(readyz))
            .route("/.well-known/jwks.json", web::get().to(jwks))
            .route("/events/schemas", web::get().to(event_schemas::list))
            .route("/events/schemas/{name}", web::get().to(event_schemas::one))
            .service(web::resource("/graphql").to(endpoint))
            .configure(login::routes)
            .configure(explorer);
    }
}

async fn endpoint(
    backend: web::Data<Backend>,
    limits: web::Data<HttpLimits>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    graphql(backend.get_ref(), &limits, request, payload).await
}

/// Serves only what an orchestrator asks, for a process without an API.
pub fn serve_health(app: Arc<App>, listener: TcpListener) -> Result<Server, Error> {
    let shared = web::Data::new(app);
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(shared.clone())
            .route("/healthz", web::get().to(healthz))
            .route("/healthz", web::head().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/readyz", web::head().to(readyz))
    })
    .workers(1);
    Ok(server.listen(listener).map_err(Error::internal)?.run())
}

/// Serves on a listener until it is told to stop; then it finishes what has begun.
pub fn serve(app: Arc<App>, listener: TcpListener) -> Result<Server, Error> {
    let service = Service::new(app.clone())?;
    let mut server = HttpServer::new(move || {
        let service = service.clone();
        Actix::new()
            .wrap(Compress::default())
            .configure(|config| service.configure(config))
    })
    .shutdown_timeout(20);
    if app.settings.workers > 0 {
        server = server.workers(app.settings.workers);
    }
    Ok(server.listen(listener).map_err(Error::internal)?.run())
}
