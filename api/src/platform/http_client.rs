//! Calls to other services: limited in time and size, and never redirected.
//!
//! Connections are not kept for later: each belongs to the thread that opened it, and the next call may come from another.

use std::time::Duration;

use reqwest::{Client, Request, Response, Url, redirect::Policy};
use serde_json::Value;

use super::error::Error;

/// For the whole call. Two of them, one after the other, are shorter than a request may be.
const TIME: Duration = Duration::from_secs(4);
/// The longest answer that is read.
const BYTES: usize = 1 << 20;

/// Why a call brought nothing. For the log; it names no secret.
#[derive(Debug, thiserror::Error)]
pub enum CallFailed {
    /// No answer.
    #[error("no answer from {host}")]
    NoAnswer {
        /// Who was called.
        host: String,
        /// What the transport says.
        source: reqwest::Error,
    },
    /// The answer is not a success.
    #[error("{host} answered with status {status}")]
    Status {
        /// Who was called.
        host: String,
        /// The status.
        status: u16,
    },
    /// More than is ever needed.
    #[error("{host} answered with more than {BYTES} bytes")]
    TooLong {
        /// Who was called.
        host: String,
    },
    /// Not what was asked for.
    #[error("{host} answered with something that is not JSON")]
    NotJson {
        /// Who was called.
        host: String,
    },
}

/// The client of a process.
#[derive(Clone)]
pub struct HttpClient(Client);

impl HttpClient {
    /// Trusts the certificates that the machine trusts.
    #[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
    pub fn new() -> Result<Self, Error> {
        // Fails when it has been done before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIME)
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("postmortem/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self(client))
    }

    /// Reads a JSON document.
    pub async fn get_json(&self, url: Url) -> Result<Value, CallFailed> {
        let host = host_of(&url);
        let mut request = Request::new(reqwest::Method::GET, url);
        request
            .headers_mut()
            .insert("accept", reqwest::header::HeaderValue::from_static("application/json"));
        let (status, _, body) = self.call(&host, request).await?;
        if status != 200 {
            return Err(CallFailed::Status { host, status });
        }
        serde_json::from_slice(&body).map_err(|_| CallFailed::NotJson { host })
    }

    /// Sends any request; an answer of any status is an answer.
    pub async fn send(&self, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, CallFailed> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let request = Request::try_from(request).map_err(|source| CallFailed::NoAnswer {
            host: host.clone(),
            source,
        })?;
        let (status, headers, body) = self.call(&host, request).await?;
        let mut response = oauth2::HttpResponse::new(body);
        if let Ok(status) = oauth2::http::StatusCode::from_u16(status) {
            *response.status_mut() = status;
        }
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn call(
        &self,
        host: &str,
        request: Request,
    ) -> Result<(u16, reqwest::header::HeaderMap, Vec<u8>), CallFailed> {
        let no_answer = |source| CallFailed::NoAnswer {
            host: host.to_owned(),
            source,
        };
        let mut response: Response = self.0.execute(request).await.map_err(no_answer)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > BYTES {
                return Err(CallFailed::TooLong { host: host.to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status().as_u16(), std::mem::take(response.headers_mut()), body))
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
