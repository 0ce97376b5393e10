//! A tracker that speaks as Jira does, by Atlassian's documents on its REST API, version 2: the project WID, whose workflow closes
//! issues on a screen with a resolution.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::Method,
    web::{self, Data},
};
use serde_json::{Map, Value, json};

use crate::fixtures::merge;

/// What the token of a data centre is here.
pub const DATA_CENTRE: &str = "Bearer pat_test";
/// What the address and token of the cloud are here, as basic authentication.
pub const CLOUD: &str = "Basic YWRhQGV4YW1wbGUub3JnOnRva2Vu";

const STATUSES: [&str; 3] = ["To Do", "In Progress", "Done"];
const RESOLUTIONS: [&str; 3] = ["Done", "Won't Do", "Duplicate"];

/// The number of the project, which stays whatever its key is.
const PROJECT: &str = "10000";

#[derive(Default)]
struct State {
    /// The key of the project, and those that it had before.
    key: String,
    old_keys: Vec<String>,
    issues: Vec<Value>,
    users: Vec<Value>,
    calls: Vec<String>,
    ways: Option<fn(&str) -> Value>,
    has_no_right: bool,
}

/// A server on a port of its own. It ends with the thread of the test.
pub struct TestJira {
    /// Where it is.
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct Here {
    state: Arc<Mutex<State>>,
    is_cloud: bool,
}

impl TestJira {
    /// One without issues, in the cloud or in a data centre.
    #[allow(clippy::disallowed_methods, reason = "a tracker of a test, not work of the product")]
    pub fn start(is_cloud: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State {
            key: "WID".to_owned(),
            ..State::default()
        }));
        let here = Data::new(Here {
            state: state.clone(),
            is_cloud,
        });
        let server = HttpServer::new(move || App::new().app_data(here.clone()).default_service(web::to(answer)))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .expect("to listen");
        actix_web::rt::spawn(server.run());
        Self { url, state }
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap())
    }

    /// Its issues.
    pub fn issues(&self) -> Vec<Value> {
        self.state(|state| state.issues.clone())
    }

    /// The fields of an issue.
    pub fn fields(&self, key: &str) -> Value {
        let found = self.issues().into_iter().find(|issue| issue["key"] == key);
        found.unwrap_or_else(|| panic!("there is no issue {key}"))["fields"].clone()
    }

    /// The calls that came, as method and path.
    pub fn calls(&self) -> Vec<String> {
        self.state(|state| state.calls.clone())
    }

    /// Somebody changes the fields of an issue there.
    pub fn edit(&self, key: &str, fields: Value) {
        self.state(|state| merge(&mut state.issue(key).expect("an issue")["fields"], fields));
    }

    /// Somebody opens an issue there.
    pub fn open(&self, fields: Value) {
        self.state(|state| state.create(&fields));
    }

    /// The project gets another key, and its issues with it. They are found by the old ones too.
    pub fn rename(&self, key: &str) {
        self.state(|state| {
            let old = std::mem::replace(&mut state.key, key.to_owned());
            for issue in &mut state.issues {
                let old = issue["key"].as_str().expect("a key").to_owned();
                let (_, number) = old.split_once('-').expect("a number");
                issue["key"] = json!(format!("{key}-{number}"));
                issue["fields"]["project"] = json!({ "id": PROJECT, "key": key });
            }
            state.old_keys.push(old);
        });
    }

    /// Somebody deletes an issue there.
    pub fn delete(&self, key: &str) {
        self.state(|state| state.issues.retain(|issue| issue["key"] != key));
    }

    /// Somebody gets an account there.
    pub fn join(&self, id: &str, email: &str) {
        let user = json!({ "accountId": id, "name": id, "emailAddress": email, "displayName": id });
        self.state(|state| state.users.push(user));
    }

    /// From now on these are the ways that the workflow has from a status.
    pub fn work_by(&self, ways: fn(&str) -> Value) {
        self.state(|state| state.ways = Some(ways));
    }

    /// From now on the token may not write, or may.
    pub fn forbid(&self, has_no_right: bool) {
        self.state(|state| state.has_no_right = has_no_right);
    }
}

/// What Jira itself counts a status as.
fn category(status: &str) -> Value {
    let key = match status {
        "Done" => "done",
        "In Progress" => "indeterminate",
        _ => "new",
    };
    json!({ "key": key })
}

impl State {
    fn is_known(&self, key: &str) -> bool {
        self.key == key || self.old_keys.iter().any(|old| old == key)
    }

    fn issue(&mut self, key: &str) -> Option<&mut Value> {
        let key = match key.split_once('-') {
            Some((project, number)) if self.is_known(project) => format!("{}-{number}", self.key),
            _ => key.to_owned(),
        };
        self.issues.iter_mut().find(|issue| issue["key"] == key)
    }

