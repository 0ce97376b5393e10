//! A tracker that speaks as GitLab does, by its documents on the REST API of issues, projects and users: the project group/widgets.

use std::{
    collections::VecDeque,
    io::Write,
    net::TcpStream,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::{
    fixtures::merge,
    tracker::http::{self, Request},
};

/// The token that it takes.
pub const TOKEN: &str = "glpat-test";

/// What GitLab takes for an issue when it is made, and when it is changed.
const NEW: [&str; 5] = ["title", "description", "labels", "assignee_ids", "due_date"];
const CHANGE: [&str; 6] = [
    "title",
    "state_event",
    "add_labels",
    "remove_labels",
    "assignee_ids",
    "due_date",
];

#[derive(Default)]
struct State {
    issues: Vec<Value>,
    /// What is listed of issues: of which, in which list, and what.
    events: Vec<(u64, &'static str, Value)>,
    calls: Vec<String>,
    script: VecDeque<(u16, Vec<(&'static str, String)>)>,
    is_archived: bool,
    is_renamed: bool,
    ticks: u64,
}

/// A server on a port of its own. Ada is the user 51 there, Bo the user 52.
pub struct TestGitlab {
    /// Where it is.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Default for TestGitlab {
    fn default() -> Self {
        Self::new()
    }
}

impl TestGitlab {
    /// One without issues.
    pub fn new() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let server = state.clone();
        let url = http::listen(move |stream, base| answer(&server, stream, base));
        Self { url, state }
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap())
    }

    /// The next call fails with a status and headers.
    pub fn script(&self, status: u16, headers: Vec<(&'static str, String)>) {
        self.state(|state| state.script.push_back((status, headers)));
    }

    /// From now on the project is archived.
    pub fn archive(&self) {
        self.state(|state| state.is_archived = true);
    }

    /// From now on the project has another name, or its own again.
    pub fn rename(&self, is_renamed: bool) {
        self.state(|state| state.is_renamed = is_renamed);
    }

    /// All issues.
    pub fn issues(&self) -> Vec<Value> {
        self.state(|state| state.issues.clone())
    }

    /// An issue by its number.
    pub fn issue(&self, iid: u64) -> Value {
        let found = self.issues().into_iter().find(|issue| issue["iid"] == iid);
        found.unwrap_or_else(|| panic!("there is no issue {iid}"))
    }

    /// Somebody opens an issue there.
    pub fn open(&self, more: Value) {
        let url = self.url.clone();
        self.state(|state| {
            let mut issue = state.fresh(&url);
            merge(&mut issue, more);
            state.issues.push(issue);
        });
    }

    /// Somebody changes an issue there.
    pub fn edit(&self, iid: u64, more: Value) {
        self.state(|state| {
            state.ticks += 1;
            let ticks = state.ticks;
            let issue = state.issues.iter_mut().find(|issue| issue["iid"] == iid);
            let issue = issue.expect("an issue to edit");
            let before = issue.clone();
            merge(issue, more);
            issue["updated_at"] = json!(ticks);
            let after = issue.clone();
            state.note(&before, &after);
        });
    }

    /// The calls that came, as method, path and query, since they were last taken.
    pub fn take_calls(&self) -> Vec<String> {
        self.state(|state| std::mem::take(&mut state.calls))
    }
}

fn person(id: u64) -> Option<Value> {
    let username = match id {
        51 => "ada",
        52 => "bo",
        _ => return None,
    };
    Some(json!({ "id": id, "username": username, "name": username, "state": "active" }))
}

fn people(ids: &Value) -> Value {
    let ids = ids.as_array().into_iter().flatten();
    json!(ids.filter_map(|id| person(id.as_u64()?)).collect::<Vec<_>>())
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_str().unwrap_or_default().split(',');
    list.map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn problem(status: u16, text: &str) -> (u16, Value) {
    (status, json!({ "message": text }))
}

impl State {
    fn fresh(&mut self, base: &str) -> Value {
        self.ticks += 1;
        let iid = self.issues.len() + 1;
        json!({
            "id": 400 + iid, "iid": iid, "project_id": 4, "title": "", "description": null, "state": "opened",
            "labels": [], "assignees": [], "assignee": null, "due_date": null, "moved_to_id": null, "confidential": false,
            "web_url": format!("{base}/group/widgets/-/issues/{iid}"), "updated_at": self.ticks,
        })
    }

    fn change(issue: &mut Value, body: &Value) {
        let mut labels: Vec<String> = serde_json::from_value(issue["labels"].clone()).expect("labels");
        for (name, value) in body.as_object().into_iter().flatten() {
            match name.as_str() {
                "assignee_ids" => issue["assignees"] = people(value),
                "labels" => labels = words(value),
                "add_labels" => labels.extend(words(value)),
                "remove_labels" => labels.retain(|label| !words(value).contains(label)),
                "state_event" if value == "close" => issue["state"] = json!("closed"),
                "state_event" => issue["state"] = json!("opened"),
                name => issue[name] = value.clone(),
            }
        }
        issue["labels"] = json!(labels);
    }

    /// Lists that an issue was opened again, and which labels it was given.
    fn note(&mut self, before: &Value, after: &Value) {
        let iid = after["iid"].as_u64().expect("a number");
        let ticks = self.ticks;
        let at = format!(
            "2026-03-01T{:02}:{:02}:{:02}.000Z",
            ticks / 3_600,
            ticks / 60 % 60,
            ticks % 60
        );
        if before["state"] == "closed" && after["state"] == "opened" {
            let event = json!({ "state": "reopened", "created_at": at });
            self.events.push((iid, "resource_state_events", event));
        }
        let had = before["labels"].as_array().cloned().unwrap_or_default();
        for label in after["labels"].as_array().into_iter().flatten() {
            if !had.contains(label) {
                let event = json!({ "action": "add", "label": { "name": label }, "created_at": at });
                self.events.push((iid, "resource_label_events", event));
            }
        }
    }

    /// What GitLab would pass over, or refuse.
    fn wrong(body: &Value, known: &[&str]) -> Option<(u16, Value)> {
        let fields = body.as_object()?;
        let unknown = fields.keys().find(|name| !known.contains(&name.as_str()));
        let states = ["close", "reopen"].map(|event| json!(event));
        let is_no_event = body.get("state_event").is_some_and(|event| !states.contains(event));
        match unknown {
            Some(name) => Some(problem(400, &format!("{name} is unknown"))),
            None if fields.is_empty() => Some(problem(400, "title, state_event and others are missing")),
            None => is_no_event.then(|| problem(400, "state_event does not have a valid value")),
        }
    }

    fn serve(&mut self, request: &Request, base: &str) -> (u16, Value) {
        if let Some(name) = request
            .query
            .strip_prefix("username=")
            .filter(|_| request.path == "/api/v4/users")
        {
            let found = [51, 52].into_iter().filter_map(person);
            return (
                200,
                json!(found.filter(|user| user["username"] == name).collect::<Vec<_>>()),
            );
        }
        let Some(path) = request.path.strip_prefix("/api/v4/projects/group%2Fwidgets") else {
            return problem(404, "404 Project Not Found");
        };
        if self.is_renamed {
            return problem(301, "Moved Permanently");
        }
        if self.is_archived && request.method != "GET" {
            return problem(403, "403 Forbidden");
        }
        if let Some((iid, list)) = path.strip_prefix("/issues/").and_then(|rest| rest.split_once('/')) {
            let events = self.events.iter();
            let found = events.filter(|event| event.0.to_string() == iid && event.1 == list);
            return (200, found.map(|event| event.2.clone()).collect());
        }
        let iid = path.strip_prefix("/issues/").and_then(|text| text.parse::<u64>().ok());
        match (request.method.as_str(), path, iid) {
            ("GET", "", _) => (
                200,
                json!({ "id": 4, "path_with_namespace": "group/widgets", "archived": self.is_archived }),
            ),
            ("GET", "/issues", _) => {
                let asked = |name: &str| {
                    request
                        .query
                        .split('&')
                        .find_map(|part| part.strip_prefix(name)?.parse().ok())
                };
                let (page, size): (usize, usize) = (asked("page=").unwrap_or(1), asked("per_page=").unwrap_or(20));
                let mut issues = self.issues.clone();
                issues.sort_by_key(|issue| issue["updated_at"].as_u64());
                (200, issues.into_iter().skip((page - 1) * size).take(size).collect())
            }
            ("POST", "/issues", _) => {
                if let Some(wrong) = Self::wrong(&request.body, &NEW) {
                    return wrong;
                }
                let mut issue = self.fresh(base);
                Self::change(&mut issue, &request.body);
                self.issues.push(issue.clone());
                (201, issue)
            }
            (method, _, Some(iid)) => {
                self.ticks += 1;
                let ticks = self.ticks;
                let Some(issue) = self.issues.iter_mut().find(|issue| issue["iid"] == iid) else {
                    return problem(404, "404 Issue Not Found");
                };
                let before = issue.clone();
                if method == "PUT" {
                    if let Some(wrong) = Self::wrong(&request.body, &CHANGE) {
                        return wrong;
                    }
                    Self::change(issue, &request.body);
                    issue["updated_at"] = json!(ticks);
                }
                let after = issue.clone();
                self.note(&before, &after);
                (200, after)
            }
            _ => problem(404, "404 Not Found"),
        }
    }
}

fn answer(state: &Mutex<State>, mut stream: &TcpStream, base: &str) {
    let Some(request) = http::read(stream) else {
        return;
    };
    let mut state = state.lock().unwrap();
    let Request {
        method, path, query, ..
    } = &request;
    state.calls.push(format!("{method} {path}?{query}"));
    let is_known = request.headers.get("private-token").is_some_and(|given| given == TOKEN);
    let scripted = state.script.pop_front();
    let (status, headers, body) = match scripted {
        Some((status, headers)) => (status, headers, json!({ "message": "As the test wants it." })),
        None if !is_known => (401, Vec::new(), json!({ "message": "401 Unauthorized" })),
        None => {
            let (status, body) = state.serve(&request, base);
            (status, Vec::new(), body)
        }
    };
    drop(state);
    let body = body.to_string();
    let head = http::head(status, &headers, body.len());
    // Whoever asked may be gone.
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
}
