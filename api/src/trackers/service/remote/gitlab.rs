//! GitLab, there or under an address of one's own. REST, version 4.

use chrono::{DateTime, Utc};
use entity::enums::{ClosureReason, RecommendationStatus};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Assignee, Draft, Edit, Failure, Hook, Issue, Outcome, Pages, Provider, Told, Tracker, Wire, below, day, moment,
    number,
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
    name: "GitLab",
    home: Some("https://gitlab.com"),
    has_due_dates: true,
    markup: Markup::Markdown,
    text_units: 1_000_000,
    label_chars: 255,
    statuses,
    has_these_only: true,
    project,
    issue_at,
    is_genuine: |hook: &Hook<'_>, secret| hook.header("x-gitlab-token").is_some_and(|given| secret.is(given)),
    delivery: |hook: &Hook<'_>| {
        let names = ["idempotency-key", "x-gitlab-webhook-uuid", "x-gitlab-event-uuid"];
        names.iter().find_map(|name| hook.header(name)).map(str::to_owned)
    },
    told,
    open: |connection, token, wire| Box::new(Gitlab::new(connection, token, wire)),
};

/// How many events a page has.
const PAGE: usize = 100;

/// The lowest level that may edit issues.
const PLANNER: u64 = 15;

/// GitLab knows closed issues only; this label says that one was closed without being done.
const NOT_PLANNED: &str = "not planned";

fn statuses() -> Vec<Mapping> {
    vec![
        mapping("opened", RecommendationStatus::Accepted, None),
        mapping("closed", RecommendationStatus::Implemented, None),
        mapping(
            "not planned",
            RecommendationStatus::Declined,
            Some(ClosureReason::Rejected),
        ),
    ]
}

fn project(name: &str) -> Result<(), &'static str> {
    let is_path = name.split('/').count() > 1 && name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    match is_path {
        true => Ok(()),
        false => Err("A project of GitLab is named by its whole path, such as group/widgets."),
    }
}

fn issue_at(connection: &Connection, url: &Url) -> Option<String> {
    let path = below(&connection.base_url, url)?;
    let at = path.iter().position(|part| *part == "-")?;
    let (project, rest) = path.split_at(at);
    let ["-", "issues" | "work_items", id, ..] = rest else {
        return None;
    };
    connection
        .project
        .eq_ignore_ascii_case(&project.join("/"))
        .then(|| number(id))
        .flatten()
}

/// Whether it has the label.
fn is_dropped(value: &Value) -> bool {
    let labels = value.get("labels").and_then(Value::as_array);
    labels.is_some_and(|labels| labels.iter().any(|label| label == NOT_PLANNED))
}

fn issue_of(value: &Value) -> Option<Issue> {
    let id = value.get("iid")?.as_u64()?.to_string();
    let status = match text(value, "/state").as_str() {
        "opened" => "opened",
        "closed" if is_dropped(value) => NOT_PLANNED,
        "closed" => "closed",
        _ => return None,
    };
    let assignees = value.get("assignees").and_then(Value::as_array).into_iter().flatten();
    let assignees = assignees.filter_map(|person| Assignee::of(person, "/username", "/email"));
    Some(Issue {
        key: format!("#{id}"),
        id,
        url: text(value, "/web_url"),
        title: value.get("title")?.as_str()?.to_owned(),
        status: status.to_owned(),
        assignees: assignees.collect(),
        due_on: Some(day(value, "/due_date")),
        body: text(value, "/description"),
    })
}

/// A notice has the issue in another form than the API, so only its number is taken from it.
fn told(_: &Connection, body: &Value) -> Option<Told> {
    if text(body, "/object_kind") != "issue" {
        return None;
    }
    let id = body.pointer("/object_attributes/iid")?.as_u64()?.to_string();
    Some(Told { id, issue: None })
}

struct Gitlab {
    /// Of the API.
    api: String,
    /// The project in it.
    project: String,
    headers: Vec<(&'static str, String)>,
    wire: Wire,
}

impl Gitlab {
    fn new(connection: &Connection, token: Secret, wire: Wire) -> Self {
        Self {
            api: format!("{}/api/v4", connection.base_url),
            project: format!("/projects/{}", quoted(&connection.project)),
            headers: vec![("private-token", token.reveal().to_owned())],
            wire,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.api);
        self.wire.json(method, &url, &self.headers, body).await
    }

