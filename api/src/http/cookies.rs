//! The two cookies: who signed in with this browser, and which browser was sent to a provider.
//!
//! Scripts cannot read them, other sites' pages cannot send them along but by a link, and with a public address that begins
//! with https they travel over TLS only.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use url::Url;

/// Keeps a browser signed in.
pub const SESSION: &str = "postmortem_session";
/// Recognises a browser that comes back from a provider.
pub const ATTEMPT: &str = "postmortem_login";

/// The value of a cookie, if it looks like one of ours at all.
pub fn value(request: &HttpRequest, name: &str) -> Option<String> {
    let cookie = request.cookie(name)?;
    let value = cookie.value();
    (value.len() == 43).then(|| value.to_owned())
}

fn cookie<'a>(name: &'a str, value: String, public_url: &str) -> Cookie<'a> {
    let url = Url::parse(public_url).ok();
    let path = url.as_ref().map_or("/", Url::path).to_owned();
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(url.is_some_and(|url| url.scheme() == "https"))
        .finish()
}

/// To be set for some seconds.
pub fn set<'a>(name: &'a str, value: String, seconds: i64, public_url: &str) -> Cookie<'a> {
    let mut cookie = cookie(name, value, public_url);
    cookie.set_max_age(Duration::seconds(seconds));
    cookie
}

/// To be forgotten.
pub fn unset<'a>(name: &'a str, public_url: &str) -> Cookie<'a> {
    set(name, String::new(), 0, public_url)
}
