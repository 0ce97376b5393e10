//! Reports as files: `GET /export/reports/PM-12.md`, `.html` and `.json`. Whoever may see the report may take it along.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    web,
};
use async_graphql::parser::types::OperationType;
use serde::Deserialize;

use super::{
    engine::{Backend, refuse},
    export::refused,
    graphql::{Engine, HttpLimits, Interrupted, Refusal, guarded},
};
use crate::{
    access::service::audit,
    auth::Session,
    exchange::queries::{self, Exported, Form, Wanted},
    platform::error::Error,
};

/// What may be asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `full` or `public`.
    edition: Option<String>,
    /// The parts of a public edition, separated by commas.
    sections: Option<String>,
}

/// Answers with the file, or with one sentence.
pub async fn report(
    http: HttpRequest,
    backend: web::Data<Backend>,
    limits: web::Data<HttpLimits>,
    name: web::Path<String>,
    asked: Result<web::Query<Asked>, actix_web::Error>,
) -> HttpResponse {
    let id = backend.request_id(http.headers());
    let databases = &backend.app.databases;
    let read = databases.attended(read(&backend, &http, &id, &name, asked));
    let answered = match guarded(&limits, OperationType::Query, &id, read).await {
        Ok(answered) => answered,
        Err(Interrupted::Panicked(refusal)) => Err(refusal),
        Err(Interrupted::Late(_)) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "QUERY_TOO_COMPLEX",
            "The report took too long to read; try again in a moment.",
        )),
    };
    answered.map_or_else(refused, file)
}

async fn read(
    backend: &Backend,
    http: &HttpRequest,
    id: &str,
    name: &str,
    asked: Result<web::Query<Asked>, actix_web::Error>,
) -> Result<Exported, Refusal> {
    let session = backend.enter_reading(http, id).await?;
    let Ok(asked) = asked else {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_FAILED",
            "Only edition (full or public) and sections can be asked for.",
        ));
    };
    export(&session, name, asked.into_inner())
        .await
        .map_err(|error| match error {
            Error::Invalid(problems) => {
                let message = problems.into_iter().next().map(|problem| problem.message);
                Refusal::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "VALIDATION_FAILED",
                    message.unwrap_or_default(),
                )
            }
            Error::NotFound(message) => Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", message),
            other => refuse(&other, id),
        })
}

async fn export(session: &Arc<Session>, name: &str, asked: Asked) -> Result<Exported, Error> {
    let form = name
        .rsplit_once('.')
        .and_then(|(key, end)| Some((key, Form::of_extension(end)?)));
    let Some((key, form)) = form else {
        return Err(Error::NotFound(format!(
            "There is no {name} here; ask for such as PM-12.md, PM-12.html or PM-12.json."
        )));
    };
    let parts = asked.sections.as_deref().map(Wanted::parts).transpose()?;
    let wanted = match (asked.edition.as_deref(), parts) {
        (None | Some("full"), None) => Wanted::Full,
        (None | Some("full"), Some(_)) => return Err(Wanted::not_chosen()),
        (Some("public"), parts) => Wanted::public(parts)?,
        (Some(_), _) => {
            return Err(Error::invalid(
                "edition",
                "UNKNOWN_EDITION",
                "There are two editions: full and public.",
            ));
        }
    };
    let document = queries::export(session, key, form, wanted).await;
    // What could not be written down does not leave; a refusal shows something too.
    audit::restricted_reads(session).await?;
    document
}

fn file(document: Exported) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(document.form.media_type())
        .insert_header((
            CONTENT_DISPOSITION,
            format!("inline; filename=\"{}\"", document.file_name),
        ))
        // The page has text of people, sanitised; even so it gets no power over ours.
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups",
        ))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((VARY, "authorization, cookie"))
        .body(document.text)
}
