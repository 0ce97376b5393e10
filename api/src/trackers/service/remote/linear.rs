//! Linear. GraphQL; the documents are in the folder `linear`, and a test holds them against Linear's schema.

use chrono::{DateTime, Utc};
use entity::enums::{ClosureReason, Priority, RecommendationStatus};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Assignee, Draft, Edit, Failure, Hook, Issue, Outcome, Pages, Provider, Told, Tracker, Wire, below, day,
    failure::whole, moment, pages::SIZES, text, with_email,
};
use crate::{
    platform::{outbound::Answer, secret::Secret},
    trackers::model::{Connection, Mapping, issue_text::Markup, statuses::mapping},
};

/// What there is to know of it.
pub(super) static PROVIDER: Provider = Provider {
    name: "Linear",
    home: Some(HOME),
    has_due_dates: true,
    markup: Markup::Markdown,
    text_units: usize::MAX,
    label_chars: usize::MAX,
    statuses,
    has_these_only: false,
    project,
    issue_at,
    is_genuine: |hook, secret| hook.is_signed("linear-signature", "", secret),
    delivery: |hook: &Hook<'_>| hook.header("linear-delivery").map(str::to_owned),
    told,
    open: |connection, token, wire| Box::new(Linear::new(connection, &token, wire)),
};

const HOME: &str = "https://linear.app";

/// How many issues a page has at most.
const PAGE: usize = 50;

const TEAM: &str = include_str!("linear/team.graphql");
const LABELS: &str = include_str!("linear/labels.graphql");
const PERSON: &str = include_str!("linear/person.graphql");
const ISSUE: &str = concat!(
    include_str!("linear/issue.graphql"),
    include_str!("linear/shown.graphql")
);
const ISSUES: &str = concat!(
    include_str!("linear/issues.graphql"),
    include_str!("linear/shown.graphql")
);
const PASSED: &str = include_str!("linear/passed.graphql");
const CREATE: &str = concat!(
    include_str!("linear/create.graphql"),
    include_str!("linear/shown.graphql")
);
const UPDATE: &str = concat!(
    include_str!("linear/update.graphql"),
    include_str!("linear/shown.graphql")
);

/// The states that a new team has.
fn statuses() -> Vec<Mapping> {
    let plain = |word: &str, status| mapping(word, status, None);
    vec![
        plain("Todo", RecommendationStatus::Accepted),
        plain("Backlog", RecommendationStatus::Accepted),
        plain("Triage", RecommendationStatus::Accepted),
        plain("In Progress", RecommendationStatus::InProgress),
        plain("In Review", RecommendationStatus::InProgress),
        plain("Done", RecommendationStatus::Implemented),
        mapping(
            "Canceled",
            RecommendationStatus::Declined,
            Some(ClosureReason::Rejected),
        ),
        mapping(
            "Duplicate",
            RecommendationStatus::Declined,
            Some(ClosureReason::Duplicate),
        ),
    ]
}

fn project(name: &str) -> Result<(), &'static str> {
    let is_key = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    match !name.is_empty() && name.bytes().all(is_key) {
        true => Ok(()),
        false => Err("A project of Linear is a team, named by its key, such as ENG."),
    }
}

fn issue_at(connection: &Connection, url: &Url) -> Option<String> {
    match below(&connection.base_url, url)?.as_slice() {
        [_, "issue", key, ..] => super::key(&connection.project, key),
        _ => None,
    }
}

fn issue_of(value: &Value) -> Option<Issue> {
    let key = value.get("identifier")?.as_str()?.to_owned();
    let assignee = value
        .get("assignee")
        .and_then(|person| Assignee::of(person, "/id", "/email"));
    Some(Issue {
        id: key.clone(),
        key,
        url: text(value, "/url"),
        title: value.get("title")?.as_str()?.to_owned(),
        status: value.pointer("/state/name")?.as_str()?.to_owned(),
        assignees: assignee.into_iter().collect(),
        due_on: Some(day(value, "/dueDate")),
        body: text(value, "/description"),
    })
}

/// A notice says less of people and addresses than the API does, so only the key is taken from it.
fn told(_: &Connection, body: &Value) -> Option<Told> {
    if text(body, "/type") != "Issue" {
        return None;
    }
    let id = body.pointer("/data/identifier")?.as_str()?.to_owned();
    Some(Told { id, issue: None })
}

/// Urgent, high, medium and low.
fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::P0 => 1,
        Priority::P1 => 2,
        Priority::P2 => 3,
        Priority::P3 | Priority::P4 => 4,
    }
}

