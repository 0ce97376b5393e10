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
use serde::Deserialize;
use uuid::Uuid;

use super::{
    engine::{Backend, refuse},
    graphql::Refusal,
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
    name: web::Path<String>,
    asked: Result<web::Query<Asked>, actix_web::Error>,
) -> HttpResponse {
    let request_id = backend.app.ids.mint::<Uuid>().simple().to_string();
    let session = match backend.enter_reading(&http, &request_id).await {
        Ok(session) => session,
        Err(refusal) => return refused(&refusal),
    };
    let asked = match asked {
        Ok(asked) => asked.into_inner(),
        Err(_) => {
            return sentence(
                StatusCode::BAD_REQUEST,
                "Only edition (full or public) and sections can be asked for.",
            );
        }
    };
    match export(&session, &name, asked).await {
        Ok(document) => file(document),
        Err(Error::Invalid(problems)) => {
            let message = problems
                .first()
                .map_or_else(String::new, |problem| problem.message.clone());
            sentence(StatusCode::UNPROCESSABLE_ENTITY, &message)
        }
        Err(Error::NotFound(message)) => sentence(StatusCode::NOT_FOUND, &message),
        Err(error) => refused(&refuse(&error, &request_id)),
    }
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

fn sentence(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!("{message}\n"))
}

fn refused(refusal: &Refusal) -> HttpResponse {
    let mut response = sentence(refusal.status, &refusal.message);
    for (name, value) in &refusal.headers {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}
