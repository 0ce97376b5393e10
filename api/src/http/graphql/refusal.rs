//! Requests turned away with a status of their own, whatever media type the caller accepts.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::errors::code;

/// A request that never reached the schema: its status, its error and the headers that explain it.
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP status; 4xx or 5xx.
    pub status: StatusCode,
    /// The value of `extensions.code`.
    pub code: &'static str,
    /// One sentence that says what to do.
    pub message: String,
    /// Further headers, for example `WWW-Authenticate`, `Retry-After` or `Allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal without further headers.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The commonest one: the request itself is malformed.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::VALIDATION_FAILED, message)
    }
}