/// Whether an error is the fault of Linear itself. Those pass.
fn is_its_own(error: &Value) -> bool {
    let code = text(error, "/extensions/code");
    let kind = text(error, "/extensions/type").to_ascii_lowercase();
    code == "INTERNAL_SERVER_ERROR" || matches!(kind.as_str(), "internal error" | "lock timeout")
}

/// A team, and what its states are called.
struct Team {
    id: String,
    states: Vec<(String, String)>,
}

impl Team {
    fn state(&self, name: &str) -> Result<&str, Failure> {
        let found = self.states.iter().find(|(_, own)| own.eq_ignore_ascii_case(name));
        let found = found.map(|(id, _)| id.as_str());
        found.ok_or_else(|| Failure::Refused(format!("the team has no state {name}; name another one in statusMap.")))
    }
}

struct Linear {
    api: String,
    project: String,
    headers: Vec<(&'static str, String)>,
    wire: Wire,
}

impl Linear {
    /// A key of a person goes as it is, a token of OAuth as a bearer's.
    fn new(connection: &Connection, token: &Secret, wire: Wire) -> Self {
        let token = token.reveal();
        let authorization = match token.starts_with("lin_api_") {
            true => token.to_owned(),
            false => format!("Bearer {token}"),
        };
        Self {
            api: match connection.base_url.as_str() {
                HOME => "https://api.linear.app/graphql".to_owned(),
                own => format!("{own}/graphql"),
            },
            project: connection.project.clone(),
            headers: vec![("authorization", authorization)],
            wire,
        }
    }

    /// Errors come with status 200 or 400; what they mean stands in them. Of a server that fails they mean nothing.
    async fn ask(&self, document: &str, variables: Value) -> Result<Value, Failure> {
        let body = json!({ "query": document, "variables": variables });
        let answer = self
            .wire
            .send(Method::POST, &self.api, &self.headers, Some(&body))
            .await?;
        let read: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let errors = read.as_ref().and_then(|read| read.get("errors")?.as_array());
        let errors = errors.filter(|_| answer.status < 500);
        let errors = errors.map(Vec::as_slice).unwrap_or_default();
        // One of its own says more than what follows from it.
        if let Some(error) = errors.iter().find(|error| is_its_own(error)).or(errors.first()) {
            return Err(self.failure(&answer, error));
        }
        self.wire.read(&answer)?;
        let data = read.and_then(|mut read| read.get_mut("data").map(Value::take));
        data.ok_or(Failure::Unreadable)
    }

    fn failure(&self, answer: &Answer, error: &Value) -> Failure {
        let code = text(error, "/extensions/code");
        let said = match text(error, "/extensions/userPresentableMessage") {
            said if said.is_empty() => text(error, "/message"),
            said => said,
        };
        match code.as_str() {
            "RATELIMITED" => Failure::Busy(self.reset(answer)),
            "AUTHENTICATION_ERROR" => Failure::Unauthorised,
            "FORBIDDEN" => Failure::Forbidden,
            _ if is_its_own(error) => Failure::Faulty,
            _ if text(error, "/message").starts_with("Entity not found: Issue") => Failure::Gone,
            _ => Failure::Refused(said.chars().take(300).collect()),
        }
    }

    /// When there is more, which is told in milliseconds; else in a minute.
    fn reset(&self, answer: &Answer) -> DateTime<Utc> {
        let names = ["x-ratelimit-requests-reset", "x-ratelimit-complexity-reset"];
        let at = names.iter().filter_map(|name| whole(answer.header(name)?)).max();
        let at = at.map(|at| DateTime::from_timestamp_millis(at.max(0)).unwrap_or(DateTime::<Utc>::MAX_UTC));
        Failure::pause_until(at, self.wire.now())
    }

    fn issue_in(&self, value: Option<&Value>) -> Result<Issue, Failure> {
        let value = value.filter(|value| !value.is_null()).ok_or(Failure::Gone)?;
        if value.get("trashed").and_then(Value::as_bool) == Some(true) {
            return Err(Failure::Gone);
        }
        if text(value, "/team/key") != self.project {
            return Err(Failure::Moved);
        }
        issue_of(value).ok_or(Failure::Unreadable)
    }

    async fn team(&self) -> Result<Team, Failure> {
        let answer = self.ask(TEAM, json!({ "key": self.project })).await?;
        let team = answer.pointer("/teams/nodes/0").ok_or(Failure::NoProject)?;
        if team.get("retiredAt").is_some_and(|at| !at.is_null()) {
            return Err(Failure::ReadOnly);
        }
        let states = team.pointer("/states/nodes").and_then(Value::as_array);
        let states = states.into_iter().flatten();
        Ok(Team {
            id: text(team, "/id"),
            states: states.map(|state| (text(state, "/id"), text(state, "/name"))).collect(),
        })
    }

