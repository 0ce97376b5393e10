//! One event stream for many operations: the single connection mode of graphql-sse.
//!
//! `PUT` reserves a stream and answers with its token, `GET` opens it, `POST` sends operations whose results come there, and
//! `DELETE` stops one. A stream lives in the process that reserved it, so behind several processes its requests must come to
//! the same one; a stream for each operation, or a socket, needs no such care.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::CONTENT_TYPE},
    web::Payload,
};
use tokio::sync::mpsc;
use url::form_urlencoded;

use super::{
    QUEUE, Service,
    operation::{Caller, NotBegun, Part},
    seats::Seat,
    stream::{Outflow, events, name_of, resolve},
};
use crate::{
    auth::Session,
    http::{
        credential::Credential,
        engine::refuse,
        graphql::{Refusal, decode, respond_in_json},
        rate::Principal,
    },
    platform::{
        background::{self, Bound},
        secret,
    },
};

/// The header that carries the token of a stream; the query string may do so too.
const HEADER: &str = "x-graphql-event-stream-token";
/// How long a reservation is kept for whoever opens it.
const UNOPENED: Duration = Duration::from_secs(60);

/// The streams of a process, by their tokens.
#[derive(Default)]
pub(super) struct Reservations(Mutex<HashMap<String, Arc<Reserved>>>);

struct Reserved {
    who: Option<Principal>,
    caller: Caller,
    outbox: mpsc::Sender<String>,
    /// Until it is opened.
    inbox: Mutex<Option<mpsc::Receiver<String>>>,
    operations: Mutex<Operations>,
    reserved_at: Duration,
    _seat: Option<Seat>,
}

/// What runs on a stream, by the client's name. The number keeps apart two that had the same name one after the other.
#[derive(Default)]
struct Operations {
    running: HashMap<String, (u64, Option<Bound>)>,
    serial: u64,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reservations {
    fn find(&self, token: &str) -> Result<Arc<Reserved>, Refusal> {
        held(&self.0).get(token).cloned().ok_or_else(unknown)
    }

    /// What nobody came to open gives its seat back.
    pub(super) fn forget_unopened(&self, now: Duration) {
        held(&self.0).retain(|_, reserved| {
            let is_kept = held(&reserved.inbox).is_none() || now.saturating_sub(reserved.reserved_at) < UNOPENED;
            if !is_kept {
                held(&reserved.operations).running.clear();
            }
            is_kept
        });
    }
}

fn unknown() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "There is no such stream in this process; reserve one with PUT.",
    )
}

/// The token of a stream that a request names.
pub(super) fn token(http: &HttpRequest) -> Option<String> {
    let header = http.headers().get(HEADER).and_then(|value| value.to_str().ok());
    header.map(str::to_owned).or_else(|| parameter(http, "token"))
}

fn parameter(http: &HttpRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(http.query_string().as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// Who sends a request, which is counted if nobody.
async fn enter(service: &Service, http: &HttpRequest, request_id: &str) -> Result<(Credential, Arc<Session>), Refusal> {
    let backend = &service.backend;
    let credential = Credential::shown(http, &backend.app.settings.public_url);
    let credential = credential.map_err(|error| refuse(&error, request_id))?;
    let entered = backend.let_in(backend.address(http), &credential).await;
    let session = entered.map_err(|refused| refused.refusal(request_id))?;
    Ok((credential, session))
}

/// The stream of a token, for whoever reserved it. For anybody else it does not exist.
async fn own(
    service: &Service,
    http: &HttpRequest,
    token: &str,
    request_id: &str,
) -> Result<(Arc<Reserved>, Credential, Arc<Session>), Refusal> {
    let (credential, session) = enter(service, http, request_id).await?;
    let reserved = service.live.reservations.find(token)?;
    if reserved.who != Principal::of(&session.viewer) {
        return Err(unknown());
    }
    Ok((reserved, credential, session))
}

/// Reserves a stream.
pub(super) async fn reserve(service: &Service, http: &HttpRequest, request_id: &str) -> Result<HttpResponse, Refusal> {
    let (credential, session) = enter(service, http, request_id).await?;
    let backend = &service.backend;
    backend.allow(&session, request_id, false)?;
    let now = backend.app.clock.ticks();
    let reservations = &service.live.reservations;
    let seat = service.take_seat(&session.viewer)?;
    let token = secret::fresh().map_err(|error| refuse(&error, request_id))?;
    let (outbox, inbox) = mpsc::channel(QUEUE);
    let reserved = Reserved {
        who: Principal::of(&session.viewer),
        caller: Caller {
            service: service.clone(),
            credential,
            request_id: request_id.to_owned(),
        },
        outbox,
        inbox: Mutex::new(Some(inbox)),
        operations: Mutex::default(),
        reserved_at: now,
        _seat: seat,
    };
    held(&reservations.0).insert(token.clone(), Arc::new(reserved));
    Ok(HttpResponse::Created()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(token))
}

/// Ends what a stream carries when the stream ends.
struct Registered {
    service: Service,
    token: String,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let gone = held(&self.service.live.reservations.0).remove(&self.token);
        if let Some(reserved) = gone {
            held(&reserved.operations).running.clear();
        }
    }
}

/// Opens a stream that was reserved. Its token, which only whoever reserved it knows, is enough: browsers send no other header.
pub(super) fn open(service: Service, token: &str) -> Result<HttpResponse, Refusal> {
    let reserved = service.live.reservations.find(token)?;
    let Some(inbox) = held(&reserved.inbox).take() else {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "CONFLICT",
            "This stream is open already; reserve another with PUT.",
        ));
    };
    let outflow = Outflow {
        caller: reserved.caller.clone(),
        inbox,
        every: service.keep_alive(),
    };
    let registered = Registered {
        service,
        token: token.to_owned(),
    };
    let names = move || held(&reserved.operations).running.keys().cloned().map(Some).collect();
    Ok(outflow.respond(registered, names))
}

