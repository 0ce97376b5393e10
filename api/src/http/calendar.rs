//! Calendar feeds on the wire. The address is the secret, so it is neither logged nor told to other sites.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    web,
};
use tokio::time::timeout;

use super::{caller, graphql::Refusal, login::Door};
use crate::{
    auth::App,
    calendar::{
        model::SECRET_PREFIX,
        service::read::{Opened, open, unknown},
    },
    platform::{
        error::{Error, chain},
        secret,
    },
};

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// What a reader gets.
enum Answer {
    Calendar(String),
    Gone(&'static str),
    Refused(Refusal),
}

/// Answers `GET` and `HEAD` of `/calendar/SECRET.ics`.
pub async fn feed(door: web::Data<Door>, file: web::Path<String>, http: HttpRequest) -> HttpResponse {
    if !matches!(*http.method(), Method::GET | Method::HEAD) {
        let mut response = guarded(HttpResponse::MethodNotAllowed());
        response.insert_header((ALLOW, "GET, HEAD"));
        return said(response, "Read a calendar by GET or HEAD.");
    }
    let time = Duration::from_millis(door.app.settings.request_timeout_ms);
    let read = door.app.databases.attended(read(&door, &file, &http));
    match timeout(time, read).await {
        Ok(Ok(Answer::Calendar(text))) => calendar(http.headers(), text),
        Ok(Ok(Answer::Gone(why))) => said(guarded(HttpResponse::Gone()), why),
        Ok(Ok(Answer::Refused(refusal))) => refused(refusal),
        Ok(Err(Error::NotFound(why))) => said(guarded(HttpResponse::NotFound()), &why),
        Ok(Err(error)) => {
            tracing::error!(error = %chain(&error), "a calendar could not be read");
            said(
                guarded(HttpResponse::ServiceUnavailable()),
                "The calendar cannot be read now; try again in a moment.",
            )
        }
        Err(_) => {
            tracing::warn!(limit = ?time, "the reading of a calendar was stopped by the time limit");
            said(
                guarded(HttpResponse::ServiceUnavailable()),
                "The calendar took too long to read; try again in a moment.",
            )
        }
    }
}

async fn read(door: &Door, file: &str, http: &HttpRequest) -> Result<Answer, Error> {
    let app: &Arc<App> = &door.app;
    let origin = caller::origin(http, &app.settings.trusted_proxies);
    if let Err(refusal) = door.limits.admit(origin) {
        return Ok(Answer::Refused(refusal));
    }
    let secret = file
        .strip_suffix(".ics")
        .filter(|secret| secret.starts_with(SECRET_PREFIX));
    let opened = match secret {
        Some(secret) => open(app, secret).await,
        None => Err(unknown()),
    };
    match opened {
        Ok(Opened::Feed(reading)) => {
            if let Err(refusal) = door.limits.count(&reading.session.viewer) {
                return Ok(Answer::Refused(refusal));
            }
            Ok(Answer::Calendar(reading.document().await?))
        }
        Ok(Opened::Gone(why)) => Ok(Answer::Gone(why)),
        Err(error) => {
            // Who guesses is slowed down, as at every other door.
            if matches!(error, Error::NotFound(_))
                && let Err(refusal) = door.limits.failed(origin)
            {
                return Ok(Answer::Refused(refusal));
            }
            Err(error)
        }
    }
}

/// Whatever is answered: nobody else keeps it, follows a link from it with the address, or lists it.
fn guarded(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((ROBOTS, "noindex"));
    response
}

fn said(mut response: HttpResponseBuilder, sentence: &str) -> HttpResponse {
    response
        .content_type("text/plain; charset=utf-8")
        .body(format!("{sentence}\n"))
}

fn refused(refusal: Refusal) -> HttpResponse {
    let mut response = guarded(HttpResponse::build(refusal.status));
    for header in refusal.headers {
        response.insert_header(header);
    }
    said(response, &refusal.message)
}

fn calendar(asked: &HeaderMap, text: String) -> HttpResponse {
    // Weak, because the same text may leave compressed.
    let tag: String = secret::digest(&text).chars().take(32).collect();
    let tag = format!("\"{tag}\"");
    let is_known = knows(asked, &tag);
    let mut response = guarded(HttpResponse::build(if is_known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    }));
    response.insert_header((ETAG, format!("W/{tag}")));
    if is_known {
        return response.finish();
    }
    response
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("content-disposition", "inline; filename=\"postmortem.ics\""))
        .body(text)
}

/// Does the reader have this version already? Compared weakly (RFC 9110, section 13.1.2).
fn knows(asked: &HeaderMap, tag: &str) -> bool {
    let given = asked.get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    given
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
