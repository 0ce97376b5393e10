//! A Linear beside the tests, in `tests/linear`: the schema that Linear publishes in its SDK, over a few issues. Whatever we send it
//! is held against that schema.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{node::prepared, oidc::client, processes::Killed};

/// A running Linear with the team ENG. It ends when this is dropped.
pub struct TestLinear {
    _process: Killed,
    /// Where it is.
    pub url: String,
    client: reqwest::Client,
}

impl TestLinear {
    /// One without issues.
    pub fn start() -> Self {
        let process = Command::new("node")
            .arg("server.mjs")
            .current_dir(prepared("linear"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node to start");
        let mut process = Killed(process);
        let mut line = String::new();
        let stdout = process.0.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("an address");
        Self {
            _process: process,
            url: line.trim().to_owned(),
            client: client(),
        }
    }

    async fn tend(&self, more: Option<Value>) -> Value {
        let url = format!("{}/issues", self.url);
        let request = match more {
            Some(more) => self.client.post(url).body(more.to_string()),
            None => self.client.get(url),
        };
        let text = request.send().await.expect("an answer").text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// Its issues.
    pub async fn issues(&self) -> Vec<Value> {
        self.tend(None).await["issues"].as_array().expect("issues").clone()
    }

    /// How many calls it has answered.
    pub async fn calls(&self) -> u64 {
        self.tend(None).await["calls"].as_u64().expect("a number")
    }

    /// What was asked of it that its schema does not allow.
    pub async fn invalid(&self) -> Value {
        self.tend(None).await["invalid"].clone()
    }

    /// Somebody joins the team there.
    pub async fn join(&self, id: &str, email: &str) {
        self.tend(Some(json!({ "user": { "id": id, "email": email } }))).await;
    }

    /// Somebody changes an issue there.
    pub async fn edit(&self, identifier: &str, more: Value) {
        let mut body = json!({ "identifier": identifier });
        crate::fixtures::merge(&mut body, more);
        self.tend(Some(body)).await;
    }

    /// Somebody opens an issue there.
    pub async fn open(&self, issue: Value) {
        self.tend(Some(json!({ "open": issue }))).await;
    }

    /// From now on it answers with a status and errors; without any, as it should.
    pub async fn fail(&self, answer: Option<(u16, Value)>) {
        let failing = answer.map(|(status, errors)| json!({ "status": status, "errors": errors }));
        self.tend(Some(json!({ "failing": failing }))).await;
    }

    /// From now on it answers that it is asked too often, or no longer.
    pub async fn limit(&self, limited: bool) {
        self.tend(Some(json!({ "limited": limited }))).await;
    }
}

/// What Linear's own library says of requests: each has a secret, a signature and a body.
pub fn linear_takes(cases: &Value) -> Value {
    let mut process = Command::new("node")
        .arg("signatures.mjs")
        .current_dir(prepared("linear"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node to start");
    let mut input = process.stdin.take().expect("a way in");
    input.write_all(cases.to_string().as_bytes()).expect("to be read");
    drop(input);
    let output = process.wait_with_output().expect("an answer");
    serde_json::from_slice(&output.stdout).expect("verdicts")
}
