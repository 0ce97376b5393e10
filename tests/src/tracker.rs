//! A tracker that speaks as GitHub does, keeps issues, counts calls and fails as it is told, on this machine.

pub(crate) mod http;

use std::{
    collections::VecDeque,
    io::Write,
    net::TcpStream,
    sync::{Arc, Condvar, Mutex},
};

use postmortem_api::trackers::jobs::Keeper;
use serde_json::{Value, json};

use crate::{TestApp, TestUser, fixtures::merge};

/// The token that it takes.
const TOKEN: &str = "ghp_test";

/// A call that came.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path below the repository, without its query.
    pub path: String,
    /// What was sent; null without a body.
    pub body: Value,
}

/// How a call fails.
#[derive(Debug, Clone)]
pub enum Fault {
    /// With a status and headers; nothing is done.
    Status(u16, Vec<(&'static str, String)>),
    /// None: it goes well.
    Nothing,
    /// Just before, somebody changes the issue.
    Meanwhile(Value),
    /// It is answered as if it went well, and nothing is done.
    Ignored,
    /// It is done, and the answer breaks off in the middle.
    HalfAnswered,
    /// It is done, and the answer never comes.
    DoneInSilence,
    /// Nothing is done, and the line is cut.
    CutOff,
}

struct State {
    issues: Vec<Value>,
    users: Vec<(String, String)>,
    calls: Vec<Call>,
    script: VecDeque<Fault>,
    is_held: bool,
    is_archived: bool,
    is_hidden: bool,
    ticks: u64,
}

struct Shared {
    state: Mutex<State>,
    released: Condvar,
}

/// A server on a port of its own, with the repository octo/widgets.
pub struct TestTracker {
    /// Where it is.
    pub url: String,
    shared: Arc<Shared>,
}

impl Default for TestTracker {
    fn default() -> Self {
        Self::new()
    }
}

impl TestTracker {
    /// One without issues.
    pub fn new() -> Self {
        let state = State {
            issues: Vec::new(),
            users: Vec::new(),
            calls: Vec::new(),
            script: VecDeque::new(),
            is_held: false,
            is_archived: false,
            is_hidden: false,
            ticks: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            released: Condvar::new(),
        });
        let server = shared.clone();
        let url = http::listen(move |stream, base| server.answer(stream, base));
        Self { url, shared }
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.shared.state.lock().unwrap())
    }

    /// The next calls fail so, one after the other.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state(|state| state.script.extend(faults));
    }

    /// From now on all goes well.
    pub fn clear(&self) {
        self.state(|state| state.script.clear());
    }

    /// Answers nothing until it is let go. What is asked is done all the same.
    pub fn hold(&self) {
        self.state(|state| state.is_held = true);
    }

    /// Lets all answers go.
    pub fn release(&self) {
        self.state(|state| state.is_held = false);
        self.shared.released.notify_all();
    }

    /// From now on the repository is archived, or not.
    pub fn archive(&self, is_archived: bool) {
        self.state(|state| state.is_archived = is_archived);
    }

    /// From now on the token does not see the repository, or does.
    pub fn hide(&self, is_hidden: bool) {
        self.state(|state| state.is_hidden = is_hidden);
    }

    /// All issues.
    pub fn issues(&self) -> Vec<Value> {
        self.state(|state| state.issues.clone())
    }

    /// An issue by its number.
    pub fn issue(&self, number: u64) -> Value {
        let found = self.issues().into_iter().find(|issue| issue["number"] == number);
        found.unwrap_or_else(|| panic!("there is no issue {number}"))
    }

    /// Somebody changes an issue there.
    pub fn edit(&self, number: u64, more: Value) {
        self.state(|state| {
            state.ticks += 1;
            let ticks = state.ticks;
            let issue = state.issues.iter_mut().find(|issue| issue["number"] == number);
            let issue = issue.expect("an issue to edit");
            merge(issue, more);
            issue["updated_at"] = json!(ticks);
        });
    }

    /// Somebody opens an issue there. Returns its number.
    pub fn open(&self, more: Value) -> u64 {
        let url = self.url.clone();
        self.state(|state| {
            let mut issue = state.fresh(&url);
            merge(&mut issue, more);
            let number = issue["number"].as_u64().expect("a number");
            state.issues.push(issue);
            number
        })
    }

    /// Somebody gets an account there, and shows the address.
    pub fn join(&self, login: &str, email: &str) {
        self.state(|state| state.users.push((login.to_owned(), email.to_owned())));
    }

    /// Somebody deletes an issue there.
    pub fn delete(&self, number: u64) {
        self.state(|state| state.issues.retain(|issue| issue["number"] != number));
    }

    /// All calls that came, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state(|state| state.calls.clone())
    }

    /// How many calls came with a method.
    pub fn count(&self, method: &str) -> usize {
        self.calls().iter().filter(|call| call.method == method).count()
    }

    /// Forgets the calls that came.
    pub fn forget(&self) {
        self.state(|state| state.calls.clear());
    }
}

