//! As much of a browser as a sign-in needs: it follows redirects and keeps cookies, one jar for each side.

use std::collections::HashMap;

use actix_web::{cookie::Cookie, test::TestRequest};
use reqwest::Url;

use super::{OidcProvider, PUBLIC_URL, client};
use crate::{TestApp, requests::Reply};

/// A browser of somebody.
pub struct Browser {
    client: reqwest::Client,
    /// Cookies of the product.
    pub cookies: HashMap<String, String>,
    at_provider: HashMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            client: client(),
            cookies: HashMap::new(),
            at_provider: HashMap::new(),
        }
    }
}

impl Browser {
    /// Opens a page of the product, or posts to it.
    pub async fn open(&mut self, app: &TestApp, mut request: TestRequest) -> Reply {
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let reply = app.send(request).await;
        for value in reply.headers.get_all("set-cookie") {
            let cookie = Cookie::parse(value.to_str().expect("text").to_owned()).expect("a cookie");
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        reply
    }

    /// Signs in at the provider as somebody, from a link that the product gave, until it sends the browser back. Gives the
    /// path and query of the product to which it does.
    pub async fn at_provider(&mut self, provider: &OidcProvider, link: &str, sub: &str) -> String {
        let mut url = Url::parse(link).expect("a link to the provider");
        assert!(link.starts_with(&provider.issuer), "{link}");
        url.query_pairs_mut().append_pair("login_hint", sub);
        for _ in 0..10 {
            let cookies: Vec<String> = self
                .at_provider
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let answer = self
                .client
                .get(url.clone())
                .header("cookie", cookies.join("; "))
                .send()
                .await;
            let answer = answer.expect("the provider to answer");
            for value in answer.headers().get_all("set-cookie") {
                let cookie = Cookie::parse(value.to_str().expect("text").to_owned()).expect("a cookie");
                self.at_provider
                    .insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
            let location = answer
                .headers()
                .get("location")
                .map(|value| value.to_str().expect("text").to_owned());
            let Some(location) = location else {
                panic!("the provider shows a page: {}", answer.text().await.unwrap_or_default());
            };
            url = url.join(&location).expect("a place to go");
            if let Some(path) = url.as_str().strip_prefix(PUBLIC_URL) {
                return path.to_owned();
            }
        }
        panic!("the provider sends the browser round in circles");
    }
}