    fn create(&mut self, fields: &Value) -> String {
        let key = format!("{}-{}", self.key, self.issues.len() + 1);
        let mut all = json!({
            "summary": "", "description": null, "labels": [], "assignee": null, "duedate": null, "resolution": null,
            "status": { "name": "To Do" }, "project": { "id": PROJECT, "key": self.key },
        });
        merge(&mut all, fields.clone());
        self.issues
            .push(json!({ "id": self.issues.len().to_string(), "key": key, "fields": all }));
        self.assign(&key);
        key
    }

    /// Who was named by an id is shown as a person.
    fn assign(&mut self, key: &str) {
        let users = self.users.clone();
        let Some(issue) = self.issue(key) else { return };
        let named = issue
            .pointer("/fields/assignee/accountId")
            .or(issue.pointer("/fields/assignee/name"));
        let user = named.and_then(|named| users.iter().find(|user| user["name"] == *named));
        issue["fields"]["assignee"] = user.cloned().unwrap_or(Value::Null);
    }

    fn shown(issue: &Value) -> Value {
        let mut shown = issue.clone();
        let status = &mut shown["fields"]["status"];
        status["statusCategory"] = category(status["name"].as_str().unwrap_or_default());
        shown["editmeta"] = json!({ "fields": { "summary": {}, "assignee": {}, "duedate": {} } });
        shown
    }

    fn transitions() -> Value {
        let way = |(position, name): (usize, &&str)| {
            let choices: Vec<Value> = RESOLUTIONS.iter().map(|name| json!({ "name": name })).collect();
            let fields = match *name {
                "Done" => json!({ "resolution": { "required": false, "allowedValues": choices } }),
                _ => json!({}),
            };
            let to = json!({ "name": name, "statusCategory": category(name) });
            json!({ "id": position.to_string(), "name": format!("Go to {name}"), "to": to, "fields": fields })
        };
        json!({ "transitions": STATUSES.iter().enumerate().map(way).collect::<Vec<_>>() })
    }

    fn go(&mut self, key: &str, body: &Value) -> (u16, Value) {
        let position = body.pointer("/transition/id").and_then(Value::as_str);
        let position: Option<usize> = position.and_then(|text| text.parse().ok());
        let Some(status) = position.and_then(|position| STATUSES.get(position)) else {
            return refused("It seems that you have tried to perform an illegal workflow operation.");
        };
        let chosen = body.pointer("/fields/resolution/name").and_then(Value::as_str);
        let resolution = match (*status, chosen) {
            ("Done", chosen) => json!({ "name": chosen.unwrap_or("Done") }),
            (_, None) => Value::Null,
            _ => return refused("Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."),
        };
        let Some(issue) = self.issue(key) else { return missing() };
        issue["fields"]["status"] = json!({ "name": status });
        issue["fields"]["resolution"] = resolution;
        (204, Value::Null)
    }

    fn search(&self, query: &Map<String, Value>, is_cloud: bool) -> (u16, Value) {
        let jql = query["jql"].as_str().unwrap_or_default();
        let is_known = ["updated", "created"].iter().any(|moment| {
            let start = format!("project = \"{}\" AND {moment} >= \"-", self.key);
            jql.starts_with(&start)
        });
        if !is_known || !jql.contains("m\" ORDER BY ") {
            return refused("Error in the JQL Query.");
        }
        let asked = |name: &str| query.get(name)?.as_str()?.parse::<usize>().ok();
        let from = asked(if is_cloud { "nextPageToken" } else { "startAt" }).unwrap_or(0);
        let size = asked("maxResults").unwrap_or(50);
        let is_brief = query.get("fields").is_some_and(|fields| fields == "project");
        let shown = |issue: &Value| match is_brief {
            true => json!({ "key": issue["key"], "fields": { "project": issue["fields"]["project"] } }),
            false => Self::shown(issue),
        };
        let issues: Vec<Value> = self.issues.iter().skip(from).take(size).map(shown).collect();
        let end = from + issues.len();
        let mut answer = json!({ "issues": issues });
        match is_cloud {
            true if end < self.issues.len() => answer["nextPageToken"] = json!(end.to_string()),
            true => answer["isLast"] = json!(true),
            false => merge(
                &mut answer,
                json!({ "startAt": from, "maxResults": size, "total": self.issues.len() }),
            ),
        }
        (200, answer)
    }

