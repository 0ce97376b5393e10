//! The name of a request, which a caller can quote and an operator can search the log for.

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header that carries it, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// The caller's own id, if it may be trusted to stand in a log line and in a header: a short plain token.
pub(super) fn sent_by_caller(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    ((1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(plain)).then_some(id)
}
