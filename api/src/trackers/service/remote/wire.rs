//! The call that every tracker makes: JSON there and back, through the client that reaches only what it may.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::Url;

use super::Failure;
use crate::platform::{
    clock::Clock,
    outbound::{Answer, NoAnswer, Outbound},
};

/// Makes calls.
#[derive(Clone)]
pub struct Wire {
    outbound: Outbound,
    clock: Arc<dyn Clock>,
}

impl Wire {
    /// Through a client.
    pub fn new(outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        Self { outbound, clock }
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Makes a call and takes its answer, whatever the status.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, String)],
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let url = Url::parse(url).map_err(|error| Failure::Unreachable(error.to_string()))?;
        let mut map = HeaderMap::new();
        map.insert("accept", HeaderValue::from_static("application/json"));
        if body.is_some() {
            map.insert("content-type", HeaderValue::from_static("application/json"));
        }
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| Failure::Unauthorised)?;
            map.insert(HeaderName::from_static(name), value);
        }
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = self.outbound.call(method, url, map, body).await;
        answer.map_err(|why| match why {
            NoAnswer::TooLong => Failure::TooLarge,
            NoAnswer::Refused(refused) => Failure::Unreachable(refused.to_string()),
        })
    }

    /// Makes a call that must succeed, and reads its answer; an empty one is null.
    pub async fn json(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, String)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let answer = self.send(method, url, headers, body).await?;
        self.read(&answer)
    }

    /// What an answer says.
    pub fn read(&self, answer: &Answer) -> Result<Value, Failure> {
        if !(200..300).contains(&answer.status) {
            return Err(Failure::of(answer, self.now()));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| Failure::Unreadable)
    }
}

/// A part of a path or query, such that it cannot become more than one.
pub fn quoted(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
