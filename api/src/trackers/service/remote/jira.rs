//! Jira, in Atlassian's cloud and in a data centre. REST, version 2: it takes and gives texts as they are, and both know it.

mod issue;
mod ways;

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use entity::enums::{ClosureReason, Priority, RecommendationStatus};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use url::Url;

use self::{
    issue::{issue_of, told},
    ways::{Way, is_end, way_back, way_to},
};
use super::{
    Draft, Edit, Failure, Hook, Issue, Outcome, Pages, Provider, Tracker, Wire, below, pages::SIZES, text,
    wire::quoted, with_email,
};
use crate::{
    platform::secret::{self, Secret},
    trackers::model::{Connection, Mapping, StatusMap, issue_text::Markup, statuses::mapping},
};

/// What there is to know of it.
pub(super) static PROVIDER: Provider = Provider {
    name: "Jira",
    home: None,
    has_due_dates: true,
    markup: Markup::Own,
    text_units: 32_767,
    label_chars: 255,
    statuses,
    has_these_only: false,
    project,
    issue_at,
    is_genuine: |hook, secret| hook.is_signed("x-hub-signature", "sha256=", secret),
    // A data centre does not number what it sends; its body has the time in it.
    delivery: |hook: &Hook<'_>| {
        let number = hook.header("x-atlassian-webhook-identifier").map(str::to_owned);
        number.or_else(|| Some(secret::digest(std::str::from_utf8(hook.body).ok()?)))
    },
    told,
    open: |connection, token, wire| Box::new(Jira::new(connection, &token, wire)),
};

/// What is read of an issue.
const FIELDS: &str = "summary,status,resolution,assignee,duedate,description,labels,project";

/// Statuses and resolutions. A resolution that is named here says more than the status: Done, but Won't Do.
fn statuses() -> Vec<Mapping> {
    let open = ["To Do", "Open", "Backlog", "Selected for Development", "Reopened"];
    let going = ["In Progress", "In Review"];
    let done = ["Done", "Closed", "Resolved"];
    let dropped = ["Won't Do", "Won't Fix", "Declined"];
    let all = |words: &[&str], status, reason| -> Vec<Mapping> {
        words.iter().map(|word| mapping(word, status, reason)).collect()
    };
    [
        all(&open, RecommendationStatus::Accepted, None),
        all(&going, RecommendationStatus::InProgress, None),
        all(&done, RecommendationStatus::Implemented, None),
        all(&dropped, RecommendationStatus::Declined, Some(ClosureReason::Rejected)),
        all(
            &["Duplicate"],
            RecommendationStatus::Declined,
            Some(ClosureReason::Duplicate),
        ),
    ]
    .concat()
}

fn project(name: &str) -> Result<(), &'static str> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_uppercase());
    match starts && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
        true => Ok(()),
        false => Err("A project of Jira is named by its key, such as WID."),
    }
}

fn issue_at(connection: &Connection, url: &Url) -> Option<String> {
    let path = below(&connection.base_url, url)?;
    if let ["browse", key, ..] = path.as_slice() {
        return super::key(&connection.project, key);
    }
    // A board shows the issue that is looked at so.
    let (_, key) = url.query_pairs().find(|(name, _)| name == "selectedIssue")?;
    super::key(&connection.project, &key)
}

fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::P0 => "Highest",
        Priority::P1 => "High",
        Priority::P2 => "Medium",
        Priority::P3 => "Low",
        Priority::P4 => "Lowest",
    }
}

/// A list that the cloud and a data centre call differently.
fn list<'a>(answer: &'a Value, name: &str) -> Result<&'a Vec<Value>, Failure> {
    let found = answer.get(name).or_else(|| answer.get("values"));
    found.and_then(Value::as_array).ok_or(Failure::Unreadable)
}

fn named(value: &Value, name: &str) -> bool {
    let own = value.get("name").and_then(Value::as_str);
    own.is_some_and(|own| own.eq_ignore_ascii_case(name))
}

