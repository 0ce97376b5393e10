//! GitHub as it describes itself: the description of its API behind Prism, which answers with the examples and refuses what the
//! description does not allow; and the examples of its webhooks with its own library for their signatures. All of it is npm's, in
//! `tests/trackers`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::{node::prepared, standard_webhooks::verdicts};

/// A running server. It ends when this is dropped, or when the process ends.
pub struct DescribedGithub {
    process: Child,
    /// Where it is.
    pub url: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl DescribedGithub {
    /// One that keeps to a description: `api.github.com`, or `ghes-3.17` for GitHub Enterprise.
    pub fn start(description: &str) -> Self {
        let mut process = script()
            .args(["serve", description, "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node to start");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let url = listening(&mut output);
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = said.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self { process, url, said }
    }

    /// The requests so far, such as `post /api/v3/repos/octo/widgets/issues`.
    pub fn requests(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        let received = said.iter().filter(|line| line.contains("Request received"));
        let request = |line: &String| {
            let after = line.split_once("[HTTP SERVER] ")?.1;
            Some(after.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        };
        received.filter_map(request).collect()
    }

    /// What it said of requests that the description does not allow.
    pub fn violations(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        said.iter().filter(|line| line.contains("Violation")).cloned().collect()
    }
}

impl Drop for DescribedGithub {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn listening(output: &mut BufReader<ChildStdout>) -> String {
    let mut all = String::new();
    loop {
        let begin = all.len();
        let read = output.read_line(&mut all).expect("a line");
        assert!(read > 0, "the server of GitHub's description did not begin: {all}");
        if let Some((_, url)) = all[begin..].split_once("listening on ") {
            return url.trim().to_owned();
        }
    }
}

fn script() -> Command {
    let mut command = Command::new("node");
    command.arg("github.mjs").current_dir(prepared("trackers"));
    command
}

fn answer(task: &str, input: &Value) -> Value {
    let mut command = script();
    command.arg(task);
    verdicts(command, input).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The examples of GitHub's webhooks, signed by its library: each has `event`, `body` and `signature`, and `number` if it is about an
/// issue.
pub fn signed_examples(secret: &str) -> Vec<Value> {
    let examples = answer("sign", &serde_json::json!({ "secret": secret }));
    examples.as_array().expect("examples").clone()
}

/// What GitHub's library says of cases, each with `secret`, `body` and `signature`.
pub fn github_takes(cases: &[Value]) -> Vec<bool> {
    let said = answer("verify", &serde_json::json!(cases));
    let said = said.as_array().expect("verdicts").iter();
    said.map(|verdict| verdict == true).collect()
}
