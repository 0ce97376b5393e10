//! The sign-in page: it works without a script, and loads nothing from anywhere else. Its script only takes a token out of a
//! link, such as the demo prints; whoever follows the link presses the button.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
};
use url::form_urlencoded;

use crate::platform::markdown::escaped;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const SCRIPT: &str = include_str!("../../../assets/login/token.js");
const STYLE: &str = include_str!("../../../assets/login/style.css");

/// What the page says.
pub(super) struct Page<'a> {
    /// From the page's own address to the public one, such as `../`.
    pub root: &'a str,
    /// Where to go afterwards.
    pub return_to: &'a str,
    /// What went wrong.
    pub problem: Option<&'a str>,
    /// Who is signed in already.
    pub name: Option<&'a str>,
    /// Place and name of the providers.
    pub providers: Vec<(usize, &'a str)>,
}

impl Page<'_> {
    fn html(&self) -> String {
        let (root, return_to) = (self.root, escaped(self.return_to));
        let wish: String = form_urlencoded::byte_serialize(self.return_to.as_bytes()).collect();
        let problem = self.problem.map_or(String::new(), |problem| {
            format!("<p class=\"problem\" role=\"alert\">{}</p>\n", escaped(problem))
        });
        let signed_in = self.name.map_or(String::new(), |name| {
            format!(
                "<form method=\"post\" action=\"{root}logout\">\n<p>You are signed in as {}.\n<a href=\"{root}{return_to}\">Go on</a></p>\n<button class=\"plain\">Sign out</button>\n</form>\n",
                escaped(name)
            )
        });
        let providers: String = self
            .providers
            .iter()
            .map(|(place, name)| {
                format!(
                    "<p><a class=\"button\" href=\"{root}login/oidc/{place}?return_to={wish}\">Sign in with {}</a></p>\n",
                    escaped(name)
                )
            })
            .collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>Sign in to Postmortem</title>\n<link rel=\"icon\" href=\"{root}graphiql/icon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"{root}login/style.css\">\n<script src=\"{root}login/token.js\" defer></script>\n</head>\n<body>\n<main>\n<h1>Sign in to Postmortem</h1>\n{problem}{signed_in}{providers}<form method=\"post\" action=\"{root}login\">\n<input type=\"hidden\" name=\"return_to\" value=\"{return_to}\">\n<label for=\"token\">Access token</label>\n<input id=\"token\" name=\"token\" type=\"password\" required autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"hint\">\n<p id=\"hint\" class=\"hint\">One of your own, such as <code>postmortem token</code> prints.</p>\n<button>Sign in with the token</button>\n</form>\n</main>\n</body>\n</html>\n"
        )
    }

    /// The page as an answer that is never kept.
    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            // Not "no-referrer": then a form would say that it comes from nowhere.
            .insert_header((REFERRER_POLICY, "same-origin"))
            .body(self.html())
    }
}

/// Its script.
pub(super) async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(SCRIPT)
}

/// Its style sheet.
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(STYLE)
}
