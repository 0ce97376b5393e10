//! The server that is asked: waits when it is asked to, and says in a sentence why there is no answer.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{args::ServerArgs, item::Page, wrong};
use crate::platform::{
    client_settings::{ClientFlags, ClientSettings},
    clock::{Clock, SystemClock},
    http_client::{HttpClient, Reply},
    retry_after::asked_for,
};

/// How often one question is asked, when the server is busy.
const TRIES: u32 = 4;
/// Nobody waits longer at a keyboard; a script is better started again later.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(super) struct Server {
    http: HttpClient,
    settings: ClientSettings,
    timeout: Duration,
    clock: SystemClock,
}

impl Server {
    pub(super) fn new(args: ServerArgs) -> Result<Self, String> {
        let timeout = Duration::from_secs(args.timeout);
        let settings = ClientSettings::load(ClientFlags {
            url: args.url,
            token_file: args.token_file,
            config: args.client_config,
            allow_http: args.allow_http,
        })?;
        let http = HttpClient::of_command(timeout).map_err(|error| crate::cli::sentence(&error))?;
        Ok(Self {
            http,
            settings,
            timeout,
            clock: SystemClock,
        })
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.settings.warnings
    }

    /// One page of a list, which stands at this place of the answer.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        document: &str,
        at: &str,
        variables: Value,
    ) -> Result<Page<T>, String> {
        let data = self.ask(document, variables).await?;
        let page = data.pointer(at).cloned().unwrap_or_default();
        serde_json::from_value(page).map_err(|_| wrong::other_version(&self.settings.base, None))
    }

    /// The data of an answer without errors.
    pub(super) async fn ask(&self, document: &str, variables: Value) -> Result<Value, String> {
        let base = &self.settings.base;
        let body = json!({ "query": document, "variables": variables }).to_string();
        for attempt in 1.. {
            let sent = self.http.post(
                self.settings.endpoint.clone(),
                self.headers()?,
                body.clone().into_bytes(),
            );
            let reply = sent
                .await
                .map_err(|failed| wrong::no_answer(base, &failed, self.timeout))?;
            let is_busy = matches!(reply.status, 429 | 502 | 503 | 504);
            let wait = pause(&reply, attempt, self.clock.now());
            if !is_busy || attempt == TRIES || wait > LONGEST_WAIT {
                return wrong::data(base, &reply, wait);
            }
            eprintln!(
                "postmortem: {base} is busy (status {}); asking again in {} s.",
                reply.status,
                wait.as_secs()
            );
            rest(wait).await;
        }
        Err(format!("{base} gives no answer; try again later."))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut token = HeaderValue::from_str(&format!("Bearer {}", self.settings.token.reveal()))
            .map_err(|_| "the token has characters that cannot be sent.".to_owned())?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, token);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accept = "application/graphql-response+json, application/json;q=0.9";
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Ok(headers)
    }
}

/// How long to wait before the question is asked again: what the server asks for, else 1, 2 and 4 seconds.
fn pause(reply: &Reply, attempt: u32, now: DateTime<Utc>) -> Duration {
    let header = reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let asked = header
        .and_then(|header| asked_for(header, now, TimeDelta::days(1)))
        .filter(|wait| *wait > TimeDelta::zero())
        .and_then(|wait| wait.to_std().ok());
    asked.unwrap_or_else(|| Duration::from_secs(1 << (attempt - 1).min(5)))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a command does nothing else meanwhile, and Ctrl-C ends it"
)]
async fn rest(wait: Duration) {
    tokio::time::sleep(wait).await;
}
