//! What went wrong, in a sentence that says what to do. What a server says is cut and made harmless first.

use std::time::Duration;

use reqwest::header::LOCATION;
use serde_json::Value;

use super::print::harmless;
use crate::platform::http_client::{CallFailed, Reply};

/// As much of a message is shown.
const CHARS: usize = 300;
/// The codes of errors of this service.
const CODES: [&str; 9] = [
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "VALIDATION_FAILED",
    "CONFLICT",
    "QUERY_TOO_COMPLEX",
    "RATE_LIMITED",
    "DOCUMENT_NOT_TRUSTED",
    "INTERNAL",
];

/// A text of the server's.
fn said(text: &str) -> String {
    let text = harmless(text.trim());
    let text = text.trim_end_matches('.');
    if text.chars().count() <= CHARS {
        return text.to_owned();
    }
    text.chars().take(CHARS).chain(['…']).collect()
}

/// It understands the question differently than it is meant.
pub(super) fn other_version(base: &str, message: Option<&str>) -> String {
    let message = message
        .map(|message| format!(" ({})", said(message)))
        .unwrap_or_default();
    format!(
        "{base} does not understand this command{message}; it is of another version than this postmortem {}, so update the older one.",
        env!("CARGO_PKG_VERSION")
    )
}

fn stranger(base: &str, status: u16) -> String {
    format!(
        "{base} does not answer like Postmortem (status {status}); check the address, which is the one that you open in a browser, without /graphql."
    )
}

/// The data of an answer, or why there is none. `wait`: how long the server wants to be left alone.
pub(super) fn data(base: &str, reply: &Reply, wait: Duration) -> Result<Value, String> {
    if matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        let to = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let to = to.map(|to| format!(" to {}", said(to))).unwrap_or_default();
        return Err(format!(
            "{base} sends its callers elsewhere{to}; give the address where the service itself is."
        ));
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let error = body.pointer("/errors/0");
    let text = |pointer: &str| error.and_then(|error| error.pointer(pointer)).and_then(Value::as_str);
    let message = text("/message").unwrap_or_default();
    match (text("/extensions/code"), &body["data"]) {
        (Some("UNAUTHENTICATED"), _) => Err(format!(
            "{base} does not accept the token ({}); get a new one.",
            said(message)
        )),
        (Some("VALIDATION_FAILED"), _) => Err(other_version(base, Some(message))),
        (Some(code), _) if CODES.contains(&code) => Err(format!("{base} refuses: {}.", said(message))),
        (None, Value::Object(data)) if error.is_none() => Ok(Value::Object(data.clone())),
        _ if matches!(reply.status, 429 | 502 | 503 | 504) => Err(format!(
            "{base} is busy (status {}); try again in {} s.",
            reply.status,
            wait.as_secs()
        )),
        _ => Err(stranger(base, reply.status)),
    }
}

/// Why there is no answer at all.
pub(super) fn no_answer(base: &str, failed: &CallFailed, timeout: Duration) -> String {
    let CallFailed::NoAnswer { source, .. } = failed else {
        return format!("{base}: {failed}; check the address.");
    };
    let mut cause: &(dyn std::error::Error + 'static) = source;
    loop {
        // An error of input and output holds another without naming it as its source.
        let held = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let held = held.map(|held| held as &(dyn std::error::Error + 'static));
        match held.or_else(|| cause.source()) {
            Some(inner) if !cause.is::<rustls::Error>() => cause = inner,
            _ => break,
        }
    }
    let is_tls = cause.is::<rustls::Error>();
    let why = said(&cause.to_string());
    if is_tls {
        return format!(
            "{base} cannot be trusted: {why}; if its certificate is of your own authority, name that in SSL_CERT_FILE."
        );
    }
    if source.is_timeout() {
        return format!(
            "{base} gave no answer within {} s; try again, or allow more with --timeout.",
            timeout.as_secs()
        );
    }
    if source.is_connect() {
        return format!("{base} cannot be reached: {why}; check the address and the network.");
    }
    format!("{base} broke off ({why}); check the address, and try again.")
}