/// Takes an operation whose results go to a stream.
pub(super) async fn operate(
    service: Service,
    http: HttpRequest,
    payload: Payload,
    token: &str,
    request_id: &str,
) -> Result<HttpResponse, Refusal> {
    let (reserved, credential, session) = own(&service, &http, token, request_id).await?;
    let (incoming, bytes) = decode(&service.limits, &http, payload).await?;
    let Some(name) = name_of(incoming.extension("operationId")) else {
        return Err(bad(
            "Name the operation in extensions.operationId; its results bear that name.",
        ));
    };
    let resolved = resolve(&service, &http, incoming, bytes)?;
    let most = service.backend.app.settings.live_operations;
    let place = Place::take(reserved.clone(), name.clone(), most)?;
    let serial = place.serial;
    let caller = Caller {
        service,
        credential,
        request_id: request_id.to_owned(),
    };
    let begun = match caller.start(session, resolved, bytes).await {
        Ok(begun) => begun,
        Err(NotBegun::Refused(refusal)) => return Err(refusal),
        Err(NotBegun::Invalid(response)) => {
            let mut answer = respond_in_json(Ok(response), request_id);
            // Clients take every success for one whose results come on the stream.
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(answer);
        }
    };
    let carrier = reserved.outbox.clone();
    let operation = background::spawn_here(async move {
        let send = async |part: Part| match events(Some(&place.name), &part) {
            Ok(text) => carrier.send(text).await.is_ok(),
            Err(_) => false,
        };
        caller.carry_on(begun, send).await;
    });
    // It has not run yet. When its place is gone meanwhile, or is that of another of its name, it was stopped, and ends here.
    let operation = Bound::from(operation);
    if let Some((its, running)) = held(&reserved.operations).running.get_mut(&name)
        && *its == serial
    {
        *running = Some(operation);
    }
    Ok(HttpResponse::Accepted().finish())
}

/// The place of an operation on a stream. It is free again when this is dropped, by whoever drops it.
struct Place {
    reserved: Arc<Reserved>,
    name: String,
    serial: u64,
}

impl Place {
    fn take(reserved: Arc<Reserved>, name: String, most: usize) -> Result<Self, Refusal> {
        let mut operations = held(&reserved.operations);
        if operations.running.contains_key(&name) {
            return Err(Refusal::new(
                StatusCode::CONFLICT,
                "CONFLICT",
                "An operation of this name runs already; choose another operationId.",
            ));
        }
        if operations.running.len() >= most {
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                format!("{most} operations run on this stream; stop one first."),
            ));
        }
        operations.serial += 1;
        let serial = operations.serial;
        operations.running.insert(name.clone(), (serial, None));
        drop(operations);
        Ok(Self { reserved, name, serial })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut operations = held(&self.reserved.operations);
        if operations
            .running
            .get(&self.name)
            .is_some_and(|(serial, _)| *serial == self.serial)
        {
            operations.running.remove(&self.name);
        }
    }
}

/// Stops an operation.
pub(super) async fn stop(
    service: &Service,
    http: &HttpRequest,
    token: &str,
    request_id: &str,
) -> Result<HttpResponse, Refusal> {
    let (reserved, ..) = own(service, http, token, request_id).await?;
    let name = parameter(http, "operationId").ok_or_else(|| bad("Name the operation in the parameter operationId."))?;
    held(&reserved.operations).running.remove(&name);
    Ok(HttpResponse::Ok().finish())
}

fn bad(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", message)
}