struct Jira {
    base_url: String,
    project: String,
    statuses: StatusMap,
    headers: Vec<(&'static str, String)>,
    wire: Wire,
    is_cloud: OnceCell<bool>,
    here: OnceCell<Value>,
}

impl Jira {
    /// A token of the cloud goes with the e-mail address of who made it; a data centre takes one alone.
    fn new(connection: &Connection, token: &Secret, wire: Wire) -> Self {
        let token = token.reveal();
        let authorization = match token.contains(':') {
            true => format!("Basic {}", BASE64_STANDARD.encode(token)),
            false => format!("Bearer {token}"),
        };
        Self {
            base_url: connection.base_url.clone(),
            project: connection.project.clone(),
            statuses: connection.statuses.clone(),
            headers: vec![("authorization", authorization)],
            wire,
            is_cloud: OnceCell::new(),
            here: OnceCell::new(),
        }
    }

    /// The cloud and a data centre search in different places, and know people by different names.
    async fn is_cloud(&self) -> Result<bool, Failure> {
        let asked = self.is_cloud.get_or_try_init(|| async {
            let answer = self.ask(Method::GET, "/serverInfo", None).await?;
            Ok(text(&answer, "/deploymentType") == "Cloud")
        });
        asked.await.copied()
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let url = format!("{}/rest/api/2{path}", self.base_url);
        let answer = self.wire.send(method, &url, &self.headers, body).await?;
        // Whom it does not know it shows what strangers see, which is mostly nothing.
        if answer
            .header("x-seraph-loginreason")
            .is_some_and(|why| why.contains("FAILED"))
        {
            return Err(Failure::Unauthorised);
        }
        self.wire.read(&answer)
    }

    /// The project, as Jira shows it. It finds it by each key that it has ever had.
    async fn here(&self) -> Result<&Value, Failure> {
        let asked = self.here.get_or_try_init(|| async {
            let path = format!("/project/{}", quoted(&self.project));
            self.ask(Method::GET, &path, None).await.map_err(Failure::of_project)
        });
        asked.await
    }

    /// Whether an issue is of the project. A key that is not ours may be its new one: then the number of the project is the same.
    async fn is_here(&self, issue: &Value) -> Result<bool, Failure> {
        let says = |field: &str| issue.pointer("/fields/project")?.get(field)?.as_str();
        if says("key").is_none_or(|key| key == self.project) {
            return Ok(true);
        }
        let Some(id) = says("id") else {
            return Ok(false);
        };
        Ok(self.here().await?.get("id").and_then(Value::as_str) == Some(id))
    }

    fn issue_of(&self, value: &Value) -> Option<Issue> {
        issue_of(&self.base_url, &self.statuses, value)
    }

    async fn issue(&self, key: &str) -> Result<Issue, Failure> {
        let path = format!("/issue/{}?fields={FIELDS}&expand=editmeta", quoted(key));
        let answer = self.ask(Method::GET, &path, None).await?;
        match self.is_here(&answer).await? {
            true => self.issue_of(&answer).ok_or(Failure::Unreadable),
            false => Err(Failure::Moved),
        }
    }

    /// Times are given as minutes before now: a day and hour would be read in the zone of whoever made the token.
    async fn search(
        &self,
        moment: &str,
        since: DateTime<Utc>,
        order: &str,
        page: Option<&str>,
    ) -> Result<Pages, Failure> {
        let minutes = (self.wire.now() - since).num_minutes().max(0) + 1;
        let jql = format!(
            "project = \"{}\" AND {moment} >= \"-{minutes}m\" ORDER BY {moment} {order}",
            self.project
        );
        for size in SIZES {
            let what = format!("fields={FIELDS}&expand=editmeta&maxResults={size}");
            match self.page(&jql, &what, page).await {
                Err(Failure::TooLarge) => {}
                answer => return answer,
            }
        }
        // Only Jira knows where the page begins that comes after it.
        let passed = self.page(&jql, "fields=project&maxResults=1", page).await?;
        Ok(Pages {
            issues: Vec::new(),
            is_whole: false,
            ..passed
        })
    }

    /// A page of what is found.
    async fn page(&self, jql: &str, what: &str, page: Option<&str>) -> Result<Pages, Failure> {
        let (path, at) = match self.is_cloud().await? {
            true => ("/search/jql", "nextPageToken"),
            false => ("/search", "startAt"),
        };
        let mut path = format!("{path}?jql={}&{what}", quoted(jql));
        if let Some(page) = page {
            path = format!("{path}&{at}={}", quoted(page));
        }
        let answer = self.ask(Method::GET, &path, None).await?;
        let found = answer.get("issues").and_then(Value::as_array);
        let found = found.ok_or(Failure::Unreadable)?;
        let token = answer.get("nextPageToken").and_then(Value::as_str).map(str::to_owned);
        let total = answer.get("total").and_then(Value::as_u64).unwrap_or(0);
        let read = page.and_then(|page| page.parse::<u64>().ok()).unwrap_or(0);
        let read = read.saturating_add(found.len() as u64);
        let rest = (!found.is_empty() && read < total).then(|| read.to_string());
        let mut issues = Vec::with_capacity(found.len());
        for issue in found {
            if self.is_here(issue).await? {
                issues.extend(self.issue_of(issue));
            }
        }
        Ok(Pages {
            issues,
            next: token.or(rest),
            is_whole: true,
        })
    }

