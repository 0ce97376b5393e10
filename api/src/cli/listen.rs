//! `postmortem listen`: a receiver of webhooks for development, on this machine. Prints what comes and whether its signature fits.

use std::{net::TcpListener, sync::Arc};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use super::args::ListenArgs;
use crate::platform::{
    clock::{Clock, SystemClock},
    secret::Secret,
    signature::{self, Signed},
};

struct Listening {
    secret: Secret,
    clock: Arc<dyn Clock>,
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

async fn receive(state: web::Data<Listening>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let id = header(&request, "webhook-id");
    let signed = Signed {
        id,
        timestamp: header(&request, "webhook-timestamp"),
        signatures: header(&request, "webhook-signature"),
        body: &body,
    };
    if let Err(refused) = signed.verify(&state.secret, state.clock.now()) {
        eprintln!("refused {id:?}: {refused}");
        return HttpResponse::BadRequest().body(refused);
    }
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(told) => outln!("{id} {told:#}"),
        Err(_) => outln!("{id} {}", String::from_utf8_lossy(&body)),
    }
    HttpResponse::NoContent().finish()
}

/// Says why the command is none: with this secret nothing that comes could be verified.
pub(super) fn refused(args: &ListenArgs) -> Option<String> {
    let refusal = signature::check(&Secret::new(args.secret.clone())).err()?;
    Some(refusal.to_owned())
}

pub(super) async fn listen(args: ListenArgs) -> Result<(), String> {
    let problem = |problem| {
        format!(
            "cannot listen on port {}: {problem}; choose another with --port.",
            args.port
        )
    };
    let listener = TcpListener::bind(("127.0.0.1", args.port)).map_err(problem)?;
    let address = listener.local_addr().map_err(problem)?;
    let state = web::Data::new(Listening {
        secret: Secret::new(args.secret.clone()),
        clock: Arc::new(SystemClock),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .default_service(web::post().to(receive))
    })
    .workers(1)
    .shutdown_timeout(1)
    .listen(listener)
    .map_err(problem)?
    .run();
    eprintln!(
        "Listening for webhooks at http://{address}/; the service needs webhook_allow_http = true and \
         webhook_allowed_networks = [\"127.0.0.0/8\"] to send them here."
    );
    server
        .await
        .map_err(|problem| format!("the receiver stopped: {problem}"))
}
