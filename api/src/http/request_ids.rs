//! The id of a request, on every answer: what a caller can quote and an operator can search the log for.

use std::sync::Arc;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorInternalServerError,
    http::header::HeaderValue,
    middleware::Next,
    web,
};
use uuid::Uuid;

use super::graphql::{REQUEST_ID, sent_by_caller};
use crate::{auth::App, platform::ids::IdMint};

/// An id for a request whose caller sent none.
pub(super) fn fresh(ids: &IdMint) -> String {
    ids.mint::<Uuid>().simple().to_string()
}

/// Goes round all routes. Whatever handles the request finds its id where a caller sends one.
pub async fn identified(
    app: web::Data<Arc<App>>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let sent = sent_by_caller(request.headers()).map(str::to_owned);
    let id = sent.unwrap_or_else(|| fresh(&app.ids));
    let id = HeaderValue::from_str(&id).map_err(ErrorInternalServerError)?;
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut response = next.call(request).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}
