//! Who may read the metrics: whoever shows the token. Without one in the settings, whoever reaches the address that is for metrics
//! alone, or, when there is none, whoever asks from this machine.
//!
//! A proxy on this machine would make everybody a local caller. So it counts as local only what came through no proxy that says so,
//! and only while `public_url` says that nobody else is served.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE},
};
use ipnet::IpNet;
use url::Url;

use crate::{
    http::{caller, credential::Credential, rate::RateLimits},
    platform::{oidc_settings::is_loopback, secret::Secret, settings::Settings},
};

/// Headers that proxies add.
const OF_PROXIES: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// The rule.
enum Rule {
    /// Whoever shows this token.
    Token(Secret),
    /// Whoever gets here.
    Anybody,
    /// Whoever asks from this machine.
    Local,
    /// Nobody, until there is a token.
    Nobody,
}

/// Who may.
pub(super) struct Access {
    rule: Rule,
    limits: Arc<RateLimits>,
    trusted: Vec<IpNet>,
}

fn names_this_machine(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback(url.host()))
}

fn shows(headers: &HeaderMap, expected: &Secret) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|given| given.to_str().ok());
    let credential = Credential::of_bearer(given.unwrap_or_default());
    matches!(credential, Ok(Credential::Token(token)) if expected.is(&token))
}

fn is_local(http: &HttpRequest) -> bool {
    let near = http
        .peer_addr()
        .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    near && !OF_PROXIES.iter().any(|name| http.headers().contains_key(*name))
}

fn said(mut response: HttpResponseBuilder, sentence: &str) -> HttpResponse {
    response
        .content_type("text/plain; charset=utf-8")
        .body(format!("{sentence}\n"))
}

impl Access {
    pub(super) fn new(settings: &Settings, limits: Arc<RateLimits>, is_apart: bool) -> Self {
        let rule = match &settings.metrics_token {
            Some(token) => Rule::Token(token.clone()),
            None if is_apart => Rule::Anybody,
            None if names_this_machine(&settings.public_url) => Rule::Local,
            None => Rule::Nobody,
        };
        Self {
            rule,
            limits,
            trusted: settings.trusted_proxies.clone(),
        }
    }

    /// Nothing for a caller who may come in, else the answer that says why not.
    pub(super) fn refusal(&self, http: &HttpRequest) -> Option<HttpResponse> {
        let may = match &self.rule {
            Rule::Token(token) => shows(http.headers(), token),
            Rule::Anybody => true,
            Rule::Local => is_local(http),
            Rule::Nobody => false,
        };
        if may {
            return None;
        }
        if !matches!(self.rule, Rule::Token(_)) {
            let sentence =
                "Metrics are not open to you; set metrics_token and show it as a bearer token, or set metrics_listen.";
            return Some(said(HttpResponse::Forbidden(), sentence));
        }
        if let Err(refusal) = self.limits.failed(caller::origin(http, &self.trusted)) {
            let mut response = HttpResponse::build(refusal.status);
            for header in refusal.headers {
                response.insert_header(header);
            }
            return Some(said(response, &refusal.message));
        }
        let mut response = HttpResponse::Unauthorized();
        response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"postmortem metrics\""));
        Some(said(
            response,
            "Show the token of the setting metrics_token as a bearer token.",
        ))
    }
}
