//! A reader of event streams.

use std::fmt::Display;

use serde_json::Value;

use super::in_time;
use crate::oidc::client;

/// An answer that may be an event stream.
pub struct EventStream {
    response: reqwest::Response,
    unread: String,
}

impl EventStream {
    /// Sends a request to `/graphql`; `more` is what follows in its address.
    pub async fn send(
        served: &impl Display,
        method: &str,
        more: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Self {
        let url = format!("http://{served}/graphql{more}");
        let mut request = client().request(method.parse().expect("a method"), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = in_time("an answer", request.send()).await.expect("an answer");
        Self {
            response,
            unread: String::new(),
        }
    }

    /// Subscribes as the bearer of a token.
    pub async fn subscribe(served: &impl Display, token: &str, query: &str, variables: Value) -> Self {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("accept", "text/event-stream")];
        let body = serde_json::json!({ "query": query, "variables": variables });
        Self::send(served, "POST", "", &headers, Some(body)).await
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header, or "".
    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// All that is left, of an answer that is no stream.
    pub async fn text(self) -> String {
        in_time("a body", self.response.text()).await.expect("a body")
    }

    /// The name and the data of the next event; none at the end of the stream.
    pub async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.unread.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.unread = rest;
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                        .map(|value| value.trim_start().to_owned())
                };
                if let Some(event) = field("event") {
                    let data = field("data").unwrap_or_default();
                    return Some((event, serde_json::from_str(&data).unwrap_or_default()));
                }
            }
            let chunk = in_time("an event", self.response.chunk()).await.ok()??;
            self.unread.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The data of the next event, which is a result.
    pub async fn result(&mut self) -> Value {
        let (event, data) = self.event().await.expect("another event");
        assert_eq!(event, "next", "{data}");
        data
    }

    /// Results until one is of an event of this type: all of them.
    pub async fn results_until(&mut self, event_type: &str) -> Vec<Value> {
        let mut results = Vec::new();
        loop {
            results.push(self.result().await);
            if super::types_of(&results).last().is_some_and(|last| last == event_type) {
                return results;
            }
        }
    }
}
