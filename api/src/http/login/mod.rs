//! Signing in with a browser, for the pages and the explorer.
//!
//! `GET /login` offers the providers of the settings and a field for a token. Either way ends with a cookie and a redirect to
//! where the visitor wanted to go. `POST /logout` ends the session, in every process. A page of another site can cause none
//! of this: it can neither read the cookies nor send a form here.
//!
//! Redirects are relative, so that the product may live below any path of a proxy.

mod page;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, LOCATION, RETRY_AFTER},
    },
    web::{self, ServiceConfig},
};
use serde::Deserialize;

use self::page::Page;
use super::{caller, cookies, graphql::Refusal, rate::RateLimits};
use crate::{
    access::service::{browsers, sign_in},
    auth::{App, Session, Sight},
    platform::error::{Error, chain},
};

/// Where visitors go who did not say where: the overview.
const HOME: &str = "./";
/// As long as a sign-in at a provider may take.
const ATTEMPT_SECONDS: i64 = 15 * 60;

/// What every route here needs.
#[derive(Clone)]
pub(super) struct Door {
    pub app: Arc<App>,
    pub limits: Arc<RateLimits>,
}

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/login", web::get().to(show))
        .route("/login", web::post().to(with_token))
        .route("/login/style.css", web::get().to(page::style))
        .route("/login/token.js", web::get().to(page::script))
        .route("/login/oidc/{place}", web::get().to(to_provider))
        .route("/login/callback", web::get().to(from_provider))
        .route("/logout", web::post().to(sign_out));
}

#[derive(Deserialize)]
struct Wish {
    return_to: Option<String>,
}

#[derive(Deserialize)]
struct TokenForm {
    token: String,
    return_to: Option<String>,
}

#[derive(Deserialize)]
struct Callback {
    /// Who says to send it back (RFC 9207); not every provider does.
    iss: Option<String>,
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// A place of ours, relative to the public address. Anything else would make us a springboard to other sites.
fn place_of_ours(wish: Option<&str>) -> &str {
    let wish = wish.unwrap_or_default();
    let wish = wish.strip_prefix('/').unwrap_or(wish);
    // Only the path leads anywhere; a query holds whatever was looked for.
    let (path, query) = wish.split_once('?').unwrap_or((wish, ""));
    let leads_on = |c: char| c.is_ascii_alphanumeric() || "/-_.%+".contains(c);
    let is_asked = |c: char| c.is_ascii_graphic() && !"\"#<>\\^`{|}".contains(c);
    if path.is_empty()
        || wish.len() > 500
        || path.starts_with('/')
        || path.contains("//")
        || path.contains("..")
        || !path.chars().all(leads_on)
        || !query.chars().all(is_asked)
    {
        return HOME;
    }
    wish
}

fn go(to: String) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(StatusCode::SEE_OTHER);
    answer.insert_header((LOCATION, to));
    answer
}

impl Door {
    fn public_url(&self) -> &str {
        &self.app.settings.public_url
    }

    /// Counts the request. Why it goes no further: too many of them, or a page of another site sent it.
    fn refusal(&self, request: &HttpRequest, writes: bool) -> Option<HttpResponse> {
        let origin = caller::origin(request, &self.app.settings.trusted_proxies);
        if let Err(refusal) = self.limits.admit(origin) {
            return Some(self.limited(&refusal));
        }
        if writes && caller::is_foreign(request.headers(), self.public_url()) {
            let sentence = "This was sent by a page of another site; sign in on this page instead.";
            return Some(self.page(StatusCode::FORBIDDEN, HOME, Some(sentence), None));
        }
        None
    }

    /// Whoever signs in anew has one session, and signing out ends it: the one that this browser had is over.
    async fn end_earlier(&self, request: &HttpRequest) {
        if let Some(cookie) = cookies::value(request, cookies::SESSION)
            && let Err(error) = self.app.within_a_request(browsers::close(&self.app, &cookie)).await
        {
            tracing::warn!(problem = %error, "an earlier session of a browser could not be ended");
        }
    }

    fn limited(&self, refusal: &Refusal) -> HttpResponse {
        let mut answer = self.page(refusal.status, HOME, Some(&refusal.message), None);
        if let Some((_, value)) = refusal.headers.iter().find(|(name, _)| *name == RETRY_AFTER) {
            answer.headers_mut().insert(RETRY_AFTER, value.clone());
        }
        answer
    }

    fn page(&self, status: StatusCode, return_to: &str, problem: Option<&str>, name: Option<&str>) -> HttpResponse {
        self.page_at("", status, return_to, problem, name)
    }

    fn page_at(
        &self,
        root: &str,
        status: StatusCode,
        return_to: &str,
        problem: Option<&str>,
        name: Option<&str>,
    ) -> HttpResponse {
        let providers = self.app.providers.for_browsers();
        let providers = providers.map(|(place, provider)| (place, provider.settings.name.as_str()));
        Page {
            root,
            return_to,
            problem,
            name,
            providers: providers.collect(),
        }
        .respond(status)
    }

