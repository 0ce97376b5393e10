//! GitHub, and GitHub Enterprise under an address of one's own. REST, version 2022-11-28.

use chrono::{DateTime, Utc};
use entity::enums::{ClosureReason, RecommendationStatus};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Assignee, Draft, Edit, Failure, Hook, Issue, Outcome, Pages, Provider, Told, Tracker, Wire, below, moment, number,
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
    name: "GitHub",
    home: Some("https://github.com"),
    has_due_dates: false,
    markup: Markup::Markdown,
    text_units: 65_536,
    label_chars: 50,
    statuses,
    has_these_only: true,
    project,
    issue_at,
    is_genuine: |hook, secret| hook.is_signed("x-hub-signature-256", "sha256=", secret),
    delivery: |hook: &Hook<'_>| hook.header("x-github-delivery").map(str::to_owned),
    told,
    open: |connection, token, wire| Box::new(Github::new(connection, token, wire)),
};

fn statuses() -> Vec<Mapping> {
    vec![
        mapping("open", RecommendationStatus::Accepted, None),
        mapping("completed", RecommendationStatus::Implemented, None),
        mapping(
            "not_planned",
            RecommendationStatus::Declined,
            Some(ClosureReason::Rejected),
        ),
        mapping(
            "duplicate",
            RecommendationStatus::Declined,
            Some(ClosureReason::Duplicate),
        ),
    ]
}

fn project(name: &str) -> Result<(), &'static str> {
    let sane = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match name.split_once('/') {
        Some((owner, repository)) if sane(owner) && sane(repository) => Ok(()),
        _ => Err("A project of GitHub is named by owner and repository, such as octo/widgets."),
    }
}

fn issue_at(connection: &Connection, url: &Url) -> Option<String> {
    let path = below(&connection.base_url, url)?;
    let [owner, repository, "issues", id, ..] = path.as_slice() else {
        return None;
    };
    connection
        .project
        .eq_ignore_ascii_case(&format!("{owner}/{repository}"))
        .then(|| number(id))
        .flatten()
}

fn issue_of(value: &Value) -> Option<Issue> {
    let id = value.get("number")?.as_u64()?.to_string();
    let status = match (text(value, "/state").as_str(), text(value, "/state_reason").as_str()) {
        ("open", _) => "open",
        ("closed", "not_planned") => "not_planned",
        ("closed", "duplicate") => "duplicate",
        ("closed", _) => "completed",
        _ => return None,
    };
    let assignees = value.get("assignees").and_then(Value::as_array).into_iter().flatten();
    let assignees = assignees.filter_map(|person| Assignee::of(person, "/login", "/email"));
    Some(Issue {
        key: format!("#{id}"),
        id,
        url: text(value, "/html_url"),
        title: value.get("title")?.as_str()?.to_owned(),
        status: status.to_owned(),
        assignees: assignees.collect(),
        due_on: None,
        body: text(value, "/body"),
    })
}

fn told(_: &Connection, body: &Value) -> Option<Told> {
    let issue = body.get("issue")?;
    let id = issue.get("number")?.as_u64()?.to_string();
    // What is told of an issue that went away is not how it stands.
    let is_gone = matches!(text(body, "/action").as_str(), "deleted" | "transferred");
    Some(Told {
        id,
        issue: (!is_gone).then(|| issue_of(issue)).flatten(),
    })
}

struct Github {
    api: String,
    repository: String,
    headers: Vec<(&'static str, String)>,
    wire: Wire,
}

impl Github {
    fn new(connection: &Connection, token: Secret, wire: Wire) -> Self {
        let api = match connection.base_url.as_str() {
            "https://github.com" => "https://api.github.com".to_owned(),
            own => format!("{own}/api/v3"),
        };
        Self {
            repository: format!("{api}/repos/{}", connection.project),
            api,
            headers: vec![
                ("authorization", format!("Bearer {}", token.reveal())),
                ("x-github-api-version", "2022-11-28".to_owned()),
                ("accept", "application/vnd.github+json".to_owned()),
            ],
            wire,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.repository);
        self.wire.json(method, &url, &self.headers, body).await
    }

