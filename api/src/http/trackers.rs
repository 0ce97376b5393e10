//! Webhooks of trackers: kept, and answered at once. What they tell of is looked at afterwards.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, web};
use entity::enums::ActorKind;

use crate::{
    auth::{App, Viewer},
    platform::error::{Error, chain},
    trackers::service::inbox::receive,
};

/// The most bytes of a notice.
pub const BYTES: usize = 1 << 20;

/// Takes one in.
pub async fn hook(
    app: web::Data<Arc<App>>,
    id: web::Path<String>,
    http: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let answer = match take(&app, &id, &http, &body).await {
        Ok(()) => return HttpResponse::Accepted().finish(),
        Err(error) => error,
    };
    let mut response = match &answer {
        Error::Unauthenticated(_) => HttpResponse::Unauthorized(),
        Error::NotFound(_) => HttpResponse::NotFound(),
        Error::Invalid(_) => HttpResponse::BadRequest(),
        other => {
            tracing::error!(error = %chain(other), "a notice of a tracker could not be kept");
            HttpResponse::InternalServerError()
        }
    };
    response
        .content_type("text/plain; charset=utf-8")
        .body(format!("{answer}\n"))
}

async fn take(app: &Arc<App>, id: &str, http: &HttpRequest, body: &[u8]) -> Result<(), Error> {
    let id = id.parse().map_err(|_| Error::not_found("tracker connection"))?;
    let headers: BTreeMap<String, String> = http
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_lowercase(), value.to_str().ok()?.to_owned())))
        .collect();
    let session = app.session(Viewer::operator(ActorKind::Tracker)).await?;
    receive(&session, id, &headers, body).await
}
