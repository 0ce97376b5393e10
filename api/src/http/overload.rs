//! How many requests a process works on at a time. More wait, so many and so long; whoever comes then is told to come back.
//!
//! Without such a bound everybody is served late instead: each request takes its share of memory, and waits for the same few
//! connections to the database until its time is over. GraphQL takes its turn once its body has arrived (`Engine::turn`), everything
//! else here, also then. What an orchestrator and Prometheus ask is never held up.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error, HttpMessage,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{HeaderValue, RETRY_AFTER},
    },
    middleware::Next,
    web,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    export::refused,
    graphql::{HttpLimits, Refusal, body::collect},
    trackers,
};
use crate::platform::{
    settings::Settings,
    tally::{Counted, Tally},
};

/// When to come back, in seconds.
const LATER: &str = "1";

/// As much of a body is waited for where its route has a limit of its own.
const BODY_BYTES: usize = 1 << 20;

/// Takes its turn by itself.
const GRAPHQL: &str = "/graphql";
/// Need none.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The bound of a process.
pub struct Gate {
    seats: Arc<Semaphore>,
    waiting: Tally,
    most_waiting: usize,
    wait: Duration,
}

/// A request that is worked on, until this is dropped.
pub struct Turn {
    _seat: OwnedSemaphorePermit,
}

fn overloaded() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "OVERLOADED",
        format!("The service has more to do than it can; wait {LATER} s and send this again. Nothing was done."),
    )
    .header(RETRY_AFTER, HeaderValue::from_static(LATER))
}

impl Gate {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Self {
        let most = settings.concurrent_requests.min(Semaphore::MAX_PERMITS);
        Self {
            seats: Arc::new(Semaphore::new(most)),
            waiting: Tally::default(),
            most_waiting: settings.queued_requests,
            wait: Duration::from_millis(settings.queue_timeout_ms),
        }
    }

    fn queue(&self) -> Option<Counted<'_>> {
        let waiting = self.waiting.count();
        (waiting.before < self.most_waiting).then_some(waiting)
    }

    /// Waits for a turn, first come, first served; or is refused.
    pub async fn enter(&self) -> Result<Turn, Refusal> {
        if let Ok(seat) = self.seats.clone().try_acquire_owned() {
            return Ok(Turn { _seat: seat });
        }
        let _waiting = self.queue().ok_or_else(overloaded)?;
        match timeout(self.wait, self.seats.clone().acquire_owned()).await {
            Ok(Ok(seat)) => Ok(Turn { _seat: seat }),
            _ => Err(overloaded()),
        }
    }
}

/// Goes round all routes.
pub async fn in_turn<B: MessageBody + 'static>(
    gate: web::Data<Gate>,
    limits: web::Data<HttpLimits>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let path = request.path();
    if path == GRAPHQL || ALWAYS.contains(&path) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let turn = match arrived(&mut request, &limits).await {
        Ok(()) => gate.enter().await,
        Err(refusal) => Err(refusal),
    };
    match turn {
        Ok(_turn) => Ok(next.call(request).await?.map_into_left_body()),
        Err(refusal) => Ok(request.into_response(refused(refusal)).map_into_right_body()),
    }
}

/// Waits for the body: whoever is slow to send it keeps nobody from their turn, and has only so long.
async fn arrived(request: &mut ServiceRequest, limits: &HttpLimits) -> Result<(), Refusal> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let payload = request.take_payload();
    let most = match request.path().starts_with(trackers::PATH) {
        true => limits.notice_bytes,
        false => limits.body_bytes.max(BODY_BYTES),
    };
    let body = collect(request.headers(), payload, most, limits.time).await?;
    request.set_payload(Payload::from(body.freeze()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(concurrent_requests: usize, queued_requests: usize, queue_timeout_ms: u64) -> Gate {
        Gate::new(&Settings {
            concurrent_requests,
            queued_requests,
            queue_timeout_ms,
            ..Settings::default()
        })
    }

    #[tokio::test]
    async fn so_many_work_so_many_wait_and_the_rest_is_refused() {
        let gate = gate(1, 1, 60_000);
        let first = gate.enter().await.ok().unwrap();
        let (second, third) = tokio::join!(biased; gate.enter(), async {
            let third = gate.enter().await.err();
            drop(first);
            third
        });
        assert!(second.is_ok(), "who waited has its turn");
        let third = third.unwrap();
        assert_eq!((third.status.as_u16(), third.code), (503, "OVERLOADED"));
        assert!(
            third
                .headers
                .iter()
                .any(|(name, value)| name == RETRY_AFTER && value == LATER)
        );
        drop(second);
        assert!(gate.enter().await.is_ok(), "a place in the queue comes back");
    }

    #[tokio::test]
    async fn nobody_waits_without_end() {
        let gate = gate(1, 1, 5);
        let _first = gate.enter().await.ok().unwrap();
        assert!(gate.enter().await.is_err());
        assert!(gate.enter().await.is_err(), "and its place is free again");
    }
}
