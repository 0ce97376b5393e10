//! The handler: one HTTP request in, one HTTP answer out.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};
use futures_util::FutureExt;

use super::about::{About, OK, outcome_of};
use super::accept::{self, Media};
use super::errors::{self, code};
use super::failed_fields::Asked;
use super::once::{self, Once};
use super::refusal::Refusal;
use super::{Engine, EngineAnswer, Execution, HttpLimits, Incoming, Resolved, body, csrf, document, params, respond};
use crate::idempotency::model::Answer;

/// Answers `GET` and `POST` on the GraphQL endpoint; register it for every method, so that others get a proper 405.
pub async fn graphql<E: Engine>(
    engine: &E,
    limits: &HttpLimits,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let id = engine.request_id(request.headers());
    let (begun, mut about) = (Instant::now(), About::default());
    let (media, answer) = match accept::negotiate(request.headers()) {
        Ok(media) => (media, answer(engine, limits, &request, payload, &id, &mut about).await),
        Err(refusal) => (Media::Json, Err(refusal)),
    };
    let answer = match answer {
        Ok(Answered::Again(kept)) => {
            engine.answered(about.ended(OK, false), begun.elapsed());
            return respond::again(media, kept);
        }
        Ok(Answered::Ran(response)) => Ok(response),
        Err(refusal) => Err(refusal),
    };
    let was_run = answer
        .as_ref()
        .is_ok_and(|response| !errors::is_request_error(response));
    engine.answered(about.ended(&outcome_of(answer.as_ref()), was_run), begun.elapsed());
    respond::respond(media, answer, &id)
}

/// What is answered when nothing is refused.
pub(super) enum Answered {
    /// A response, executed or not.
    Ran(Response),
    /// What was answered the first time.
    Again(Answer),
}

/// An answer, or a refusal with a status of its own.
async fn answer<E: Engine>(
    engine: &E,
    limits: &HttpLimits,
    http: &HttpRequest,
    payload: Payload,
    id: &str,
    about: &mut About,
) -> Result<Answered, Refusal> {
    engine.admit(http)?;
    let (incoming, bytes) = decode(limits, http, payload).await?;
    // Whoever is slow to send has kept nobody from their turn.
    let _turn = engine.turn().await?;
    let Resolved { mut request, fresh } = match engine.documents().resolve(incoming) {
        Ok(resolved) => resolved,
        Err(error) => return Ok(failed(error)),
    };
    let kind = match document::read_document(&mut request, bytes, &limits.document, engine.documents()) {
        Ok(kind) => kind,
        Err(error) => return Ok(failed(error)),
    };
    *about = About::of(&mut request);
    match kind {
        OperationType::Mutation if http.method() == Method::GET => {
            return Err(method_not_allowed(
                "POST",
                "Mutations must be sent by POST; GET runs queries only.",
            ));
        }
        OperationType::Subscription => {
            let message =
                "Subscriptions need a stream; connect by WebSocket (graphql-transport-ws) or accept text/event-stream.";
            return Ok(failed(errors::coded(code::VALIDATION_FAILED, message, None)));
        }
        OperationType::Mutation | OperationType::Query => {}
    }
    let once = match kind {
        OperationType::Mutation => Once::of(http.headers(), &request)?,
        OperationType::Query | OperationType::Subscription => None,
    };
    let answer = execute(engine, limits, http, request, kind, id, once.as_ref()).await;
    if let Some(claim) = once.and_then(Once::into_claim) {
        once::settle(&claim, &answer, limits.time).await;
    }
    if let Ok(Answered::Ran(response)) = &answer
        && !errors::is_request_error(response)
    {
        engine.documents().keep(fresh);
    }
    answer
}

/// Reads the request and tells how many bytes it had.
pub async fn decode(limits: &HttpLimits, http: &HttpRequest, payload: Payload) -> Result<(Incoming, usize), Refusal> {
    match *http.method() {
        Method::GET => {
            csrf::refuse_forgeable_get(http.headers())?;
            let query = http.query_string();
            if query.len() > limits.query_string_bytes {
                return Err(Refusal::new(
                    StatusCode::URI_TOO_LONG,
                    code::VALIDATION_FAILED,
                    format!(
                        "The query string is longer than {} bytes; send it as POST.",
                        limits.query_string_bytes
                    ),
                ));
            }
            Ok((params::from_query_string(query)?, query.len()))
        }
        Method::POST => {
            let body = body::read(http.headers(), payload, limits.body_bytes, limits.time).await?;
            Ok((params::from_body(&body)?, body.len()))
        }
        _ => Err(method_not_allowed(
            "GET, POST",
            "Send queries by GET or POST and mutations by POST.",
        )),
    }
}

/// Runs the operation; neither an endless query nor a panic takes the connection with it.
async fn execute<E: Engine>(
    engine: &E,
    limits: &HttpLimits,
    http: &HttpRequest,
    request: Request,
    kind: OperationType,
    id: &str,
    once: Option<&Once>,
) -> Result<Answered, Refusal> {
    let asked = Asked::of(&request);
    match guarded(limits, kind, id, Box::pin(engine.execute(http, id, request, once))).await {
        Ok(Execution::Now(EngineAnswer::Response(mut response))) => {
            errors::finish_response(&mut response, id, engine.types(), &asked);
            Ok(Answered::Ran(response))
        }
        Ok(Execution::Before(kept)) => Ok(Answered::Again(kept)),
        Ok(Execution::Now(EngineAnswer::Refused(refusal))) | Err(Interrupted::Panicked(refusal)) => Err(refusal),
        Err(Interrupted::Late(error)) => Ok(failed(error)),
    }
}

/// Why an operation did not come to its end.
pub enum Interrupted {
    /// A resolver panicked.
    Panicked(Refusal),
    /// It took too long.
    Late(ServerError),
}

/// Lets something run within the time limit, and survives its panic.
pub async fn guarded<T>(
    limits: &HttpLimits,
    kind: OperationType,
    id: &str,
    run: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    // Nothing of ours is touched after a panic but the id, so there is no broken state to observe.
    let run = AssertUnwindSafe(run).catch_unwind();
    match tokio::time::timeout(limits.time, run).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => {
            tracing::error!(request.id = id, "a resolver panicked; the panic hook has logged where");
            Err(Interrupted::Panicked(respond::internal(id)))
        }
        Err(_) => {
            tracing::warn!(request.id = id, limit = ?limits.time, "operation stopped by the time limit");
            let advice = match kind {
                OperationType::Mutation => "look whether the change was saved before you send it again",
                OperationType::Query | OperationType::Subscription => "ask for smaller pages or fewer fields",
            };
            let message = format!(
                "The operation took longer than {} s; {advice}.",
                limits.time.as_secs_f32()
            );
            Err(Interrupted::Late(errors::coded(code::QUERY_TOO_COMPLEX, message, None)))
        }
    }
}

fn failed(error: ServerError) -> Answered {
    Answered::Ran(Response::from_errors(vec![error]))
}

fn method_not_allowed(allowed: &'static str, message: &str) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, code::VALIDATION_FAILED, message)
        .header(ALLOW, HeaderValue::from_static(allowed))
}
