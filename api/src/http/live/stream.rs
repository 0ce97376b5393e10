//! GraphQL over event streams, as PROTOCOL.md of graphql-sse has it; here, with a stream for each operation.

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
        },
    },
    web::{Bytes, Payload},
};
use async_graphql::{Response, ServerError, parser::types::OperationType};
use futures_util::stream::unfold;
use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    QUEUE, Service, WRITE_TIME, closed,
    operation::{Begun, Caller, NotBegun, Part},
};
use crate::{
    http::{
        credential::Credential,
        graphql::{Engine, IDEMPOTENCY_KEY, Incoming, Refusal, Resolved, decode, payload as json_of, read_document},
    },
    platform::background::{self, Bound},
};

/// A line that says nothing, which keeps the stream open.
const COMMENT: &str = ":\n\n";

/// An event: what becomes of an operation, which has a name when several share the stream.
pub(super) fn events(id: Option<&str>, part: &Part) -> serde_json::Result<String> {
    let id = id.map(serde_json::to_string).transpose()?;
    let next = |response: &Response| {
        let payload = json_of(response)?;
        Ok::<_, serde_json::Error>(match &id {
            Some(id) => format!("event: next\ndata: {{\"id\":{id},\"payload\":{payload}}}\n\n"),
            None => format!("event: next\ndata: {payload}\n\n"),
        })
    };
    let complete = match &id {
        Some(id) => format!("event: complete\ndata: {{\"id\":{id}}}\n\n"),
        None => "event: complete\ndata:\n\n".to_owned(),
    };
    Ok(match part {
        Part::Next(response) => next(response)?,
        // The protocol has no other event for errors.
        Part::Failed(response) => next(response)? + &complete,
        Part::Complete => complete,
    })
}

/// What a stream sends, and who is told when it ends because nobody is signed in any more.
pub(super) struct Outflow {
    pub(super) caller: Caller,
    pub(super) inbox: mpsc::Receiver<String>,
    pub(super) every: Duration,
}

impl Outflow {
    /// Sends until all is sent, the client is gone, or there is a reason to end; `names` are the operations that hear it.
    async fn flow(mut self, wire: mpsc::Sender<Bytes>, names: impl Fn() -> Vec<Option<String>>) {
        let send = async |text: String| {
            let sent = timeout(WRITE_TIME, wire.send(Bytes::from(text))).await;
            matches!(sent, Ok(Ok(())))
        };
        // Some clients take the stream for open only when something has come.
        let mut is_open = send(COMMENT.to_owned()).await;
        let mut keep_alive = interval_at(Instant::now() + self.every, self.every);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut closing = self.caller.service.live.closing.subscribe();
        while is_open {
            is_open = tokio::select! {
                () = closed(&mut closing) => return,
                text = self.inbox.recv() => match text {
                    Some(text) => send(text).await,
                    None => return,
                },
                _ = keep_alive.tick() => match self.caller.farewell().await {
                    None => send(COMMENT.to_owned()).await,
                    Some(farewell) => {
                        let part = Part::Failed(farewell);
                        for name in names() {
                            if let Ok(text) = events(name.as_deref(), &part) {
                                send(text).await;
                            }
                        }
                        return;
                    }
                },
            };
        }
    }

    /// The answer that the stream is. What `holds` is dropped with it.
    pub(super) fn respond<H: 'static>(
        self,
        holds: H,
        names: impl Fn() -> Vec<Option<String>> + 'static,
    ) -> HttpResponse {
        let (wire, body) = mpsc::channel(1);
        let task: Bound = background::spawn_here(self.flow(wire, names)).into();
        let body = unfold((body, task, holds), |(mut body, task, holds)| async move {
            let bytes = body.recv().await?;
            Some((Ok::<_, Infallible>(bytes), (body, task, holds)))
        });
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            // Neither we nor a proxy may hold events back to compress them.
            .insert_header((CONTENT_ENCODING, "identity"))
            .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
            .streaming(Box::pin(body))
    }
}

/// A mutation comes by POST, and what came of it on a stream is not kept for a second time.
fn refuse_mutation(http: &HttpRequest, kind: OperationType) -> Result<(), Refusal> {
    if *http.method() == Method::GET && kind == OperationType::Mutation {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "VALIDATION_FAILED",
            "Mutations must be sent by POST.",
        )
        .header(ALLOW, HeaderValue::from_static("POST")));
    }
    if kind == OperationType::Mutation && http.headers().contains_key(IDEMPOTENCY_KEY) {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_FAILED",
            "A mutation with an Idempotency-Key is answered as JSON; accept application/json, and name no event stream.",
        ));
    }
    Ok(())
}

/// Finds the document of a request.
pub(super) fn resolve(
    service: &Service,
    http: &HttpRequest,
    incoming: Incoming,
    bytes: usize,
) -> Result<Result<Resolved, ServerError>, Refusal> {
    let mut resolved = service.backend.documents().resolve(incoming);
    if let Ok(resolved) = &mut resolved
        && let Ok(kind) = read_document(
            &mut resolved.request,
            bytes,
            &service.limits.document,
            service.backend.documents(),
        )
    {
        refuse_mutation(http, kind)?;
    }
    Ok(resolved)
}

/// Runs one operation, and answers with the stream of what becomes of it.
pub(super) async fn open(
    service: Service,
    http: HttpRequest,
    payload: Payload,
    request_id: &str,
) -> Result<HttpResponse, Refusal> {
    let (incoming, bytes) = decode(&service.limits, &http, payload).await?;
    let backend = service.backend.clone();
    let credential = Credential::shown(&http, &backend.app.settings.public_url);
    let credential = credential.map_err(|error| crate::http::engine::refuse(&error, request_id))?;
    let entered = backend.let_in(backend.address(&http), &credential).await;
    let session = entered.map_err(|refused| refused.refusal(request_id))?;
    let resolved = resolve(&service, &http, incoming, bytes)?;
    let seat = service.take_seat(&session.viewer)?;
    let every = service.keep_alive();
    let caller = Caller {
        service,
        credential,
        request_id: request_id.to_owned(),
    };
    let begun: Result<Begun, Response> = match caller.start(session, resolved, bytes).await {
        Ok(begun) => Ok(begun),
        Err(NotBegun::Refused(refusal)) if refusal.status != StatusCode::BAD_REQUEST => return Err(refusal),
        Err(not_begun) => Err(not_begun.response(request_id)),
    };
    let (outbox, inbox) = mpsc::channel(QUEUE);
    let outflow = Outflow {
        caller: caller.clone(),
        inbox,
        every,
    };
    let operation: Bound = background::spawn_here(async move {
        let send = async |part: Part| match events(None, &part) {
            Ok(text) => outbox.send(text).await.is_ok(),
            Err(_) => false,
        };
        match begun {
            Ok(begun) => caller.carry_on(begun, send).await,
            Err(response) => {
                send(Part::Failed(response)).await;
            }
        }
    })
    .into();
    Ok(outflow.respond((seat, operation), || vec![None]))
}

/// A parameter of the query string, or of the extensions of a request.
pub(super) fn name_of(value: Option<&async_graphql::Value>) -> Option<String> {
    match value.cloned().map(async_graphql::Value::into_json) {
        Some(Ok(Value::String(name))) if !name.is_empty() => Some(name),
        _ => None,
    }
}