    /// The page with what went wrong.
    fn failed(&self, root: &str, request: &HttpRequest, error: &Error, return_to: &str) -> HttpResponse {
        let (status, sentence) = match error {
            Error::Internal(source) => {
                tracing::error!(error = %chain(source.as_ref()), "a browser could not be signed in");
                let sentence = "Signing in does not work at the moment; try again, or have whoever runs this service look into its log.";
                (StatusCode::SERVICE_UNAVAILABLE, sentence.to_owned())
            }
            other => {
                let address = caller::origin(request, &self.app.settings.trusted_proxies);
                if let Err(refusal) = self.limits.failed(address) {
                    return self.limited(&refusal);
                }
                (StatusCode::UNAUTHORIZED, other.to_string())
            }
        };
        self.page_at(root, status, return_to, Some(&sentence), None)
    }

    fn session_cookie(&self, value: String) -> actix_web::cookie::Cookie<'static> {
        let seconds = i64::from(self.app.settings.session_hours) * 3600;
        cookies::set(cookies::SESSION, value, seconds, self.public_url()).into_owned()
    }
}

async fn show(door: web::Data<Door>, request: HttpRequest, wish: web::Query<Wish>) -> HttpResponse {
    if let Some(refusal) = door.refusal(&request, false) {
        return refusal;
    }
    let mut name = None;
    if let Some(cookie) = cookies::value(&request, cookies::SESSION)
        && let Ok(session) = door.app.within_a_request(signed_in(&door.app, &cookie)).await
    {
        name = Some(session.viewer.name());
    }
    door.page(
        StatusCode::OK,
        place_of_ours(wish.return_to.as_deref()),
        None,
        name.as_deref(),
    )
}

async fn signed_in(app: &Arc<App>, cookie: &str) -> Result<Arc<Session>, Error> {
    sign_in::cookie(app, app.databases.reader().await?, cookie, Sight::Now).await
}

async fn with_token(door: web::Data<Door>, request: HttpRequest, form: web::Form<TokenForm>) -> HttpResponse {
    if let Some(refusal) = door.refusal(&request, true) {
        return refusal;
    }
    let to = place_of_ours(form.return_to.as_deref());
    match door
        .app
        .within_a_request(browsers::with_token(&door.app, &form.token))
        .await
    {
        Ok(cookie) => {
            door.end_earlier(&request).await;
            go(to.to_owned()).cookie(door.session_cookie(cookie)).finish()
        }
        Err(error) => door.failed("", &request, &error, to),
    }
}

async fn to_provider(
    door: web::Data<Door>,
    request: HttpRequest,
    place: web::Path<usize>,
    wish: web::Query<Wish>,
) -> HttpResponse {
    if let Some(refusal) = door.refusal(&request, false) {
        return refusal;
    }
    let to = place_of_ours(wish.return_to.as_deref());
    match browsers::send_off(&door.app, *place, to).await {
        Ok(Some(sent)) => go(sent.url.into())
            .cookie(cookies::set(
                cookies::ATTEMPT,
                sent.cookie,
                ATTEMPT_SECONDS,
                door.public_url(),
            ))
            .finish(),
        Ok(None) => {
            let sentence = "There is no such way to sign in here; choose one of these.";
            door.page_at("../../", StatusCode::NOT_FOUND, to, Some(sentence), None)
        }
        Err(error) => door.failed("../../", &request, &error, to),
    }
}

async fn from_provider(door: web::Data<Door>, request: HttpRequest, query: web::Query<Callback>) -> HttpResponse {
    if let Some(refusal) = door.refusal(&request, false) {
        return refusal;
    }
    let outcome = match (&query.state, &query.code, cookies::value(&request, cookies::ATTEMPT)) {
        (_, None, _) => {
            // The provider's own words are not shown: anybody could have put them into a link.
            tracing::info!(error = query.error, "a provider sent a browser back without a code");
            Err(Error::Unauthenticated(
                "Your sign-in service did not let you in; begin again, or ask whoever runs it.".to_owned(),
            ))
        }
        (Some(state), Some(code), Some(cookie)) => {
            browsers::take_back(&door.app, query.iss.as_deref(), state, code, &cookie).await
        }
        _ => Err(Error::Unauthenticated(
            "This sign-in was begun in another browser, or cookies are switched off; begin again.".to_owned(),
        )),
    };
    match outcome {
        Ok(arrived) => {
            door.end_earlier(&request).await;
            go(format!("../{}", arrived.return_to))
                .cookie(door.session_cookie(arrived.cookie))
                .cookie(cookies::unset(cookies::ATTEMPT, door.public_url()))
                .finish()
        }
        Err(error) => door.failed("../", &request, &error, HOME),
    }
}

async fn sign_out(door: web::Data<Door>, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = door.refusal(&request, true) {
        return refusal;
    }
    if let Some(cookie) = cookies::value(&request, cookies::SESSION)
        && let Err(error) = door.app.within_a_request(browsers::close(&door.app, &cookie)).await
    {
        return door.failed("", &request, &error, HOME);
    }
    let by_script = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let mut answer = if by_script {
        HttpResponse::build(StatusCode::NO_CONTENT)
    } else {
        go("login".to_owned())
    };
    answer
        .cookie(cookies::unset(cookies::SESSION, door.public_url()))
        .finish()
}
