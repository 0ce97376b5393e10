//! Live updates on the wire: GraphQL over WebSocket and over event streams.
//!
//! `/graphql` answers an upgrade with the protocol `graphql-transport-ws` (`socket`), and `Accept: text/event-stream` with that
//! of graphql-sse: a stream for each operation (`stream`), or one for many, which is reserved beforehand (`reservations`). They
//! share what an operation is (`operation`): its document is read, measured and limited like any other, and every event is a
//! request of its own. What follows the log is `crate::live`.
//!
//! **Who.** A socket says who it is in its first message, or when it was opened; a stream as every request does. What was shown
//! is kept and looked at again for each operation, each event and each keep-alive, so what is revoked ends here too.
//!
//! **Limits.** Each user or token may hold so many sockets and streams in a process (`seats`), and run so many operations on each.
//! Nobody is waited for: messages wait in short queues, a client that reads nothing for a while is cut off, and so is a
//! subscription that falls behind.
//!
//! **The end of the process.** Sockets are closed with 1001 and streams end, so that clients come back, to another process or
//! to the next one.

mod messages;
mod operation;
mod reservations;
mod seats;
mod socket;
mod stream;

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{ACCEPT, HeaderMap, UPGRADE},
    },
    web::{self, Payload},
};
use tokio::sync::{oneshot, watch};
use tracing::{Instrument, Span};

use self::{
    reservations::Reservations,
    seats::{Seat, Seats},
};
use super::{
    engine::{Backend, refuse},
    graphql::{Engine, HttpLimits, IDEMPOTENCY_KEY, Refusal, graphql, respond_in_json},
};
use crate::{
    auth::{App, Viewer},
    live::jobs::Hub,
    platform::{background, error::Error},
};

/// A client that takes nothing for so long is gone, or as good as gone.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How many messages may wait for a client.
const QUEUE: usize = 16;

/// What the sockets and streams of a process share.
pub(super) struct Live {
    hub: Hub,
    seats: Arc<Seats>,
    reservations: Reservations,
    closing: watch::Sender<bool>,
}

impl Live {
    /// For a process.
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            seats: Arc::new(Seats::new(
                app.settings.live_connections,
                app.meters.live_connections.clone(),
            )),
            reservations: Reservations::default(),
            closing: watch::Sender::new(false),
            hub: Hub::new(app),
        }
    }

    /// Ends all sockets and streams, and lets no more begin.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// All that a socket or a stream works with.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) backend: web::Data<Backend>,
    pub(super) limits: web::Data<HttpLimits>,
    pub(super) live: web::Data<Live>,
}

impl Service {
    /// A seat for a socket or a stream, after those have been given back that nobody came to use.
    fn take_seat(&self, viewer: &Viewer) -> Result<Option<Seat>, Refusal> {
        self.live.reservations.forget_unopened(self.backend.app.clock.ticks());
        self.live.seats.take(viewer)
    }

    fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.backend.app.settings.live_keep_alive_ms)
    }
}

/// Returns when the process is about to end.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // Fails when whoever could say so is gone.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Does the client ask for an event stream, before anything else?
fn accepts_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let first = accept.and_then(|accept| accept.split([',', ';']).next());
    first.is_some_and(|first| first.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// Answers a request that goes on when its client hangs up: who sends it once more then finds the answer.
async fn to_its_end(service: Service, http: HttpRequest, payload: Payload, request_id: &str) -> HttpResponse {
    let (answered, answer) = oneshot::channel();
    let run = async move {
        let response = graphql(service.backend.get_ref(), &service.limits, http, payload).await;
        // Nobody may be there any more.
        let _ = answered.send(response);
    };
    background::spawn_here(run.instrument(Span::current()));
    answer.await.unwrap_or_else(|lost| {
        let refusal = refuse(&Error::internal(lost), request_id);
        respond_in_json(Err(refusal), request_id)
    })
}

/// Hands a request on the GraphQL endpoint to the transport that it asks for.
pub(super) async fn endpoint(service: Service, http: HttpRequest, payload: Payload) -> HttpResponse {
    let backend = service.backend.clone();
    let id = backend.request_id(http.headers());
    let upgrade = http.headers().get(UPGRADE).and_then(|value| value.to_str().ok());
    let is_socket = upgrade.is_some_and(|name| name.eq_ignore_ascii_case("websocket"));
    let reserved = reservations::token(&http);
    let is_stream = accepts_stream(http.headers());
    let is_reservation = matches!(*http.method(), Method::PUT | Method::DELETE);
    if !is_socket && !is_stream && !is_reservation && reserved.is_none() {
        if http.headers().contains_key(IDEMPOTENCY_KEY) {
            return to_its_end(service, http, payload, &id).await;
        }
        return graphql(backend.get_ref(), &service.limits, http, payload).await;
    }
    let answered = match backend.admit(&http) {
        Err(refusal) => Err(refusal),
        Ok(()) if is_socket => socket::open(service, &http, payload, &id),
        Ok(()) => match (reserved, http.method()) {
            // Clients send the token of an earlier stream along.
            (_, &Method::PUT) => reservations::reserve(&service, &http, &id).await,
            (Some(token), &Method::GET) if is_stream => reservations::open(service, &token),
            (Some(token), &Method::DELETE) => reservations::stop(&service, &http, &token, &id).await,
            (Some(token), _) if !is_stream => reservations::operate(service, http, payload, &token, &id).await,
            _ => stream::open(service, http, payload, &id).await,
        },
    };
    answered.unwrap_or_else(|refusal| respond_in_json(Err(refusal), &id))
}
