//! Writing the answer: status, headers and the JSON, straight to bytes.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS};
use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::accept::Media;
use super::errors::{self, code};
use super::refusal::Refusal;
use crate::idempotency::model::Answer;

/// A GraphQL response as the specification orders it: errors first, so that they are not overlooked.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// Our own failure, as the caller may know it.
pub(super) fn internal(request_id: &str) -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        code::INTERNAL,
        errors::internal_message(request_id),
    )
}

/// A response as JSON.
pub fn payload(response: &Response) -> serde_json::Result<String> {
    serde_json::to_string(&Body {
        errors: &response.errors,
        data: (!errors::is_request_error(response)).then_some(&response.data),
        extensions: &response.extensions,
    })
}

/// A refusal as the response of a transport that has no status codes.
pub fn response_of(refusal: Refusal, request_id: &str) -> Response {
    refused(refusal, request_id).0
}

/// The HTTP answer of what was refused, or not executed.
pub fn respond_in_json(answer: Result<Response, Refusal>, request_id: &str) -> HttpResponse {
    respond(Media::Json, answer, request_id)
}

/// Makes the HTTP answer.
pub(super) fn respond(media: Media, answer: Result<Response, Refusal>, request_id: &str) -> HttpResponse {
    let (response, status, headers) = match answer {
        Ok(response) => {
            let status = status_of(media, &response);
            let headers = headers_of(&response);
            (response, status, headers)
        }
        Err(refusal) => refused(refusal, request_id),
    };
    match payload(&response) {
        Ok(text) => write(media, status, headers, text.into_bytes()),
        Err(error) => {
            tracing::error!(request.id = request_id, %error, "response could not be written as JSON");
            write(media, StatusCode::INTERNAL_SERVER_ERROR, Vec::new(), Vec::new())
        }
    }
}

/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Makes the HTTP answer of what was answered before.
pub(super) fn again(media: Media, kept: Answer) -> HttpResponse {
    let replayed = (REPLAYED, HeaderValue::from_static("true"));
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    write(media, status, vec![replayed], kept.body.into_bytes())
}

/// Clients of the older media type read the body on 200 only.
fn status_of(media: Media, response: &Response) -> StatusCode {
    if media == Media::GraphqlResponse && errors::is_request_error(response) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

type Headers = Vec<(HeaderName, HeaderValue)>;

fn refused(refusal: Refusal, request_id: &str) -> (Response, StatusCode, Headers) {
    let mut error = errors::coded(refusal.code, refusal.message, None);
    if refusal.code == code::INTERNAL
        && let Some(extensions) = &mut error.extensions
    {
        extensions.set("requestId", request_id);
    }
    (Response::from_errors(vec![error]), refusal.status, refusal.headers)
}

/// What resolvers added. The schema library and the web framework use different versions of the same header types.
fn headers_of(response: &Response) -> Headers {
    response
        .http_headers
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
        })
        .collect()
}

fn write(media: Media, status: StatusCode, headers: Headers, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    for header in headers {
        response.append_header(header);
    }
    response
        .insert_header((CONTENT_TYPE, media.content_type()))
        // Answers depend on who asks, and a GET must not be answered from a shared cache.
        .insert_header((CACHE_CONTROL, "no-store"))
        .append_header((VARY, "accept"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}
