//! The commands that ask a server: the real binary, against an app that is served or a server that misbehaves.

mod documents;
mod failing;
mod lists;
mod settings;
mod terminal;

use std::{
    fmt::Display,
    process::{Command, Output},
};

use postmortem_tests::TestUser;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::settings_and_cli::binary;

/// A machine of somebody who asks a server, and nothing else that could say which.
struct Asker {
    folder: TempDir,
    url: String,
    token: String,
}

impl Asker {
    fn new(url: impl Display, token: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            url: url.to_string(),
            token: token.to_owned(),
        }
    }

    fn of(served: impl Display, user: &TestUser) -> Self {
        Self::new(format!("http://{served}"), &user.token)
    }

    /// With the server and the token in the environment.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command
            .env("POSTMORTEM_URL", &self.url)
            .env("POSTMORTEM_TOKEN", &self.token);
        command
    }

    /// Without.
    fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .env_clear()
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path());
        command
    }

    /// Runs it beside the server of the test.
    async fn run(&self, args: &[&str]) -> Said {
        said(self.command(args)).await
    }
}

/// What came of a command.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// What was printed by a command that went well.
    #[track_caller]
    fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.out
    }

    /// The one sentence of a command that did not.
    #[track_caller]
    fn refusal(&self) -> &str {
        assert_eq!(self.code, 1, "{self:?}");
        assert!(self.out.is_empty(), "a refusal prints nothing on stdout: {self:?}");
        let last = self.err.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with("postmortem: ") && last.ends_with('.'), "{self:?}");
        last
    }

    /// The keys of items in JSON.
    #[track_caller]
    fn keys(&self) -> Vec<String> {
        keys(&serde_json::from_str(self.ok()).unwrap())
    }
}

/// The keys of items, in order.
fn keys(items: &Value) -> Vec<String> {
    let items = items.as_array().expect("a list of items");
    items
        .iter()
        .map(|item| item["key"].as_str().unwrap().to_owned())
        .collect()
}

async fn said(mut command: Command) -> Said {
    let ran = tokio::task::spawn_blocking(move || command.output()).await;
    let output: Output = ran.unwrap().unwrap();
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An item as a server sends it.
fn node(key: &str, title: &str) -> Value {
    json!({
        "__typename": "Recommendation", "key": key, "title": title, "dueOn": "2026-02-01", "isOverdue": true,
        "daysOverdue": 29, "url": format!("https://postmortem.example/recommendations/{key}"),
        "owner": { "name": "Ada", "email": "ada@example.org" }, "team": { "slug": "edge" },
        "incident": { "key": "INC-1", "severity": "SEV1" }, "status": "IN_PROGRESS", "priority": "P0",
        "report": { "key": "PM-1" },
    })
}

/// A page of items as a server sends it.
fn page(nodes: Value, next: Option<&str>) -> String {
    json!({ "data": { "page": { "nodes": nodes, "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next } } } })
        .to_string()
}
