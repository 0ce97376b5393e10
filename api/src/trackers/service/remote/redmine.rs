//! Redmine, which has no webhooks: what happens there is found by asking.

use chrono::{DateTime, Utc};
use entity::enums::{ClosureReason, Priority, RecommendationStatus};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use url::Url;

use super::{
    Assignee, Draft, Edit, Failure, Issue, Outcome, Pages, Provider, Tracker, Wire, below, day, moment, number,
    pages::{beginning, sizes},
    text,
    wire::quoted,
    with_email,
};
use crate::{
    platform::secret::Secret,
    trackers::model::{Connection, Mapping, issue_text::Markup, statuses::mapping},
};

/// What there is to know of it.
pub(super) static PROVIDER: Provider = Provider {
    name: "Redmine",
    home: None,
    has_due_dates: true,
    markup: Markup::Own,
    text_units: usize::MAX,
    label_chars: usize::MAX,
    statuses,
    has_these_only: false,
    project,
    issue_at,
    is_genuine: |_, _| false,
    delivery: |_| None,
    told: |_, _| None,
    open: |connection, token, wire| Box::new(Redmine::new(connection, token, wire)),
};

fn statuses() -> Vec<Mapping> {
    vec![
        mapping("New", RecommendationStatus::Accepted, None),
        mapping("In Progress", RecommendationStatus::InProgress, None),
        mapping("Feedback", RecommendationStatus::InProgress, None),
        mapping("Closed", RecommendationStatus::Implemented, None),
        mapping("Resolved", RecommendationStatus::Implemented, None),
        mapping(
            "Rejected",
            RecommendationStatus::Declined,
            Some(ClosureReason::Rejected),
        ),
    ]
}

fn project(name: &str) -> Result<(), &'static str> {
    let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !name.is_empty() && name.bytes().all(is_identifier) {
        true => Ok(()),
        false => Err("A project of Redmine is named by its identifier, such as widgets."),
    }
}

fn issue_at(connection: &Connection, url: &Url) -> Option<String> {
    match below(&connection.base_url, url)?.as_slice() {
        ["issues", id, ..] => number(id),
        _ => None,
    }
}

struct Redmine {
    root: String,
    project: String,
    headers: Vec<(&'static str, String)>,
    wire: Wire,
    number: OnceCell<u64>,
}

impl Redmine {
    fn new(connection: &Connection, token: Secret, wire: Wire) -> Self {
        Self {
            root: connection.base_url.clone(),
            project: connection.project.clone(),
            headers: vec![("x-redmine-api-key", token.reveal().to_owned())],
            wire,
            number: OnceCell::new(),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.root);
        self.wire.json(method, &url, &self.headers, body).await
    }

    fn issue_of(&self, value: &Value) -> Option<Issue> {
        let id = value.get("id")?.as_u64()?.to_string();
        let assignee = value
            .get("assigned_to")
            .and_then(|person| Assignee::of(person, "/id", "/mail"));
        Some(Issue {
            key: format!("#{id}"),
            url: format!("{}/issues/{id}", self.root),
            id,
            title: value.get("subject")?.as_str()?.to_owned(),
            status: value.pointer("/status/name")?.as_str()?.to_owned(),
            assignees: assignee.into_iter().collect(),
            due_on: Some(day(value, "/due_date")),
            body: text(value, "/description"),
        })
    }

    async fn issue(&self, id: &str) -> Result<Issue, Failure> {
        let answer = self.ask(Method::GET, &format!("/issues/{id}.json"), None).await?;
        let issue = answer.get("issue").ok_or(Failure::Unreadable)?;
        // Issues are numbered across all projects of a Redmine.
        if issue.pointer("/project/id").and_then(Value::as_u64) != Some(self.number().await?) {
            return Err(Failure::Moved);
        }
        self.issue_of(issue).ok_or(Failure::Unreadable)
    }

    /// The number of the project.
    async fn number(&self) -> Result<u64, Failure> {
        let asked = self.number.get_or_try_init(|| async {
            let path = format!("/projects/{}.json", quoted(&self.project));
            let answer = self.ask(Method::GET, &path, None).await.map_err(Failure::of_project)?;
            answer
                .pointer("/project/id")
                .and_then(Value::as_u64)
                .ok_or(Failure::Unreadable)
        });
        asked.await.copied()
    }

    async fn page(&self, query: &str, page: Option<&str>) -> Result<Pages, Failure> {
        let (project, from) = (quoted(&self.project), beginning(page));
        for size in sizes(from) {
            let path = format!("/issues.json?project_id={project}&status_id=*&limit={size}&offset={from}&{query}");
            let answer = match self.ask(Method::GET, &path, None).await {
                Err(Failure::TooLarge) => continue,
                answer => answer.map_err(Failure::of_project)?,
            };
            let all = answer.get("issues").and_then(Value::as_array);
            let all = all.ok_or(Failure::Unreadable)?;
            let issues = all.iter().filter_map(|issue| self.issue_of(issue)).collect();
            return Ok(Pages::counted(issues, from, size, all.len()));
        }
        Ok(Pages::passed(from))
    }

