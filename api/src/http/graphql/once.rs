//! Mutations with an `Idempotency-Key`: recognised here, carried out once by `crate::idempotency`.
//!
//! The header and its answers are those of draft-ietf-httpapi-idempotency-key-header: 400 for what is no key, 422 for a key that
//! was used for another request, 409 while the first is running. Two requests are the same when their operation (text and name)
//! and its variables are.

use std::cell::OnceCell;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use async_graphql::Request;

use super::errors::{self, code};
use super::handler::Answered;
use super::refusal::Refusal;
use super::respond;
use crate::idempotency::model::{self, Answer, MAX_KEY};
use crate::idempotency::service::{Claim, keep, let_go};
use crate::platform::error::chain;
use crate::platform::secret::digest;

/// The header that carries it.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How soon the first request may be done, in seconds.
const SOON: &str = "1";

/// A request that is to be run once.
pub struct Once {
    /// What its sender calls it.
    pub key: String,
    /// SHA-256 of what is asked.
    pub request_hash: String,
    claim: OnceCell<Claim>,
}

impl Once {
    /// The key of a request that has one, once its document is there in full.
    pub(super) fn of(headers: &HeaderMap, request: &Request) -> Result<Option<Self>, Refusal> {
        let mut given = headers.get_all(&IDEMPOTENCY_KEY);
        let Some(value) = given.next() else {
            return Ok(None);
        };
        let key = value.to_str().ok().and_then(model::key);
        let (Some(key), None) = (key, given.next()) else {
            return Err(Refusal::bad_request(format!(
                "Idempotency-Key must be one value of 1 to {MAX_KEY} visible ASCII characters, such as a new UUID."
            )));
        };
        let asked = serde_json::to_string(&(&request.query, &request.operation_name, &request.variables));
        let asked = asked.map_err(|_| Refusal::bad_request("The variables cannot be written as JSON."))?;
        Ok(Some(Self {
            key: key.to_owned(),
            request_hash: digest(&asked),
            claim: OnceCell::new(),
        }))
    }

    /// It is being run under this claim.
    pub fn begun(&self, claim: Claim) {
        self.claim.get_or_init(|| claim);
    }

    pub(super) fn into_claim(self) -> Option<Claim> {
        self.claim.into_inner()
    }

    /// The key stands for another request.
    pub fn reused() -> Refusal {
        Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code::IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was sent with another request before; take a new key for each new request.",
        )
    }

    /// The first is still running.
    pub fn in_use() -> Refusal {
        Refusal::new(
            StatusCode::CONFLICT,
            code::IDEMPOTENCY_KEY_IN_USE,
            format!("The first request with this Idempotency-Key is still running; send this one again in {SOON} s."),
        )
        .header(RETRY_AFTER, HeaderValue::from_static(SOON))
    }

    /// It was carried out.
    pub fn answer_lost() -> Refusal {
        Refusal::new(
            StatusCode::CONFLICT,
            code::IDEMPOTENCY_ANSWER_LOST,
            "What the first request with this Idempotency-Key changed was saved, but its answer is lost; look at what is there \
             before you send anything again, then with a new key.",
        )
    }
}

/// Keeps what became of a run. The caller is answered all the same when that fails: then it counts as dead.
pub(super) async fn settle(claim: &Claim, answer: &Result<Answered, Refusal>, time: Duration) {
    let kept = match answer {
        Ok(Answered::Ran(response)) if !errors::is_request_error(response) && !errors::is_ours(response) => {
            respond::payload(response).ok()
        }
        _ => None,
    };
    let settling = async {
        match kept {
            Some(body) => {
                let status = StatusCode::OK.as_u16();
                keep(claim, &Answer { status, body }).await
            }
            None => let_go(claim).await,
        }
    };
    match tokio::time::timeout(time, settling).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %chain(&error), "what became of an idempotency key could not be kept"),
        Err(_) => tracing::warn!("what became of an idempotency key was not kept: the database is busy"),
    }
}
