//! What Jira shows of an issue, in an answer or in a notice.

use serde_json::Value;

use super::super::{Assignee, Issue, Told, day, text};
use super::ways::is_open;
use crate::trackers::model::{Connection, StatusMap};

/// An issue, wherever it stands. A resolution that the map knows is what it says; else its status is. One that a workflow has left on an
/// issue that was opened again says nothing.
pub(super) fn issue_of(base_url: &str, statuses: &StatusMap, value: &Value) -> Option<Issue> {
    let key = value.get("key")?.as_str()?.to_owned();
    let fields = value.get("fields")?;
    let status = fields.get("status")?;
    let resolution = fields.pointer("/resolution/name").and_then(Value::as_str);
    let resolution = resolution.filter(|name| !is_open(status) && statuses.meaning(name).is_some());
    let status = status.get("name")?.as_str()?;
    let assignee = fields.get("assignee").and_then(|person| {
        let by = |name| Assignee::of(person, name, "/emailAddress");
        by("/accountId").or_else(|| by("/name"))
    });
    // What may be changed is told where it was asked for. A project may do without due dates.
    let has_due_dates = match value.pointer("/editmeta/fields") {
        Some(editable) => editable.get("duedate").is_some(),
        None => fields.get("duedate").is_some(),
    };
    Some(Issue {
        id: key.clone(),
        url: format!("{base_url}/browse/{key}"),
        key,
        title: fields.get("summary")?.as_str()?.to_owned(),
        status: resolution.unwrap_or(status).to_owned(),
        assignees: assignee.into_iter().collect(),
        due_on: has_due_dates.then(|| day(fields, "/duedate")),
        // Where there is no description, the mark of an issue that we made is a label.
        body: format!(
            "{} {}",
            text(fields, "/description"),
            fields.get("labels").unwrap_or(&Value::Null)
        ),
    })
}

/// What a notice is about.
pub(super) fn told(connection: &Connection, body: &Value) -> Option<Told> {
    let issue = body.get("issue")?;
    let id = issue.get("key")?.as_str()?.to_owned();
    let is_gone = text(body, "/webhookEvent") == "jira:issue_deleted";
    let shown = || issue_of(&connection.base_url, &connection.statuses, issue);
    Some(Told {
        id,
        issue: (!is_gone).then(shown).flatten(),
    })
}