    fn serve(
        &mut self,
        method: &Method,
        path: &str,
        query: &Map<String, Value>,
        body: &Value,
        is_cloud: bool,
    ) -> (u16, Value) {
        let lists = |name: &str, list: Value| (200, json!({ if is_cloud { name } else { "values" }: list }));
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let by = if is_cloud { "accountId" } else { "name" };
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["serverInfo"]) => (
                200,
                json!({ "deploymentType": if is_cloud { "Cloud" } else { "Server" } }),
            ),
            ("GET", ["project", key]) if self.is_known(key) => {
                (200, json!({ "id": PROJECT, "key": self.key, "archived": false }))
            }
            ("GET", ["mypermissions"]) => {
                let asked = query["permissions"].as_str().unwrap_or_default().split(',');
                let rights = asked.map(|name| (name.to_owned(), json!({ "havePermission": !self.has_no_right })));
                (200, json!({ "permissions": rights.collect::<Map<_, _>>() }))
            }
            ("GET", ["issue", "createmeta", key, "issuetypes"]) if self.is_known(key) => lists(
                "issueTypes",
                json!([{ "id": "5", "name": "Sub-task", "subtask": true }, { "id": "1", "name": "Bug", "subtask": false }, { "id": "3", "name": "Task", "subtask": false }]),
            ),
            ("GET", ["issue", "createmeta", key, "issuetypes", "3"]) if self.is_known(key) => {
                let plain = [
                    "project",
                    "issuetype",
                    "summary",
                    "description",
                    "labels",
                    "assignee",
                    "duedate",
                ];
                let mut fields: Vec<Value> = plain.iter().map(|name| json!({ "fieldId": name })).collect();
                fields.push(json!({ "fieldId": "priority", "allowedValues": [{ "name": "High" }, { "name": "Low" }] }));
                lists("fields", json!(fields))
            }
            ("POST", ["issue"]) => {
                let labels = body.pointer("/fields/labels").and_then(Value::as_array);
                if labels.is_some_and(|labels| {
                    labels
                        .iter()
                        .any(|label| label.as_str().unwrap_or_default().contains(' '))
                }) {
                    return refused("The label can't contain spaces.");
                }
                let key = self.create(&body["fields"]);
                (201, json!({ "id": "1", "key": key }))
            }
            ("GET", ["issue", key]) => self.issue(key).map_or_else(missing, |issue| (200, Self::shown(issue))),
            ("PUT", ["issue", key]) => {
                let Some(issue) = self.issue(key) else { return missing() };
                merge(&mut issue["fields"], body["fields"].clone());
                if body.pointer(&format!("/fields/assignee/{by}")).is_some() {
                    self.assign(key);
                }
                (204, Value::Null)
            }
            ("GET", ["issue", key, "transitions"]) => {
                let ways = self.ways;
                let issue = self.issue(key);
                let status = issue.and_then(|issue| issue.pointer("/fields/status/name")?.as_str());
                let status = status.unwrap_or_default();
                (200, ways.map_or_else(Self::transitions, |ways| ways(status)))
            }
            ("POST", ["issue", key, "transitions"]) => self.go(key, body),
            ("GET", ["user", "search"]) => {
                let asked = query.get(if is_cloud { "query" } else { "username" });
                let found: Vec<&Value> = self
                    .users
                    .iter()
                    .filter(|user| Some(&user["emailAddress"]) == asked)
                    .collect();
                (200, json!(found))
            }
            ("GET", ["search", "jql"]) if is_cloud => self.search(query, true),
            ("GET", ["search"]) if !is_cloud => self.search(query, false),
            _ => missing(),
        }
    }
}

fn refused(sentence: &str) -> (u16, Value) {
    (400, json!({ "errorMessages": [sentence], "errors": {} }))
}

fn missing() -> (u16, Value) {
    (
        404,
        json!({ "errorMessages": ["Issue does not exist or you do not have permission to see it."] }),
    )
}

async fn answer(here: Data<Here>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let path = request
        .path()
        .strip_prefix("/rest/api/2")
        .unwrap_or_default()
        .to_owned();
    let query = web::Query::<Map<String, Value>>::from_query(request.query_string()).expect("a query");
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let known = if here.is_cloud { CLOUD } else { DATA_CENTRE };
    let given = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let mut state = here.state.lock().unwrap();
    state.calls.push(format!("{} {path}", request.method()));
    if given != Some(known) {
        let mut answer = HttpResponse::NotFound();
        answer.insert_header(("x-seraph-loginreason", "AUTHENTICATED_FAILED"));
        return answer.json(missing().1);
    }
    let (status, body) = state.serve(request.method(), &path, &query, &body, here.is_cloud);
    let mut answer = HttpResponse::build(status.try_into().expect("a status"));
    match body {
        Value::Null => answer.finish(),
        body => answer.json(body),
    }
}
