//! Counts and traces every request, by the template of its path. A path may hold a secret and is in neither.

use std::{borrow::Cow, sync::Arc, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web,
};
use tracing::{Instrument, field::Empty};

use super::pages::Template;
use crate::{
    auth::App,
    platform::telemetry::{self, Parent, continue_trace},
};

/// The route of what leads nowhere.
const NOWHERE: &str = "none";

/// Methods are free text, and labels must not be.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Pages have no route of their own, and say which they are.
fn route(request: &HttpRequest) -> Option<Cow<'static, str>> {
    let page = || {
        request
            .extensions()
            .get::<Template>()
            .map(|template| Cow::Borrowed(template.0))
    };
    request.match_pattern().map(Cow::Owned).or_else(page)
}

/// Goes round all routes.
pub async fn measure(
    app: web::Data<Arc<App>>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let method = known(request.method());
    let span = tracing::info_span!(
        "http.request",
        otel.kind = "server",
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let parent = Parent {
        trace: header("traceparent"),
        state: header("tracestate"),
    };
    continue_trace(&span, parent);
    let answered = next.call(request).instrument(span.clone()).await;
    let (route, status) = match &answered {
        Ok(response) => (route(response.request()), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let route = route.as_deref().unwrap_or(NOWHERE);
    telemetry::name(&span, format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        telemetry::failed(&span);
    }
    app.meters
        .http
        .answered(method, route, status.as_u16(), begun.elapsed());
    answered
}
