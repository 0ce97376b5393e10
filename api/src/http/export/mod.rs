//! Exports: lists as CSV and as lines of JSON, of any length, in constant memory.
//!
//! `/export/recommendations.csv` and the like take the filters and orders of the lists in GraphQL as query parameters (`parameters`),
//! start at the same scope, and are signed in to in the same way. What leaves is one moment of the database (`Snapshot`), read in
//! pages by key while it is sent (`stream`). Whoever reads too slowly, or a database that fails, ends the connection in the middle,
//! so that half of an export is never taken for all of it.

mod cells;
mod lists;
mod parameters;
mod stream;

use std::{future::Future, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS},
    },
    web,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use self::{cells::Format, lists::List, stream::Begun};
use super::{
    engine::{Backend, refuse},
    graphql::{Engine, Refusal},
};
use crate::{auth::Session, platform::error::Error};

/// How many exports a process sends at a time, at most: each holds a connection to the database.
const AT_ONCE: usize = 3;

/// What the exports of a process share.
pub(super) struct Exports {
    backend: web::Data<Backend>,
    /// How many are sent at a time.
    at_once: usize,
    seats: Arc<Semaphore>,
}

impl Exports {
    /// For a process.
    pub(super) fn new(backend: web::Data<Backend>) -> Self {
        // One worker may have to send them all; its requests need a connection too.
        let connections = usize::try_from(backend.app.settings.database_connections).unwrap_or(usize::MAX);
        let at_once = connections.saturating_sub(1).clamp(1, AT_ONCE);
        Self {
            backend,
            at_once,
            seats: Arc::new(Semaphore::new(at_once)),
        }
    }

    fn time(&self) -> Duration {
        Duration::from_millis(self.backend.app.settings.request_timeout_ms)
    }

    /// None: it took longer than a request may.
    async fn within_a_request<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let work = self.backend.app.databases.attended(work);
        timeout(self.time(), work).await.ok()
    }

    /// A place among those that are sent. Whoever comes when all are taken waits a while.
    async fn seat(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let wait = self.time();
        let seat = timeout(wait, self.seats.clone().acquire_owned()).await;
        seat.ok().and_then(Result::ok).ok_or_else(|| {
            let message = match self.at_once {
                1 => "An export is being sent already; try again when it has ended.".to_owned(),
                many => format!("{many} exports are being sent already; try again when one of them has ended."),
            };
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "RATE_LIMITED", message)
                .header(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("10"))
        })
    }
}

/// Answers `GET` and `HEAD` of `/export/LIST.FORMAT`.
pub(super) async fn export(exports: web::Data<Exports>, file: web::Path<String>, http: HttpRequest) -> HttpResponse {
    let id = exports.backend.request_id(http.headers());
    let preparing = prepared(&exports, &file, &http, &id);
    let answered = exports.within_a_request(preparing).await.unwrap_or_else(|| Err(slow()));
    match answered {
        Ok(prepared) if *http.method() == Method::HEAD => empty(&prepared),
        Ok(prepared) => match begun(&exports, prepared, &id).await {
            Ok(response) => response,
            Err(refusal) => refused(refusal),
        },
        Err(refusal) => refused(refusal),
    }
}

/// An export that may be sent.
struct Prepared {
    session: Arc<Session>,
    list: List,
    format: Format,
    name: String,
}

async fn prepared(exports: &Exports, file: &str, http: &HttpRequest, id: &str) -> Result<Prepared, Refusal> {
    if !matches!(*http.method(), Method::GET | Method::HEAD) {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "VALIDATION_FAILED",
            "Read an export by GET or HEAD.",
        )
        .header(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, HEAD")));
    }
    let backend = &exports.backend;
    let session = backend.enter_reading(http, id).await?;
    let known = file
        .split_once('.')
        .and_then(|(list, format)| Some((lists::named(list)?, Format::named(format)?)));
    let Some((kind, format)) = known else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "There is no such export; there are recommendations.csv, recommendations.ndjson, reports.csv and reports.ndjson.",
        ));
    };
    let list = lists::select(&session, kind, http.query_string())
        .await
        .map_err(|error| match error {
            Error::Invalid(_) | Error::TooComplex(_) => {
                Refusal::new(StatusCode::BAD_REQUEST, error.code(), error.to_string())
            }
            other => refuse(&other, id),
        })?;
    let name = format!("{}-{}.{}", kind.name(), session.today(), format.name());
    Ok(Prepared {
        session,
        list,
        format,
        name,
    })
}

/// The export with its first page, once there is a place for it.
async fn begun(exports: &Exports, prepared: Prepared, id: &str) -> Result<HttpResponse, Refusal> {
    let seat = exports.seat().await?;
    let mut response = head(&prepared);
    let beginning = Begun::new(prepared.session, prepared.list, prepared.format);
    match exports.within_a_request(beginning).await {
        Some(Ok(begun)) => Ok(response.body(begun.body(seat))),
        Some(Err(error)) => Err(refuse(&error, id)),
        None => Err(slow()),
    }
}

fn slow() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "QUERY_TOO_COMPLEX",
        "The export took too long to begin; ask for less, or try again in a moment.",
    )
}

fn head(prepared: &Prepared) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type(prepared.format.content_type())
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", prepared.name),
        ))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    response
}

/// What `HEAD` is answered: as `GET` would be, whose length nobody knows before.
fn empty(prepared: &Prepared) -> HttpResponse {
    let nothing = futures_util::stream::empty::<Result<web::Bytes, std::convert::Infallible>>();
    head(prepared).streaming(nothing)
}

/// A refusal as the one sentence that people read who follow a link.
pub(super) fn refused(refusal: Refusal) -> HttpResponse {
    let mut response = HttpResponse::build(refusal.status);
    for header in refusal.headers {
        response.insert_header(header);
    }
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("text/plain; charset=utf-8")
        .body(format!("{}\n", refusal.message))
}
