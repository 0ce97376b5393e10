//! The door of the web pages: who may in, which query answers, and what the answer is when none does.
//!
//! Every address that nothing else serves comes here. A page of ours is asked of the schema, in one document and with the session
//! of whoever opens it, and drawn by [`crate::pages`]. So it shows what a query would show, is limited and audited like one, and
//! cannot show more.
//!
//! Whoever is not signed in is sent to the sign-in page, which sends them back. Unlike the API, pages also take the cookie when a
//! link of another site leads here: they change nothing, and no other site can read or frame them.

mod desk;
mod documents;
mod lists;
mod overview;
mod place;
mod respond;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::AUTHORIZATION},
    web::{self, ServiceConfig},
};
use async_graphql::parser::types::OperationType;

pub(super) use self::place::Template;
use self::{
    desk::{Desk, Trouble},
    place::Place,
    respond::{Problem, page, see},
};
use super::{
    cookies,
    credential::Credential,
    engine::{Backend, EntryRefused, refuse},
    graphql::{Engine, HttpLimits, Interrupted, guarded},
};
use crate::{auth::Session, pages::frame::Frame, platform::error::Error};
use std::sync::Arc;

/// Registers the pages, for every address that nothing else serves.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(open));
}

async fn open(http: HttpRequest, backend: web::Data<Backend>, limits: web::Data<HttpLimits>) -> HttpResponse {
    let id = backend.request_id(http.headers());
    answer(&http, &backend, &limits, &id).await
}

async fn answer(http: &HttpRequest, backend: &Backend, limits: &HttpLimits, id: &str) -> HttpResponse {
    let place = Place::of(http.path());
    if let Some(place) = &place {
        http.extensions_mut().insert(place.template());
    }
    if let Some(Place::Style(name)) = &place {
        return respond::style(name);
    }
    let app = &backend.app;
    let now = app.clock.now();
    let zone = app.settings.time_zone;
    let mut frame = Frame {
        root: place::root(http.path()),
        style: respond::style_path().to_owned(),
        viewer: None,
        zone,
        now,
    };
    if let Err(refusal) = backend.limits.admit(backend.address(http)) {
        return Problem::refused(refusal).respond(&frame);
    }
    let Some(place) = place else {
        return Problem::not_found("There is no page at this address.").respond(&frame);
    };
    if !matches!(*http.method(), Method::GET | Method::HEAD) {
        return Problem::method_not_allowed().respond(&frame);
    }
    if http.query_string().len() > limits.query_string_bytes {
        return Problem::new(StatusCode::URI_TOO_LONG, "This address is too long; use fewer filters.").respond(&frame);
    }
    let databases = &backend.app.databases;
    let entering = databases.attended(enter(http, backend, id));
    let session = match guarded(limits, OperationType::Query, id, entering).await {
        Ok(Ok(session)) => session,
        Ok(Err(Entry::SignIn)) => return see(&frame.root, http),
        Ok(Err(Entry::Refused(problem))) => return problem.respond(&frame),
        Err(interrupted) => return stopped(interrupted).respond(&frame),
    };
    frame.viewer = Some(session.viewer.name());
    let desk = Desk {
        backend,
        session,
        id,
        query: http.query_string(),
        frame,
    };
    let showing = databases.attended(show(&desk, &place));
    match guarded(limits, OperationType::Query, id, showing).await {
        Ok(Ok(html)) => page(StatusCode::OK, html),
        Ok(Err(trouble)) => Problem::of(trouble, id).respond(&desk.frame),
        Err(interrupted) => stopped(interrupted).respond(&desk.frame),
    }
}

fn stopped(interrupted: Interrupted) -> Problem {
    match interrupted {
        Interrupted::Panicked(refusal) => Problem::refused(refusal),
        Interrupted::Late(_) => {
            let sentence = "This page took too long; use more filters, or try again in a moment.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }
}

async fn show(desk: &Desk<'_>, place: &Place) -> Result<String, Trouble> {
    match place {
        Place::Overview => overview::show(desk).await,
        Place::Recommendations => lists::recommendations(desk).await,
        Place::Recommendation(key) => documents::recommendation(desk, key).await,
        Place::Reports => lists::reports(desk).await,
        Place::Report(key) => documents::report(desk, key).await,
        Place::Incidents => lists::incidents(desk).await,
        Place::Incident(key) => documents::incident(desk, key).await,
        Place::RootCauses => lists::causes(desk).await,
        Place::RootCause(id) => documents::cause(desk, id).await,
        Place::Style(_) => Err(Error::not_found("page").into()),
    }
}

/// Why somebody does not get to a page.
enum Entry {
    /// Nobody is signed in with this browser.
    SignIn,
    /// What they showed does not do.
    Refused(Problem),
}

/// Who asks, if they may ask this now.
async fn enter(http: &HttpRequest, backend: &Backend, id: &str) -> Result<Arc<Session>, Entry> {
    let refused = |refusal| Entry::Refused(Problem::refused(refusal));
    let (credential, is_browser) = match http.headers().get(AUTHORIZATION) {
        Some(given) => {
            let credential = Credential::of_bearer(given.to_str().unwrap_or_default());
            (credential.map_err(|error| refused(refuse(&error, id)))?, false)
        }
        None => {
            let cookie = cookies::value(http, cookies::SESSION).ok_or(Entry::SignIn)?;
            (Credential::Cookie(cookie), true)
        }
    };
    let session = match backend.let_in(backend.address(http), &credential).await {
        Ok(session) => session,
        Err(EntryRefused::Unknown(Error::Unauthenticated(_))) if is_browser => return Err(Entry::SignIn),
        Err(other) => return Err(refused(other.refusal(id))),
    };
    backend.allow(&session, id, false).map_err(refused)?;
    Ok(session)
}