    /// What can be said of a new issue, by field, and its kind: a task where there is such.
    async fn form(&self) -> Result<(Value, BTreeMap<String, Value>), Failure> {
        let path = format!("/issue/createmeta/{}/issuetypes", quoted(&self.project));
        let answer = self.ask(Method::GET, &format!("{path}?maxResults=200"), None).await?;
        let kinds = list(&answer, "issueTypes")?;
        let is_part = |kind: &&Value| kind.get("subtask").and_then(Value::as_bool) == Some(true);
        let kinds: Vec<&Value> = kinds.iter().filter(|kind| !is_part(kind)).collect();
        let kind = kinds.iter().find(|kind| named(kind, "Task")).or(kinds.first());
        let kind = kind.and_then(|kind| kind.get("id")).ok_or(Failure::Forbidden)?;
        let path = format!("{path}/{}?maxResults=200", quoted(kind.as_str().unwrap_or_default()));
        let answer = self.ask(Method::GET, &path, None).await?;
        let field = |field: &Value| Some((field.get("fieldId")?.as_str()?.to_owned(), field.clone()));
        Ok((
            kind.clone(),
            list(&answer, "fields")?.iter().filter_map(field).collect(),
        ))
    }

    async fn person_named(&self, name: Option<&str>) -> Result<Value, Failure> {
        let Some(name) = name else {
            return Ok(Value::Null);
        };
        let by = if self.is_cloud().await? { "accountId" } else { "name" };
        Ok(json!({ by: name }))
    }

    /// The ways that the workflow has from here.
    async fn ways(&self, key: &str) -> Result<Vec<Value>, Failure> {
        let path = format!("/issue/{}/transitions?expand=transitions.fields", quoted(key));
        let answer = self.ask(Method::GET, &path, None).await?;
        let ways = answer.get("transitions").and_then(Value::as_array);
        ways.cloned().ok_or(Failure::Unreadable)
    }

    async fn take(&self, key: &str, (way, fields): Way<'_>) -> Result<(), Failure> {
        let path = format!("/issue/{}/transitions", quoted(key));
        let body = json!({ "transition": { "id": way.get("id") }, "fields": fields });
        self.ask(Method::POST, &path, Some(&body)).await.map(drop)
    }

    fn is_end(&self, word: &str) -> bool {
        self.statuses
            .meaning(word)
            .is_some_and(|mapping| is_end(mapping.status))
    }

    /// Goes where a status or a resolution is to be had, by one of the ways that the workflow has from here. From one end to another
    /// there is mostly none but by way of what is open.
    async fn go(&self, key: &str, word: &str) -> Result<(), Failure> {
        let ways = self.ways(key).await?;
        if let Some(way) = way_to(&ways, word, &self.statuses) {
            return self.take(key, way).await;
        }
        if self.is_end(word)
            && let Some(back) = way_back(&ways, &self.statuses)
            && self.is_end(&self.issue(key).await?.status)
        {
            self.take(key, back).await?;
            let ways = self.ways(key).await?;
            if let Some(way) = way_to(&ways, word, &self.statuses) {
                return self.take(key, way).await;
            }
        }
        Err(Failure::Refused(format!(
            "no transition of the workflow leads from here to {word:?}; name another status in statusMap, or add the transition."
        )))
    }

