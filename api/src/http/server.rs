//! The server: routes, limits and workers.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App as Actix, HttpRequest, HttpServer,
    dev::Server,
    middleware::{Compress, from_fn},
    web::{self, Payload, ServiceConfig},
};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    calendar,
    engine::Backend,
    event_schemas,
    export::{self, Exports},
    graphql::{DocumentLimits, Documents, HttpLimits, Trusted, check_document, explorer},
    health::{healthz, readyz},
    keys::jwks,
    live::{self, Live},
    login::{self, Door},
    measure::measure,
    metrics::{self, Metrics, Scope},
    overload::{Gate, in_turn},
    pages,
    rate::RateLimits,
    report_files,
    request_ids::identified,
    trackers,
    unread::close_unread,
};
use crate::{
    auth::App,
    platform::{
        error::Error,
        settings::{MOST_WORKERS, Settings},
    },
    schema::checker::Checker,
};

/// What every worker shares.
#[derive(Clone)]
pub struct Service {
    app: Arc<App>,
    backend: web::Data<Backend>,
    door: web::Data<Door>,
    exports: web::Data<Exports>,
    gate: web::Data<Gate>,
    limits: web::Data<HttpLimits>,
    live: web::Data<Live>,
    metrics: Option<web::Data<Metrics>>,
}

/// What answers at `/metrics` of an address, if anything does.
fn metrics_at(app: &Arc<App>, rates: &Arc<RateLimits>, scope: Scope) -> Option<web::Data<Metrics>> {
    let settings = &app.settings;
    let is_here = settings.metrics && settings.metrics_listen.is_none();
    is_here.then(|| web::Data::new(Metrics::new(app, rates.clone(), scope, false)))
}

impl Service {
    /// For one process.
    pub fn new(app: Arc<App>) -> Result<Self, Error> {
        let settings = &app.settings;
        let limits = HttpLimits {
            body_bytes: settings.body_limit_bytes,
            time: Duration::from_millis(settings.request_timeout_ms),
            document: document_limits(settings),
            ..HttpLimits::default()
        };
        let trusted = trusted_documents(settings).map_err(Error::internal)?;
        let documents = Documents::new(settings.persisted_query_bytes, trusted);
        let rates = Arc::new(RateLimits::new(settings, app.clock.clone()));
        let gate = Arc::new(Gate::new(settings));
        let backend = Backend::new(app.clone(), rates.clone(), gate.clone(), documents)?;
        let backend = web::Data::new(backend);
        Ok(Self {
            metrics: metrics_at(&app, &rates, Scope::Everything),
            door: web::Data::new(Door {
                app: app.clone(),
                limits: rates,
            }),
            exports: web::Data::new(Exports::new(backend.clone())),
            gate: web::Data::from(gate),
            live: web::Data::new(Live::new(app.clone())),
            app,
            backend,
            limits: web::Data::new(limits),
        })
    }

    /// Ends sockets and event streams, so that a server can stop.
    pub fn close_live(&self) {
        self.live.close();
    }

