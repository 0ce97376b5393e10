//! A real OpenID Connect provider beside the tests: npm's `oidc-provider`, in `tests/oidc`.
//!
//! It needs Node 20 or later and npm, which are installed as Debian's packages where that surprises nobody, as PostgreSQL is. Debian
//! 12's own Node is older.
//!
//! Its packages come from the lock file, once; they lie in `tests/oidc/node_modules`.

mod browser;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

pub use browser::Browser;

use crate::{node::prepared, processes::Killed};

/// The address that browsers are sent back to in tests.
pub const PUBLIC_URL: &str = "http://postmortem.example";

/// A running provider. It ends when this is dropped.
pub struct OidcProvider {
    _process: Killed,
    /// Its `iss`.
    pub issuer: String,
    /// Where it listens.
    pub port: u16,
    client: reqwest::Client,
}

impl OidcProvider {
    /// Starts one.
    pub fn start() -> Self {
        Self::on_port(0)
    }

    /// Starts one where another was: the same issuer with another key.
    pub fn on_port(port: u16) -> Self {
        let folder = prepared("oidc");
        let process = Command::new("node")
            .arg("provider.mjs")
            .args(["--port", &port.to_string()])
            .args(["--redirect-uri", &format!("{PUBLIC_URL}/login/callback")])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node to start");
        let mut process = Killed(process);
        let mut line = String::new();
        let stdout = process.0.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line of JSON");
        let ready: Value = serde_json::from_str(&line).expect("the provider to be ready");
        Self {
            _process: process,
            issuer: ready["issuer"].as_str().expect("an issuer").to_owned(),
            port: ready["port"]
                .as_u64()
                .and_then(|port| port.try_into().ok())
                .expect("a port"),
            client: client(),
        }
    }

    async fn control(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/test/{path}", self.issuer);
        let request = match body {
            Some(body) => self.client.post(url).body(body.to_string()),
            None => self.client.get(url),
        };
        let answer = request.send().await.expect("the provider to answer");
        let text = answer.text().await.expect("an answer");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// Creates an account, or makes it another.
    pub async fn account(&self, sub: &str, email: &str, groups: &[&str]) {
        let account = json!({ "sub": sub, "email": email, "email_verified": true, "name": format!("{sub} of IdP"), "groups": groups });
        self.control("account", Some(account)).await;
    }

    /// The same with every field as given.
    pub async fn raw_account(&self, account: Value) {
        self.control("account", Some(account)).await;
    }

    /// A token that it has signed. `more`: audience, lifetime, kid.
    pub async fn token(&self, sub: &str, more: Value) -> String {
        let mut body = json!({ "sub": sub });
        crate::fixtures::merge(&mut body, more);
        let made = self.control("id-token", Some(body)).await;
        made["id_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no token: {made}"))
            .to_owned()
    }

    /// Makes a new key the only one.
    pub async fn rotate(&self) {
        self.control("rotate", Some(json!({}))).await;
    }

    /// How often its keys were read.
    pub async fn key_reads(&self) -> u64 {
        self.control("requests", None).await["jwks"].as_u64().expect("a number")
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a browser of a test, not a call of the product"
)]
pub fn client() -> reqwest::Client {
    // Also installs the provider of TLS, without which there is no client.
    postmortem_api::platform::http_client::HttpClient::new().expect("a client");
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}