    /// The labels that there are; none is made.
    async fn labels(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self
            .ask(LABELS, json!({ "names": names, "team": self.project }))
            .await?;
        let found = answer.pointer("/issueLabels/nodes").and_then(Value::as_array);
        Ok(found.into_iter().flatten().map(|label| text(label, "/id")).collect())
    }

    async fn page(&self, filter: Value, page: Option<&str>) -> Result<Pages, Failure> {
        let mut filter = filter;
        filter["team"] = json!({ "key": { "eq": self.project } });
        for size in SIZES.into_iter().filter(|size| *size <= PAGE) {
            match self.part(ISSUES, &filter, size, page).await {
                Err(Failure::TooLarge) => {}
                answer => return answer,
            }
        }
        // Only Linear knows where the page begins that comes after it.
        let passed = self.part(PASSED, &filter, 1, page).await?;
        Ok(Pages {
            issues: Vec::new(),
            is_whole: false,
            ..passed
        })
    }

    async fn part(&self, document: &str, filter: &Value, size: usize, page: Option<&str>) -> Result<Pages, Failure> {
        let variables = json!({ "filter": filter, "first": size, "after": page });
        let answer = self.ask(document, variables).await?;
        let found = answer.pointer("/issues/nodes").and_then(Value::as_array);
        let found = found.ok_or(Failure::Unreadable)?;
        let has_more = answer.pointer("/issues/pageInfo/hasNextPage").and_then(Value::as_bool);
        let end = answer.pointer("/issues/pageInfo/endCursor").and_then(Value::as_str);
        Ok(Pages {
            issues: found
                .iter()
                .filter_map(|issue| self.issue_in(Some(issue)).ok())
                .collect(),
            next: end.filter(|_| has_more == Some(true)).map(str::to_owned),
            is_whole: true,
        })
    }

    /// Linear assigns by id; the map of users may have addresses too.
    async fn assignee(&self, name: &str) -> Result<String, Failure> {
        match name.contains('@') {
            false => Ok(name.to_owned()),
            true => {
                let found = self.person(name).await?;
                found.ok_or_else(|| Failure::Refused(format!("there is no user {name}.")))
            }
        }
    }
}

impl Tracker for Linear {
    fn check(&self) -> Outcome<'_, ()> {
        Box::pin(async { self.team().await.map(drop) })
    }

    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let answer = self.ask(ISSUE, json!({ "id": id })).await?;
            self.issue_in(answer.get("issue"))
        })
    }

    fn made<'a>(&'a self, marker: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move {
            let filter = json!({ "createdAt": { "gte": moment(since) }, "description": { "contains": marker } });
            self.page(filter, page).await
        })
    }

    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let team = self.team().await?;
            let assignee = match &draft.assignee {
                Some(name) => Some(self.assignee(name).await?),
                None => None,
            };
            let input = json!({
                "teamId": team.id,
                "title": draft.title,
                "description": draft.body,
                "assigneeId": assignee,
                "labelIds": self.labels(&draft.labels).await?,
                "priority": priority(draft.priority),
                "dueDate": draft.due_on,
            });
            let answer = self.ask(CREATE, json!({ "input": input })).await?;
            self.issue_in(answer.pointer("/issueCreate/issue"))
        })
    }

    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue> {
        Box::pin(async move {
            let mut input = Map::new();
            let mut put = |name: &str, value: Value| drop(input.insert(name.to_owned(), value));
            if let Some(title) = &edit.title {
                put("title", json!(title));
            }
            if let Some(status) = &edit.status {
                put("stateId", json!(self.team().await?.state(status)?));
            }
            if let Some(assignees) = &edit.assignees {
                put(
                    "assigneeId",
                    match assignees.first() {
                        Some(name) => json!(self.assignee(name).await?),
                        None => Value::Null,
                    },
                );
            }
            if let Some(due_on) = &edit.due_on {
                put("dueDate", json!(due_on));
            }
            let answer = self.ask(UPDATE, json!({ "id": id, "input": input })).await?;
            self.issue_in(answer.pointer("/issueUpdate/issue"))
        })
    }

    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>> {
        Box::pin(async move {
            let answer = self.ask(PERSON, json!({ "email": email })).await?;
            let found = answer.pointer("/users/nodes").and_then(Value::as_array);
            Ok(found.and_then(|found| with_email(found, email, "/email", "/id")))
        })
    }

    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages> {
        Box::pin(async move { self.page(json!({ "updatedAt": { "gte": moment(since) } }), page).await })
    }
}