    /// The number of a status.
    async fn status(&self, name: &str) -> Result<u64, Failure> {
        let answer = self.ask(Method::GET, "/issue_statuses.json", None).await?;
        named(&answer, "issue_statuses", name).ok_or_else(|| Failure::Refused(format!("there is no status {name}.")))
    }

    /// The number of a priority; none where it is not known.
    async fn priority(&self, priority: Priority) -> Result<Option<u64>, Failure> {
        let names: &[&str] = match priority {
            Priority::P0 => &["Immediate", "Urgent"],
            Priority::P1 => &["High"],
            Priority::P2 => &["Normal"],
            Priority::P3 | Priority::P4 => &["Low"],
        };
        match self.ask(Method::GET, "/enumerations/issue_priorities.json", None).await {
            Ok(answer) => Ok(names.iter().find_map(|name| named(&answer, "issue_priorities", name))),
            // The priority is not worth failing for.
            Err(Failure::Forbidden | Failure::Gone) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Redmine assigns by number. Only its admins may look names up, so the map of users has numbers.
    fn user(name: Option<&str>) -> Result<Value, Failure> {
        match name {
            None => Ok(json!("")),
            Some(name) => number(name).map(Value::String).ok_or_else(|| {
                Failure::Refused(format!("{name} is not the number of a user; give numbers in userMap."))
            }),
        }
    }
}

/// The number of what has a name, whatever its case, and is in use.
fn named(answer: &Value, list: &str, name: &str) -> Option<u64> {
    let all = answer.get(list).and_then(Value::as_array);
    let found = all.into_iter().flatten().find(|one| {
        let own = one.get("name").and_then(Value::as_str);
        own.is_some_and(|own| own.eq_ignore_ascii_case(name)) && one.get("active") != Some(&Value::Bool(false))
    });
    found?.get("id")?.as_u64()
}

impl Tracker for Redmine {
    fn check(&self) -> Outcome<'_, ()> {
        Box::pin(async {
            let path = format!("/projects/{}.json", quoted(&self.project));
            let answer = self.ask(Method::GET, &path, None).await;
            let answer = answer.map_err(Failure::of_project)?;
            match answer.pointer("/project/status").and_then(Value::as_u64) {
                // Closed or archived.
                Some(5 | 9) => Err(Failure::ReadOnly),
                _ if answer.get("project").is_some() => Ok(()),
                _ => Err(Failure::Unreadable),
            }
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue> {
        Box::pin(self.issue(id))
    }

    fn made<'a>(&'a self, _: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let query = format!("sort=id:desc&created_on={}", quoted(&format!(">={}", moment(since))));
            self.page(&query, page).await
        })
    }

    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let mut issue = Map::new();
            let mut put = |name: &str, value: Value| drop(issue.insert(name.to_owned(), value));
            put("project_id", json!(self.project));
            put("subject", json!(draft.title));
            put("description", json!(draft.body));
            if let Some(assignee) = &draft.assignee {
                put("assigned_to_id", Self::user(Some(assignee))?);
            }
            if let Some(priority) = self.priority(draft.priority).await? {
                put("priority_id", json!(priority));
            }
            if let Some(due_on) = draft.due_on {
                put("due_date", json!(due_on));
                // Else it is the day on which the issue is made, and nothing can be due before.
                put("start_date", json!(""));
            }
            let body = json!({ "issue": issue });
            let answer = self.ask(Method::POST, "/issues.json", Some(&body)).await;
            // Of a project that is closed, or is not there, it says that some fields are empty.
            if let Err(Failure::Refused(_)) = answer {
                self.check().await?;
            }
            let answer = answer?;
            let made = answer.get("issue").and_then(|issue| self.issue_of(issue));
            made.ok_or(Failure::Unreadable)
        })
    }

    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let mut issue = Map::new();
            let mut put = |name: &str, value: Value| drop(issue.insert(name.to_owned(), value));
            if let Some(title) = &edit.title {
                put("subject", json!(title));
            }
            if let Some(status) = &edit.status {
                put("status_id", json!(self.status(status).await?));
            }
            if let Some(assignees) = &edit.assignees {
                put("assigned_to_id", Self::user(assignees.first().map(String::as_str))?);
            }
            if let Some(due_on) = &edit.due_on {
                put("due_date", due_on.map_or(json!(""), |day| json!(day)));
            }
            let body = json!({ "issue": issue });
            self.ask(Method::PUT, &format!("/issues/{id}.json"), Some(&body))
                .await?;
            self.issue(id).await
        })
    }

    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>> {
        Box::pin(async move {
            let path = format!("/users.json?name={}", quoted(email));
            let answer = self.ask(Method::GET, &path, None).await?;
            let found = answer.get("users").and_then(Value::as_array);
            Ok(found.and_then(|found| with_email(found, email, "/mail", "/id")))
        })
    }

    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let query = format!("sort=updated_on&updated_on={}", quoted(&format!(">={}", moment(since))));
            self.page(&query, page).await
        })
    }
}
