//! The body of a POST: JSON, in full, within the limit and in time.

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::{Stream, StreamExt};

use super::errors::code;
use super::refusal::Refusal;

/// Reads a body of JSON.
pub(super) async fn read(
    headers: &HeaderMap,
    payload: Payload,
    limit: usize,
    time: Duration,
) -> Result<BytesMut, Refusal> {
    require_json(headers)?;
    collect(headers, payload, limit, time).await
}

/// Reads any body, stopping at the first byte over the limit. What is compressed is refused unread: a packed kilobyte can hold a
/// megabyte, and the framework would unpack it before it looks at a limit.
pub async fn collect(
    headers: &HeaderMap,
    mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    limit: usize,
    time: Duration,
) -> Result<BytesMut, Refusal> {
    let mut codings = headers.get_all(CONTENT_ENCODING);
    if !codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code::VALIDATION_FAILED,
            "Send the body as it is, not compressed.",
        ));
    }
    // What the caller announces is believed only when it is too much; what arrives is counted all the same.
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit) {
        return Err(too_large(limit));
    }
    let all = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::bad_request("The body broke off; send the request again."))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    // A body that trickles in holds a connection just as a slow query does.
    tokio::time::timeout(time, all).await.unwrap_or_else(|_| {
        Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            code::VALIDATION_FAILED,
            "The body did not arrive in time; send the request again.",
        ))
    })
}

/// JSON only: the other content types are those that a foreign page can send without asking (see [`super::csrf`]).
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
    if json && utf8 {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code::VALIDATION_FAILED,
        "Send the request as Content-Type: application/json in UTF-8.",
    ))
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        code::VALIDATION_FAILED,
        format!("The body is longer than {limit} bytes; split the request into smaller ones."),
    )
}
