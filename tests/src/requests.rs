//! Requests that are no GraphQL, or not as everybody sends it: with other headers, cookies and forms.

use actix_web::{
    App as Actix,
    cookie::Cookie,
    http::{StatusCode, header::HeaderMap},
    middleware::from_fn,
    test::{self, TestRequest},
};
use postmortem_api::http::{overload::in_turn, request_ids::identified};
use serde_json::{Value, json};

use crate::{TestApp, TestUser};

/// What came back, with its headers.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Reply {
    /// A header, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// A cookie that it sets, if it does.
    pub fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        self.headers
            .get_all("set-cookie")
            .filter_map(|value| Cookie::parse(value.to_str().ok()?.to_owned()).ok())
            .find(|cookie| cookie.name() == name)
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A query that everybody may send who may read.
pub const WHO: &str = "{ viewer { user { email role } } }";

/// A GraphQL request without anything that says who sends it.
pub fn graphql(query: &str) -> TestRequest {
    TestRequest::post()
        .uri("/graphql")
        .insert_header(("Content-Type", "application/json"))
        .insert_header(("Accept", "application/graphql-response+json"))
        .set_payload(json!({ "query": query }).to_string())
}

impl TestApp {
    /// Sends any request.
    pub async fn send(&self, request: TestRequest) -> Reply {
        let all = Actix::new().wrap(from_fn(in_turn)).wrap(from_fn(identified));
        let service = test::init_service(all.configure(|config| self.service.configure(config))).await;
        let response = test::call_service(&service, request.to_request()).await;
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&test::read_body(response).await).into_owned(),
        }
    }

    /// Asks who somebody is whose token this is.
    pub async fn who(&self, token: &str) -> Reply {
        self.send(graphql(WHO).insert_header(("Authorization", format!("Bearer {token}"))))
            .await
    }

    /// A token for a machine with these scopes, as somebody who can be asked as.
    pub async fn machine(&self, admin: &TestUser, scopes: &[&str], more: Value) -> TestUser {
        let mut input = json!({ "name": format!("Machine {}", self.serial()), "scopes": scopes });
        crate::fixtures::merge(&mut input, more);
        let made = self
            .mutate(admin, "createApiToken", input, "token apiToken { id name }")
            .await;
        TestUser {
            id: made.text("/apiToken/id"),
            user_id: admin.user_id,
            name: made.text("/apiToken/name"),
            email: String::new(),
            token: made.text("/token"),
        }
    }
}

/// An answer whose body is taken piece by piece.
pub struct Pieces {
    /// The HTTP status.
    pub status: StatusCode,
    body: std::pin::Pin<Box<actix_web::body::BoxBody>>,
}

impl Pieces {
    /// The next piece; none after the last; an error when it ends before its end.
    pub async fn next(&mut self) -> Option<Result<String, String>> {
        use actix_web::body::MessageBody;
        let piece = std::future::poll_fn(|context| self.body.as_mut().poll_next(context)).await?;
        Some(match piece {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(error.to_string()),
        })
    }
}

impl TestApp {
    /// Sends any request, and leaves the body where it is.
    pub async fn open(&self, request: TestRequest) -> Pieces {
        let service = test::init_service(Actix::new().configure(|config| self.service.configure(config))).await;
        let response = test::call_service(&service, request.to_request()).await;
        Pieces {
            status: response.status(),
            body: Box::pin(response.into_body()),
        }
    }
}
