//! Requests that another site's page can make a browser send.
//!
//! A form, an image or a script tag sends GET, or POST with one of three old content types, and the browser adds our
//! cookies without asking us first. POST is safe because it takes JSON only, which a foreign page cannot send without a
//! preflight. GET runs queries only, and `Authorization` is nothing that a foreign page can set either. What is left is
//! a GET that carries cookies: it must show a header that forces a preflight. The engine also looks at where a request with a
//! session's cookie says it comes from.

use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderMap};

use super::errors::code;
use super::refusal::Refusal;

/// Headers that no form, image or script tag can send; the first two are those that Apollo's clients know.
const FORCES_PREFLIGHT: [&str; 4] = [
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "graphql-require-preflight",
    "authorization",
];

/// Refuses a GET that a foreign page could have caused in a signed-in visitor's name.
pub(super) fn refuse_forgeable_get(headers: &HeaderMap) -> Result<(), Refusal> {
    let forgeable = headers.contains_key(COOKIE) && !FORCES_PREFLIGHT.iter().any(|name| headers.contains_key(*name));
    if !forgeable {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        code::FORBIDDEN,
        "A GET request with cookies must also carry the header graphql-require-preflight; or send it as POST.",
    ))
}
