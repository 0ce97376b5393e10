//! The name of a request, which a caller can quote and an operator can search the log for.

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header that carries it, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// The caller's own id, if it may be trusted to stand in a log line and in a header: a short plain token.
pub fn sent_by_caller(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    ((1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue};

    use super::{REQUEST_ID, sent_by_caller};

    #[test]
    fn a_sane_id_is_kept_and_no_other() {
        let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
        for (sent, is_kept) in [
            ("abc.DEF_1-2", true),
            (longest.as_str(), true),
            (too_long.as_str(), false),
            ("a b", false),
            ("", false),
            ("x\"y", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(sent).unwrap());
            assert_eq!(sent_by_caller(&headers), is_kept.then_some(sent), "{sent}");
        }
        assert_eq!(sent_by_caller(&HeaderMap::new()), None);
    }
}