    async fn issue(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Issue, Failure> {
        let path = format!("{}/issues{path}", self.project);
        let answer = self.ask(method, &path, body).await?;
        if answer.get("moved_to_id").is_some_and(|id| !id.is_null()) {
            return Err(Failure::Moved);
        }
        let answer = match self.outdated(&answer).await? {
            Some(id) => {
                let path = format!("{}/issues/{id}", self.project);
                let body = json!({ "remove_labels": NOT_PLANNED });
                self.ask(Method::PUT, &path, Some(&body)).await?
            }
            None => answer,
        };
        issue_of(&answer).ok_or(Failure::Unreadable)
    }

    /// The number of an issue whose label is from before it was last opened again: it says nothing of how the issue stands now. One
    /// that somebody sets before they close the issue does.
    async fn outdated(&self, issue: &Value) -> Result<Option<u64>, Failure> {
        let id = issue.get("iid").and_then(Value::as_u64).filter(|_| is_dropped(issue));
        let Some(id) = id else {
            return Ok(None);
        };
        let is_reopening = |event: &Value| text(event, "/state") == "reopened";
        let is_label = |event: &Value| text(event, "/action") == "add" && text(event, "/label/name") == NOT_PLANNED;
        let Some(reopened) = self.last(id, "resource_state_events", is_reopening).await? else {
            return Ok(None);
        };
        let labelled = self.last(id, "resource_label_events", is_label).await?;
        Ok(labelled.is_none_or(|at| at < reopened).then_some(id))
    }

    /// When something last happened to an issue, by one of its lists; none when it never did, or the list is not to be had.
    async fn last(&self, id: u64, list: &str, is_it: fn(&Value) -> bool) -> Result<Option<DateTime<Utc>>, Failure> {
        let mut latest: Option<DateTime<Utc>> = None;
        let mut page = 1_u32;
        loop {
            let path = format!("{}/issues/{id}/{list}?per_page={PAGE}&page={page}", self.project);
            let answer = match self.ask(Method::GET, &path, None).await {
                Err(Failure::Gone | Failure::Forbidden) => return Ok(None),
                answer => answer?,
            };
            let all = answer.as_array().ok_or(Failure::Unreadable)?;
            let found = all.iter().filter(|event| is_it(event));
            let at = found.filter_map(|event| text(event, "/created_at").parse::<DateTime<Utc>>().ok());
            latest = latest.max(at.max());
            if all.len() < PAGE {
                return Ok(latest);
            }
            page += 1;
        }
    }

    async fn page(&self, query: &str, page: Option<&str>) -> Result<Pages, Failure> {
        let from = beginning(page);
        for size in sizes(from) {
            let (project, number) = (&self.project, from / size + 1);
            let path = format!("{project}/issues?scope=all&per_page={size}&page={number}&{query}");
            let answer = match self.ask(Method::GET, &path, None).await {
                Err(Failure::TooLarge) => continue,
                answer => answer.map_err(Failure::of_project)?,
            };
            let all = answer.as_array().ok_or(Failure::Unreadable)?;
            let issues = all.iter().filter_map(issue_of).collect();
            return Ok(Pages::counted(issues, from, size, all.len()));
        }
        Ok(Pages::passed(from))
    }

    /// GitLab assigns by number, and people are known by name.
    async fn numbers(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        let mut numbers = Vec::with_capacity(names.len());
        for name in names {
            let path = format!("/users?username={}", quoted(name));
            let found = self.ask(Method::GET, &path, None).await?;
            let id = found.pointer("/0/id").and_then(Value::as_u64);
            numbers.push(id.ok_or_else(|| Failure::Refused(format!("there is no user {name}.")))?);
        }
        Ok(numbers)
    }
}

impl Tracker for Gitlab {
    fn check(&self) -> Outcome<'_, ()> {
        Box::pin(async {
            let project = self.ask(Method::GET, &self.project, None).await;
            let project = project.map_err(Failure::of_project)?;
            if project.get("archived").and_then(Value::as_bool) == Some(true) {
                return Err(Failure::ReadOnly);
            }
            // Admins of the whole server need no level.
            let level = |of: &str| {
                project
                    .pointer(&format!("/permissions/{of}_access/access_level"))?
                    .as_u64()
            };
            let level = level("project").max(level("group"));
            if level.is_some_and(|level| level < PLANNER) {
                return Err(Failure::Forbidden);
            }
            Ok(())
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue> {
        Box::pin(async move { self.issue(Method::GET, &format!("/{id}"), None).await })
    }

    fn made<'a>(&'a self, _: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let query = format!("order_by=created_at&sort=desc&created_after={}", moment(since));
            self.page(&query, page).await
        })
    }

    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue> {
        Box::pin(async move {
            // The label would say of the closed issue that it was not done.
            let labels = draft.labels.iter().map(String::as_str);
            let labels: Vec<&str> = labels.filter(|label| *label != NOT_PLANNED).collect();
            let body = json!({
                "title": draft.title,
                "description": draft.body,
                "labels": labels.join(","),
                "assignee_ids": self.numbers(draft.assignee.as_slice()).await?,
                "due_date": draft.due_on,
            });
            self.issue(Method::POST, "", Some(&body)).await
        })
    }

    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let mut body = Map::new();
            let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
            if let Some(title) = &edit.title {
                put("title", json!(title));
            }
            if let Some(status) = edit.status.as_deref() {
                let event = if status == "opened" { "reopen" } else { "close" };
                put("state_event", json!(event));
                let labels = if status == NOT_PLANNED {
                    "add_labels"
                } else {
                    "remove_labels"
                };
                put(labels, json!(NOT_PLANNED));
            }
            if let Some(names) = &edit.assignees {
                put("assignee_ids", json!(self.numbers(names).await?));
            }
            if let Some(due_on) = &edit.due_on {
                put("due_date", json!(due_on));
            }
            self.issue(Method::PUT, &format!("/{id}"), Some(&Value::Object(body)))
                .await
        })
    }

    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>> {
        Box::pin(async move {
            let path = format!("/users?search={}", quoted(email));
            let answer = self.ask(Method::GET, &path, None).await?;
            let Some(id) = answer.pointer("/0/id").and_then(Value::as_u64) else {
                return Ok(None);
            };
            // Names are searched too; only the person itself tells the address, to admins or where it is public.
            let person = self.ask(Method::GET, &format!("/users/{id}"), None).await?;
            let found = [person];
            let named = |at| with_email(&found, email, at, "/username");
            Ok(named("/email").or_else(|| named("/public_email")))
        })
    }

    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let query = format!("order_by=updated_at&sort=asc&updated_after={}", moment(since));
            self.page(&query, page).await
        })
    }
}