impl State {
    fn fresh(&mut self, base: &str) -> Value {
        self.ticks += 1;
        let number = self
            .issues
            .iter()
            .filter_map(|issue| issue["number"].as_u64())
            .max()
            .unwrap_or(0)
            + 1;
        json!({
            "number": number,
            "html_url": format!("{base}/octo/widgets/issues/{number}"),
            "title": "", "body": "", "state": "open", "state_reason": null,
            "assignees": [], "labels": [], "updated_at": self.ticks,
        })
    }

    /// As GitHub does, which takes a reason only with a change of the state.
    fn change(issue: &mut Value, body: &Value) {
        let stays = body.get("state").is_none_or(|state| *state == issue["state"]);
        let fields = body.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !stays || *name != "state_reason") {
            issue[name] = match name.as_str() {
                "assignees" => {
                    let logins = value.as_array().into_iter().flatten();
                    logins.map(|login| json!({ "login": login })).collect()
                }
                _ => value.clone(),
            };
        }
        if issue["state"] == "open" {
            issue["state_reason"] = Value::Null;
        }
    }

    /// Does what is asked. A status and a body.
    fn serve(&mut self, call: &Call, query: &str, base: &str) -> (u16, Value) {
        let missing = (404, json!({ "message": "Not Found" }));
        if self.is_hidden {
            return missing;
        }
        if self.is_archived && call.method != "GET" {
            return (403, json!({ "message": "Repository was archived so is read-only." }));
        }
        let number = call
            .path
            .strip_prefix("/issues/")
            .and_then(|text| text.parse::<u64>().ok());
        match (call.method.as_str(), call.path.as_str(), number) {
            ("GET", "", _) => (
                200,
                json!({ "archived": self.is_archived, "has_issues": true, "permissions": { "push": true } }),
            ),
            ("GET", "/issues", _) => {
                let asked = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.parse().ok());
                let (page, size): (usize, usize) = (asked("page=").unwrap_or(1), asked("per_page=").unwrap_or(30));
                let issues: Vec<&Value> = self.issues.iter().skip((page - 1) * size).take(size).collect();
                (200, json!(issues))
            }
            ("GET", "/api/v3/search/users", _) => {
                let asked = |(_, email): &&(String, String)| query.contains(&email.replace('@', "%40"));
                let found = self
                    .users
                    .iter()
                    .filter(asked)
                    .map(|(login, _)| json!({ "login": login }));
                (200, json!({ "items": found.collect::<Vec<_>>() }))
            }
            ("GET", path, _) if path.starts_with("/api/v3/users/") => {
                let found = self.users.iter().find(|(login, _)| path.ends_with(login.as_str()));
                found.map_or(missing, |(login, email)| {
                    (200, json!({ "login": login, "email": email }))
                })
            }
            ("POST", "/issues", _) => {
                let mut issue = self.fresh(base);
                Self::change(&mut issue, &call.body);
                self.issues.push(issue.clone());
                (201, issue)
            }
            (method, _, Some(number)) => {
                self.ticks += 1;
                let ticks = self.ticks;
                let Some(issue) = self.issues.iter_mut().find(|issue| issue["number"] == number) else {
                    return missing;
                };
                if method == "PATCH" {
                    Self::change(issue, &call.body);
                    issue["updated_at"] = json!(ticks);
                }
                (200, issue.clone())
            }
            _ => missing,
        }
    }
}

