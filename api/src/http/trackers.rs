//! Webhooks of trackers: kept, and answered at once. What they tell of is looked at afterwards.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use entity::enums::ActorKind;

use super::{caller, login::Door};
use crate::{
    auth::{App, Viewer},
    platform::error::{Error, chain},
    trackers::service::inbox::receive,
};

/// Where they come in, each connection below it.
pub const PATH: &str = "/hooks/trackers/";

/// Takes one in.
pub async fn hook(door: web::Data<Door>, id: web::Path<String>, http: HttpRequest, body: web::Bytes) -> HttpResponse {
    let taking = take(&door.app, &id, &http, &body);
    let answer = match door.app.within_a_request(taking).await {
        Ok(()) => return HttpResponse::Accepted().finish(),
        Err(error) => error,
    };
    // A tracker that is who it says is never limited: what it tells would be lost.
    let origin = caller::origin(&http, &door.app.settings.trusted_proxies);
    if let Error::Unauthenticated(_) | Error::NotFound(_) = &answer
        && let Err(refusal) = door.limits.failed(origin)
    {
        let mut response = HttpResponse::build(refusal.status);
        for header in refusal.headers {
            response.insert_header(header);
        }
        return said(response, &refusal.message);
    }
    let response = match &answer {
        Error::Unauthenticated(_) => HttpResponse::Unauthorized(),
        Error::NotFound(_) => HttpResponse::NotFound(),
        Error::Invalid(_) => HttpResponse::BadRequest(),
        other => {
            tracing::error!(error = %chain(other), "a notice of a tracker could not be kept");
            HttpResponse::InternalServerError()
        }
    };
    said(response, &answer.to_string())
}

fn said(mut response: HttpResponseBuilder, sentence: &str) -> HttpResponse {
    response
        .content_type("text/plain; charset=utf-8")
        .body(format!("{sentence}\n"))
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
