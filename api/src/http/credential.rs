//! What a request shows to say who sends it.

use actix_web::{HttpRequest, http::header::AUTHORIZATION};

use super::{caller, cookies};
use crate::platform::error::Error;

/// A token or a cookie. Whoever keeps one asks anew each time who that is.
#[derive(Clone)]
pub(super) enum Credential {
    Token(String),
    Cookie(String),
}

fn how() -> Error {
    Error::Unauthenticated(
        "Send a token as Authorization: Bearer TOKEN; `postmortem token --email YOU` prints one. With a browser, sign in at /login."
            .to_owned(),
    )
}

impl Credential {
    /// The token of an `Authorization`.
    pub(super) fn of_bearer(given: &str) -> Result<Self, Error> {
        match given.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
                Ok(Self::Token(token.trim().to_owned()))
            }
            _ => Err(how()),
        }
    }

    /// What a request shows. A cookie counts only from our own pages.
    pub(super) fn shown(http: &HttpRequest, public_url: &str) -> Result<Self, Error> {
        if let Some(given) = http.headers().get(AUTHORIZATION) {
            return Self::of_bearer(given.to_str().unwrap_or_default());
        }
        let cookie = cookies::value(http, cookies::SESSION).ok_or_else(how)?;
        if caller::is_foreign(http.headers(), public_url) {
            return Err(Error::forbidden(
                "A page of another site sent this request with your cookie; send a token as Authorization: Bearer TOKEN instead.",
            ));
        }
        Ok(Self::Cookie(cookie))
    }
}