    /// The routes, for a server or a test.
    pub fn configure(&self, config: &mut ServiceConfig) {
        let service = live::Service {
            backend: self.backend.clone(),
            limits: self.limits.clone(),
            live: self.live.clone(),
        };
        config
            .app_data(web::Data::new(self.app.clone()))
            .app_data(self.backend.clone())
            .app_data(self.door.clone())
            .app_data(self.exports.clone())
            .app_data(self.gate.clone())
            .app_data(self.limits.clone())
            .route("/healthz", web::get().to(healthz))
            .route("/healthz", web::head().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/readyz", web::head().to(readyz))
            .route("/.well-known/jwks.json", web::get().to(jwks))
            .route("/events/schemas", web::get().to(event_schemas::list))
            .route("/events/schemas/{name}", web::get().to(event_schemas::one))
            .route("/export/reports/{name}", web::get().to(report_files::report))
            .service(
                web::resource("/hooks/trackers/{connection}")
                    .app_data(web::PayloadConfig::new(self.limits.notice_bytes))
                    .route(web::post().to(trackers::hook)),
            )
            .service(web::resource("/calendar/{file}").to(calendar::feed))
            .service(web::resource("/export/{file}").to(export::export))
            .service(
                web::resource("/graphql")
                    .to(move |http: HttpRequest, payload: Payload| live::endpoint(service.clone(), http, payload)),
            )
            .configure(login::routes)
            .configure(|config| metrics::route(config, self.metrics.clone()))
            .configure(explorer)
            .configure(pages::routes);
    }
}

fn document_limits(settings: &Settings) -> DocumentLimits {
    DocumentLimits {
        aliases: settings.query_aliases,
        introspection: settings.introspection,
        ..DocumentLimits::default()
    }
}

/// The documents that may run, when only those may. The error is a sentence for the person who starts the service.
pub fn trusted_documents(settings: &Settings) -> Result<Option<Trusted>, String> {
    let Some(path) = &settings.trusted_documents else {
        return Ok(None);
    };
    let (checker, limits) = (Checker::new(settings), document_limits(settings));
    let check = |text: &str| check_document(text, &limits, |document, name| checker.errors(document, name));
    let trusted = Trusted::read(path, check);
    trusted
        .map(Some)
        .map_err(|problem| format!("trusted_documents: {problem}"))
}

/// How long what has begun may take, once the server is to stop. An orchestrator kills after 30 seconds.
const GRACE_SECONDS: u64 = 15;

/// A server that answers.
pub struct Serving {
    server: Server,
    service: Option<Service>,
    /// The address of metrics, if they have one of their own.
    metrics: Option<Server>,
}

impl Serving {
    /// Until the process is told to stop. Whether what has begun may be finished.
    pub async fn until_told_to_stop(&mut self) -> Result<bool, Error> {
        // A server does nothing unless somebody waits for it.
        let Self { server, metrics, .. } = self;
        let apart = async {
            match metrics {
                Some(metrics) => metrics.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = server => outcome.map(|()| false).map_err(Error::internal),
            outcome = apart => outcome.map(|()| false).map_err(Error::internal),
            is_graceful = told_to_stop() => is_graceful,
        }
    }

    /// Ends what would go on for ever, and finishes what has begun.
    pub async fn stop(self, is_graceful: bool) -> Result<(), Error> {
        if let Some(service) = &self.service {
            service.close_live();
        }
        let stopped = self.server.handle().stop(is_graceful);
        let (outcome, ()) = tokio::join!(self.server, stopped);
        // The last to go: until then it can be seen how the process stops.
        if let Some(metrics) = self.metrics {
            let stopped = metrics.handle().stop(false);
            let (ended, ()) = tokio::join!(metrics, stopped);
            ended.map_err(Error::internal)?;
        }
        outcome.map_err(Error::internal)
    }
}

/// Where a process listens.
pub struct Listeners {
    /// For everything.
    pub main: TcpListener,
    /// For metrics alone, if they have an address of their own.
    pub metrics: Option<TcpListener>,
}

/// Serves metrics at an address of their own.
fn serve_metrics(app: &Arc<App>, scope: Scope, listener: TcpListener) -> Result<Server, Error> {
    let rates = Arc::new(RateLimits::new(&app.settings, app.clock.clone()));
    let metrics = web::Data::new(Metrics::new(app, rates, scope, true));
    let shared = web::Data::new(app.clone());
    let server = HttpServer::new(move || {
        Actix::new()
            .wrap(Compress::default())
            .wrap(from_fn(identified))
            .app_data(shared.clone())
            .configure(|config| metrics::route(config, Some(metrics.clone())))
    });
    let server = server.disable_signals().shutdown_timeout(1).workers(1);
    Ok(server.listen(listener).map_err(Error::internal)?.run())
}

/// Serves only what an orchestrator asks, and metrics, for a process without an API.
pub fn serve_health(app: Arc<App>, listeners: Listeners) -> Result<Serving, Error> {
    let rates = Arc::new(RateLimits::new(&app.settings, app.clock.clone()));
    let metrics = metrics_at(&app, &rates, Scope::Process);
    let apart = listeners
        .metrics
        .map(|listener| serve_metrics(&app, Scope::Process, listener));
    let shared = web::Data::new(app);
    let server = HttpServer::new(move || {
        Actix::new()
            .wrap(from_fn(measure))
            .wrap(from_fn(identified))
            .app_data(shared.clone())
            .configure(|config| metrics::route(config, metrics.clone()))
            .route("/healthz", web::get().to(healthz))
            .route("/healthz", web::head().to(healthz))
            .route("/readyz", web::get().to(readyz))
            .route("/readyz", web::head().to(readyz))
    })
    .disable_signals()
    .shutdown_timeout(GRACE_SECONDS)
    .workers(1);
    Ok(Serving {
        server: server.listen(listeners.main).map_err(Error::internal)?.run(),
        service: None,
        metrics: apart.transpose()?,
    })
}

/// Serves everything.
pub fn serve(app: Arc<App>, listeners: Listeners) -> Result<Serving, Error> {
    let service = Service::new(app.clone())?;
    let apart = listeners
        .metrics
        .map(|listener| serve_metrics(&app, Scope::Everything, listener));
    let shared = service.clone();
    let mut server = HttpServer::new(move || {
        let service = shared.clone();
        Actix::new()
            .wrap(from_fn(in_turn))
            .wrap(Compress::default())
            .wrap(from_fn(measure))
            .wrap(from_fn(close_unread))
            .wrap(from_fn(identified))
            .configure(|config| service.configure(config))
    })
    // A compressed answer leaves in several writes; the last must not wait until the first is acknowledged.
    .tcp_nodelay(true)
    .disable_signals()
    .shutdown_timeout(GRACE_SECONDS)
    .client_request_timeout(Duration::from_millis(app.settings.header_timeout_ms));
    // The library counts the connections of each worker.
    let workers = match app.settings.workers {
        0 => std::thread::available_parallelism().map_or(1, |processors| processors.get().min(MOST_WORKERS)),
        given => given,
    };
    server = server
        .workers(workers)
        .max_connections(app.settings.max_connections.div_ceil(workers));
    Ok(Serving {
        server: server.listen(listeners.main).map_err(Error::internal)?.run(),
        service: Some(service),
        metrics: apart.transpose()?,
    })
}

/// Whether what has begun may be finished: an orchestrator waits for it, somebody at a keyboard does not.
async fn told_to_stop() -> Result<bool, Error> {
    let signal = |kind| signal(kind).map_err(Error::internal);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(tokio::select! {
        _ = terminate.recv() => true,
        _ = interrupt.recv() => false,
    })
}
