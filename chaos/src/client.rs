//! Asks the service as a client would, and knows what was promised.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// How long a client waits. The service gives up sooner by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client knows afterwards.
#[derive(Debug)]
pub enum Outcome {
    /// It was answered 200 without errors: it must be there for ever.
    Acknowledged(Value),
    /// There was another answer or none: it may be there, once, or not.
    Unknown(String),
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    pub fn new(url: String, token: String) -> Self {
        Self {
            inner: postmortem_tests::oidc::client(),
            url,
            token,
        }
    }

    async fn post(&self, document: &str, variables: &Value) -> Result<Value> {
        let body = json!({ "query": document, "variables": variables });
        let request = self.inner.post(&self.url).timeout(PATIENCE).bearer_auth(&self.token);
        let answer = request
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        let body: Value = serde_json::from_str(&text).with_context(|| format!("{status}, no JSON: {text}"))?;
        if status.as_u16() != 200 || body.get("errors").is_some() {
            let error = &body["errors"][0];
            bail!("{status}: {} {}", error["extensions"]["code"], error["message"]);
        }
        Ok(body["data"].clone())
    }

    /// The data of an answer without errors.
    pub async fn ask(&self, document: &str, variables: Value) -> Result<Value> {
        self.post(document, &variables).await
    }

    /// Sends a mutation with one input; of its answer what `selection` asks for.
    pub async fn mutate(&self, name: &str, input: Value, selection: &str) -> Outcome {
        let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let document = format!("mutation ($input: {kind}Input!) {{ it: {name}(input: $input) {{ {selection} }} }}");
        match self.post(&document, &json!({ "input": input })).await {
            Ok(data) => Outcome::Acknowledged(data["it"].clone()),
            Err(problem) => Outcome::Unknown(format!("{problem:#}")),
        }
    }

    /// The same before anything is broken: it must go well. A text of the answer.
    pub async fn make(&self, name: &str, input: Value, [object, field]: [&str; 2]) -> Result<String> {
        match self.mutate(name, input, &format!("{object} {{ {field} }}")).await {
            Outcome::Acknowledged(answer) => text(&answer[object][field]),
            Outcome::Unknown(problem) => bail!("{name} failed before any fault: {problem}"),
        }
    }
}

/// A text, which must be one.
pub fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().with_context(|| format!("no text: {value}"))?.to_owned())
}
