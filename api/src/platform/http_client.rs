//! Calls to other services: limited in time and size, and never redirected.
//!
//! Connections are not kept for later: each belongs to the thread that opened it, and the next call may come from another.

use std::time::Duration;

use reqwest::{
    Client, Request, Response, Url,
    header::{HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;

use super::error::Error;

/// For the whole call. Two of them, one after the other, are shorter than a request may be.
const TIME: Duration = Duration::from_secs(4);
/// The longest answer that is read.
const BYTES: usize = 1 << 20;
/// The same for a command, which reads a hundred items at once.
const BYTES_OF_COMMAND: usize = 8 << 20;

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
    #[error("{host} answered with more than {bytes} bytes")]
    TooLong {
        /// Who was called.
        host: String,
        /// As many are read.
        bytes: usize,
    },
    /// Not what was asked for.
    #[error("{host} answered with something that is not JSON")]
    NotJson {
        /// Who was called.
        host: String,
    },
}

/// An answer of any status.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The client of a process.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
    bytes: usize,
}

impl HttpClient {
    /// Trusts the certificates that the machine trusts.
    pub fn new() -> Result<Self, Error> {
        Self::with(TIME, 0, BYTES)
    }

    /// For a command, which asks one server again and again from one thread while somebody waits. `time` is for each call.
    pub fn of_command(time: Duration) -> Result<Self, Error> {
        Self::with(time, 1, BYTES_OF_COMMAND)
    }

    #[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
    fn with(time: Duration, kept: usize, bytes: usize) -> Result<Self, Error> {
        // Fails when it has been done before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(time)
            .redirect(Policy::none())
            .pool_max_idle_per_host(kept)
            .user_agent(concat!("postmortem/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, bytes })
    }

    /// Posts a body; an answer of any status is an answer.
    pub async fn post(&self, url: Url, headers: HeaderMap, body: Vec<u8>) -> Result<Reply, CallFailed> {
        let host = host_of(&url);
        let mut request = Request::new(reqwest::Method::POST, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.into());
        let (status, headers, body) = self.call(&host, request).await?;
        Ok(Reply { status, headers, body })
    }

    /// Reads a JSON document.
    pub async fn get_json(&self, url: Url) -> Result<Value, CallFailed> {
        let host = host_of(&url);
        let mut request = Request::new(reqwest::Method::GET, url);
        request
            .headers_mut()
            .insert("accept", HeaderValue::from_static("application/json"));
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

    async fn call(&self, host: &str, request: Request) -> Result<(u16, HeaderMap, Vec<u8>), CallFailed> {
        let no_answer = |source| CallFailed::NoAnswer {
            host: host.to_owned(),
            source,
        };
        let mut response: Response = self.client.execute(request).await.map_err(no_answer)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > self.bytes {
                return Err(CallFailed::TooLong {
                    host: host.to_owned(),
                    bytes: self.bytes,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status().as_u16(), std::mem::take(response.headers_mut()), body))
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