impl Shared {
    fn answer(&self, mut stream: &TcpStream, base: &str) {
        let Some(request) = http::read(stream) else {
            return;
        };
        let is_known = request.headers.get("authorization") == Some(&format!("Bearer {TOKEN}"));
        let query = request.query;
        let path = request.path;
        let call = Call {
            method: request.method,
            path: path
                .strip_prefix("/api/v3/repos/octo/widgets")
                .unwrap_or(&path)
                .to_owned(),
            body: request.body,
        };
        let mut state = self.state.lock().unwrap();
        state.calls.push(call.clone());
        let fault = state.script.pop_front();
        let (status, headers, body) = match &fault {
            Some(Fault::CutOff) => return,
            Some(Fault::Status(status, headers)) => {
                (*status, headers.clone(), json!({ "message": "As the test wants it." }))
            }
            Some(Fault::Meanwhile(more)) => {
                let number = call.path.rsplit('/').next().and_then(|text| text.parse::<u64>().ok());
                let issue = state.issues.iter_mut().find(|issue| issue["number"].as_u64() == number);
                merge(issue.expect("an issue"), more.clone());
                let (status, body) = state.serve(&call, &query, base);
                (status, Vec::new(), body)
            }
            Some(Fault::Ignored) => {
                let read = Call {
                    method: "GET".to_owned(),
                    ..call.clone()
                };
                let (status, body) = state.serve(&read, &query, base);
                (status, Vec::new(), body)
            }
            _ if !is_known => (401, Vec::new(), json!({ "message": "Bad credentials" })),
            _ => {
                let (status, body) = state.serve(&call, &query, base);
                (status, Vec::new(), body)
            }
        };
        while state.is_held {
            state = self.released.wait(state).unwrap();
        }
        drop(state);
        let body = body.to_string();
        let head = http::head(status, &headers, body.len());
        let text = match fault {
            Some(Fault::DoneInSilence) => return,
            Some(Fault::HalfAnswered) => format!("{head}\r\n{}", &body[..body.len() / 2]),
            _ => format!("{head}\r\n{body}"),
        };
        // Whoever asked may be gone.
        let _ = stream.write_all(text.as_bytes());
    }
}

/// A connection of a test.
#[derive(Debug, Clone)]
pub struct TestConnection {
    /// Its id.
    pub id: String,
    /// What its webhooks are signed with.
    pub secret: String,
}

impl TestApp {
    /// A connection to a tracker. `more` adds to the input.
    pub async fn connect(&self, admin: &TestUser, tracker: &TestTracker, more: Value) -> TestConnection {
        let mut input = json!({
            "kind": "GITHUB", "name": "Widgets", "baseUrl": tracker.url, "project": "octo/widgets", "token": TOKEN,
        });
        merge(&mut input, more);
        self.connect_to(admin, input).await
    }

    /// A connection to any tracker.
    pub async fn connect_to(&self, admin: &TestUser, input: Value) -> TestConnection {
        let made = self
            .mutate(
                admin,
                "createTrackerConnection",
                input,
                "inboundSecret trackerConnection { id }",
            )
            .await;
        TestConnection {
            id: made.text("/trackerConnection/id"),
            secret: made.text("/inboundSecret"),
        }
    }

    /// What looks after trackers.
    pub fn keeper(&self) -> Keeper {
        Keeper::new(self.app.clone()).expect("what looks after trackers")
    }

    /// Does all about trackers that is due.
    pub async fn keep_trackers(&self) {
        self.keeper().run_once().await.expect("trackers to be looked after");
    }

    /// The links of a recommendation, as a user sees them.
    pub async fn links(&self, user: &TestUser, item: &str) -> Vec<Value> {
        let selection =
            "trackerLinks { id state externalKey externalStatus url lastError conflicts { field ours theirs } }";
        let shown = self.show(user, "recommendation", item, selection).await;
        shown["trackerLinks"].as_array().expect("links").clone()
    }

    /// What is wrong with a connection, as an admin is told it; null when it works.
    pub async fn problem(&self, admin: &TestUser, connection: &TestConnection) -> Value {
        let input = json!({ "id": connection.id });
        let answer = self
            .mutate(admin, "testTrackerConnection", input, "isWorking problem")
            .await;
        let (is_working, problem) = (answer.at("/isWorking"), answer.at("/problem"));
        assert_eq!(is_working, json!(problem.is_null()), "{problem}");
        problem
    }
}
