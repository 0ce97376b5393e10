//! Answers: pages, the style sheet, the way to the sign-in page, and what went wrong.

use std::{fmt::Write, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{super::graphql::Refusal, desk::Trouble};
use crate::{
    pages::{frame::Frame, problem},
    platform::error::{Error, chain},
};

/// Nothing from elsewhere, no script, forms to us only, and nobody may frame a page.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("../../../assets/pages/style.css");

/// Its name has the digest of its content, so that it can be kept for ever.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let mut path = "assets/style-".to_owned();
    for byte in Sha256::digest(STYLE.as_bytes()).iter().take(8) {
        // Writing into a string does not fail.
        let _ = write!(path, "{byte:02x}");
    }
    path + ".css"
});

/// From the public address.
pub(super) fn style_path() -> &'static str {
    &STYLE_PATH
}

/// The style sheet, by its name.
pub(super) fn style(name: &str) -> HttpResponse {
    if style_path().strip_prefix("assets/") != Some(name) {
        return HttpResponse::NotFound().finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(STYLE)
}

/// A page, which nobody keeps.
pub(super) fn page(status: StatusCode, html: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        // Not "no-referrer": then the form that signs out would say that it comes from nowhere.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .body(html)
}

/// To the sign-in page, which comes back here. The place is relative to the public address, as `http/login` wants it.
pub(super) fn see(root: &str, http: &HttpRequest) -> HttpResponse {
    let place = http.path().trim_start_matches('/');
    let place = if place.is_empty() { "./" } else { place };
    let query = http.query_string();
    let mark = if query.is_empty() { "" } else { "?" };
    let back = format!("{place}{mark}{query}");
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{root}login?return_to={back}")))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .finish()
}

/// What went wrong.
pub(super) struct Problem {
    status: StatusCode,
    sentence: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
            headers: Vec::new(),
        }
    }

    pub(super) fn not_found(sentence: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    pub(super) fn method_not_allowed() -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Pages are only read; open this one with GET.",
        );
        problem.headers.push((ALLOW, HeaderValue::from_static("GET, HEAD")));
        problem
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            sentence: refusal.message,
            headers: refusal.headers,
        }
    }

    pub(super) fn of(trouble: Trouble, id: &str) -> Self {
        let error = match trouble {
            Trouble::Refused(refusal) => return Self::refused(refusal),
            Trouble::Error(error) => error,
        };
        let status = match &error {
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Error::Internal(source) => {
                tracing::error!(request.id = id, error = %chain(source.as_ref()), "a page failed on our side");
                let sentence = format!("Something went wrong on our side; quote request id {id} when you report it.");
                return Self::new(StatusCode::INTERNAL_SERVER_ERROR, sentence);
            }
            Error::Invalid(_) | Error::TooComplex(_) | Error::Conflict { .. } => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }

    fn title(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "Not signed in",
            403 => "Not allowed",
            404 => "Not found",
            405 | 400 | 414 => "This does not work",
            429 => "Too many requests",
            _ => "Something went wrong",
        }
    }

    pub(super) fn respond(self, frame: &Frame) -> HttpResponse {
        let mut answer = page(self.status, problem::page(frame, self.title(), &self.sentence));
        for (name, value) in self.headers {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}