    async fn put(&self, key: &str, edit: &Edit) -> Result<(), Failure> {
        let mut fields = Map::new();
        if let Some(title) = &edit.title {
            fields.insert("summary".to_owned(), json!(title));
        }
        if let Some(assignees) = &edit.assignees {
            let assignee = assignees.first().map(String::as_str);
            fields.insert("assignee".to_owned(), self.person_named(assignee).await?);
        }
        if let Some(due_on) = &edit.due_on {
            fields.insert("duedate".to_owned(), json!(due_on));
        }
        if fields.is_empty() {
            return Ok(());
        }
        let path = format!("/issue/{}", quoted(key));
        let body = json!({ "fields": fields });
        self.ask(Method::PUT, &path, Some(&body)).await.map(drop)
    }
}

impl Tracker for Jira {
    fn check(&self) -> Outcome<'_, ()> {
        Box::pin(async {
            if self.here().await?.get("archived").and_then(Value::as_bool) == Some(true) {
                return Err(Failure::ReadOnly);
            }
            let needed = ["BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES"];
            let path = format!(
                "/mypermissions?projectKey={}&permissions={}",
                quoted(&self.project),
                needed.join(",")
            );
            let answer = self.ask(Method::GET, &path, None).await?;
            let has = |name: &&str| {
                let pointer = format!("/permissions/{name}/havePermission");
                answer.pointer(&pointer).and_then(Value::as_bool) == Some(true)
            };
            match needed.iter().all(has) {
                true => Ok(()),
                false => Err(Failure::Forbidden),
            }
        })
    }

    fn renamed(&self) -> Outcome<'_, Option<String>> {
        Box::pin(async {
            let key = text(self.here().await?, "/key");
            Ok((key != self.project && project(&key).is_ok()).then_some(key))
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue> {
        Box::pin(self.issue(id))
    }

    fn made<'a>(&'a self, _: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(self.search("created", since, "DESC", page))
    }

    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let (kind, form) = self.form().await?;
            // A label of Jira has no spaces.
            let mut labels: Vec<String> = draft.labels.iter().map(|label| label.replace(' ', "-")).collect();
            if !form.contains_key("description") {
                labels.push(draft.marker.clone());
            }
            if !form.contains_key("description") && !form.contains_key("labels") {
                let sentence =
                    "the screen on which issues are made has neither a description nor labels; add one of them.";
                return Err(Failure::Refused(sentence.to_owned()));
            }
            let has_priority = form.get("priority").and_then(|field| field.get("allowedValues"));
            let has_priority = has_priority.and_then(Value::as_array);
            let wanted = priority(draft.priority);
            let has_priority = has_priority.is_some_and(|known| known.iter().any(|known| named(known, wanted)));
            let mut fields = Map::from_iter([
                ("project".to_owned(), json!({ "key": self.project })),
                ("issuetype".to_owned(), json!({ "id": kind })),
                ("summary".to_owned(), json!(draft.title)),
            ]);
            let more = [
                ("description", json!(draft.body), true),
                ("labels", json!(labels), !labels.is_empty()),
                ("priority", json!({ "name": wanted }), has_priority),
                (
                    "assignee",
                    self.person_named(draft.assignee.as_deref()).await?,
                    draft.assignee.is_some(),
                ),
                ("duedate", json!(draft.due_on), draft.due_on.is_some()),
            ];
            let said = more
                .into_iter()
                .filter(|(name, _, is_said)| *is_said && form.contains_key(*name));
            fields.extend(said.map(|(name, value, _)| (name.to_owned(), value)));
            let body = json!({ "fields": fields });
            let made = self.ask(Method::POST, "/issue", Some(&body)).await?;
            let key = made.get("key").and_then(Value::as_str).ok_or(Failure::Unreadable)?;
            // Whatever is wrong now, it is made.
            self.issue(key).await.map_err(|failure| match failure {
                Failure::Refused(_) => Failure::Unreadable,
                other => other,
            })
        })
    }

    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let word = edit.status.as_deref();
            let closes = word.is_some_and(|word| self.is_end(word));
            // What is closed can often not be edited: first opened or last closed.
            if let Some(word) = word.filter(|_| !closes) {
                self.go(id, word).await?;
            }
            self.put(id, edit).await?;
            if let Some(word) = word.filter(|_| closes) {
                self.go(id, word).await?;
            }
            self.issue(id).await
        })
    }

    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>> {
        Box::pin(async move {
            let (by, name) = match self.is_cloud().await? {
                true => ("query", "/accountId"),
                false => ("username", "/name"),
            };
            let path = format!("/user/search?{by}={}", quoted(email));
            let answer = self.ask(Method::GET, &path, None).await?;
            let found = answer.as_array().ok_or(Failure::Unreadable)?;
            Ok(with_email(found, email, "/emailAddress", name))
        })
    }

    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(self.search("updated", since, "ASC", page))
    }
}