    async fn issue(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Issue, Failure> {
        let answer = self.ask(method, path, body).await?;
        if answer.get("pull_request").is_some() {
            return Err(Failure::Refused("this is a pull request; link an issue.".to_owned()));
        }
        issue_of(&answer).ok_or(Failure::Unreadable)
    }

    /// Without the pull requests, which GitHub lists too.
    async fn page(&self, query: &str, page: Option<&str>) -> Result<Pages, Failure> {
        let from = beginning(page);
        for size in sizes(from) {
            let number = from / size + 1;
            let path = format!("/issues?state=all&per_page={size}&page={number}&{query}");
            let answer = match self.ask(Method::GET, &path, None).await {
                Err(Failure::TooLarge) => continue,
                answer => answer.map_err(Failure::of_project)?,
            };
            let all = answer.as_array().ok_or(Failure::Unreadable)?;
            let issues = all.iter().filter(|value| value.get("pull_request").is_none());
            let issues = issues.filter_map(issue_of).collect();
            return Ok(Pages::counted(issues, from, size, all.len()));
        }
        Ok(Pages::passed(from))
    }
}

impl Tracker for Github {
    fn check(&self) -> Outcome<'_, ()> {
        Box::pin(async {
            let repository = self.ask(Method::GET, "", None).await.map_err(Failure::of_project)?;
            let has = |pointer: &str| repository.pointer(pointer).and_then(Value::as_bool);
            if has("/archived") == Some(true) || has("/has_issues") == Some(false) {
                return Err(Failure::ReadOnly);
            }
            if has("/permissions/push") == Some(false) && has("/permissions/triage") == Some(false) {
                return Err(Failure::Forbidden);
            }
            Ok(())
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue> {
        Box::pin(async move { self.issue(Method::GET, &format!("/issues/{id}"), None).await })
    }

    fn made<'a>(&'a self, _: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            // A list, not the search: that one hears of new issues only after a while.
            let query = format!("sort=created&direction=desc&since={}", moment(since));
            self.page(&query, page).await
        })
    }

    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let assignees: Vec<&String> = draft.assignee.iter().collect();
            let body = json!({
                "title": draft.title,
                "body": draft.body,
                "labels": draft.labels,
                "assignees": assignees,
            });
            self.issue(Method::POST, "/issues", Some(&body)).await
        })
    }

    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let mut body = Map::new();
            if let Some(title) = &edit.title {
                body.insert("title".to_owned(), json!(title));
            }
            match edit.status.as_deref() {
                None => {}
                Some("open") => {
                    body.insert("state".to_owned(), json!("open"));
                }
                Some(reason) => {
                    body.insert("state".to_owned(), json!("closed"));
                    body.insert("state_reason".to_owned(), json!(reason));
                }
            }
            if let Some(assignees) = &edit.assignees {
                body.insert("assignees".to_owned(), json!(assignees));
            }
            let path = format!("/issues/{id}");
            let issue = self.issue(Method::PATCH, &path, Some(&Value::Object(body))).await?;
            // Of what is closed already GitHub keeps the reason: it is opened first.
            let is_kept = |wanted: &&str| *wanted != "open" && issue.status != "open" && issue.status != *wanted;
            let Some(reason) = edit.status.as_deref().filter(is_kept) else {
                return Ok(issue);
            };
            let open = json!({ "state": "open" });
            self.issue(Method::PATCH, &path, Some(&open)).await?;
            let closed = json!({ "state": "closed", "state_reason": reason });
            self.issue(Method::PATCH, &path, Some(&closed)).await
        })
    }

    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>> {
        Box::pin(async move {
            let query = quoted(&format!("{email} in:email"));
            let url = format!("{}/search/users?q={query}", self.api);
            let answer = self.wire.json(Method::GET, &url, &self.headers, None).await?;
            let login = text(&answer, "/items/0/login");
            if login.is_empty() {
                return Ok(None);
            }
            // What is found has the words of the address somewhere; the profile says what the address is.
            let url = format!("{}/users/{}", self.api, quoted(&login));
            let profile = self.wire.json(Method::GET, &url, &self.headers, None).await?;
            Ok(with_email(&[profile], email, "/email", "/login"))
        })
    }

    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let query = format!("sort=updated&direction=asc&since={}", moment(since));
            self.page(&query, page).await
        })
    }
}
