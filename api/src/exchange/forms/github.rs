//! Issues as GitHub's REST API has them (`GET /repos/{owner}/{repository}/issues`), a list or one; and as `gh issue list --json` does.
//!
//! The text of an issue is read like any document. Its title, labels, date and address are known without reading.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    exchange::import::{self, ImportedReport, ImportedSeverity},
    platform::error::Error,
};

/// The most issues of one file.
const ISSUES: usize = 10_000;

/// What a file has.
pub struct Issues {
    /// The issues, in the order of the file; one that cannot be read is a sentence.
    pub issues: Vec<Result<Issue, String>>,
    /// How many pull requests were passed over: the API has them among the issues.
    pub pull_requests: usize,
}

/// One issue, read.
pub struct Issue {
    /// Its address: by it the issue is known again.
    pub url: String,
    /// All that was read of it, as text: by it a change is known.
    pub content: String,
    /// What it became.
    pub read: ImportedReport,
}

#[derive(Deserialize)]
struct Raw {
    html_url: Option<String>,
    url: Option<String>,
    number: u64,
    #[serde(default)]
    title: String,
    body: Option<String>,
    #[serde(alias = "createdAt")]
    created_at: Option<DateTime<Utc>>,
    #[serde(alias = "closedAt")]
    closed_at: Option<DateTime<Utc>>,
    #[serde(alias = "author")]
    user: Option<Login>,
    #[serde(default)]
    assignees: Vec<Login>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Login {
    login: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Object { name: Option<String> },
}

/// The issues of a text; none when it is something else. A list of nothing is one of no issues: so GitHub answers when nothing fits.
pub fn issues(text: &str) -> Option<Result<Issues, Error>> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with(['[', '{']) {
        return None;
    }
    let list = match serde_json::from_str(text).ok()? {
        Value::Array(list) => list,
        one @ Value::Object(_) => vec![one],
        _ => return None,
    };
    let is_issue = |value: &Value| {
        value.get("number").is_some_and(Value::is_u64)
            && value.get("title").is_some_and(Value::is_string)
            && (value.get("html_url").is_some() || value.get("url").is_some())
    };
    if list.first().is_some_and(|first| !is_issue(first)) {
        return None;
    }
    if list.len() > ISSUES {
        let message = format!(
            "There are {} issues in this file; at most {ISSUES} can be imported at once.",
            list.len()
        );
        return Some(Err(Error::invalid("issues", "TOO_MANY", message)));
    }
    let (pull_requests, issues): (Vec<Value>, Vec<Value>) = list
        .into_iter()
        .partition(|value| value.get("pull_request").is_some_and(|link| !link.is_null()));
    Some(Ok(Issues {
        issues: issues
            .into_iter()
            .enumerate()
            .map(|(index, value)| issue(index + 1, value))
            .collect(),
        pull_requests: pull_requests.len(),
    }))
}

fn issue(number: usize, value: Value) -> Result<Issue, String> {
    let raw: Raw = serde_json::from_value(value).map_err(|problem| format!("issue {number} of the file: {problem}"))?;
    let url = raw
        .html_url
        .or(raw.url)
        .filter(|url| crate::platform::text::url("url", url).is_ok());
    let url = url.ok_or_else(|| format!("issue {number} of the file has no address; it needs html_url"))?;
    let labels: Vec<String> = raw
        .labels
        .into_iter()
        .filter_map(|label| match label {
            Label::Name(name) => Some(name),
            Label::Object { name } => name,
        })
        .collect();
    let body = raw.body.unwrap_or_default();
    let title = match raw.title.trim() {
        "" => format!("Issue {}", raw.number),
        title => title.to_owned(),
    };
    let content = format!("{title}\n{}\n{body}", labels.join("\n"));
    let mut read = import::parse(&format!("{title}.md"), &body);
    // The body of an issue has no title of its own, and nobody needs to be told where this one is from.
    read.warnings
        .retain(|warning| !warning.message.contains("taken from the file name"));
    read.title = title;
    if let Some(created_at) = raw.created_at {
        read.date = read.date.or(Some(created_at.date_naive()));
        if read.started_at.is_none() && !read.timeline.iter().any(|entry| entry.at.is_some()) {
            read.started_at = Some(created_at);
        }
    }
    if let Some(closed_at) = raw.closed_at {
        let closed = format!("The issue was closed on {}.", closed_at.date_naive());
        read.sections.background = [read.sections.background.trim(), closed.as_str()]
            .join("\n\n")
            .trim()
            .to_owned();
    }
    read.severity = read
        .severity
        .or_else(|| labels.iter().find_map(|label| severity(label)));
    for label in labels {
        if !read.labels.contains(&label) {
            read.labels.push(label);
        }
    }
    if let Some(user) = raw.user.filter(|user| !read.authors.contains(&user.login)) {
        read.authors.push(user.login);
    }
    for assignee in raw.assignees {
        if !read.responders.contains(&assignee.login) {
            read.responders.push(assignee.login);
        }
    }
    read.source_url = Some(url.clone());
    Ok(Issue { url, content, read })
}

/// `sev1`, `severity: 2`, `SEV-3`.
fn severity(label: &str) -> Option<ImportedSeverity> {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)^\W*sev(?:erity)?[\s:/_-]*(?:sev[\s_-]*)?([1-5])\W*$").ok());
    match PATTERN.as_ref()?.captures(label)?.get(1)?.as_str() {
        "1" => Some(ImportedSeverity::Sev1),
        "2" => Some(ImportedSeverity::Sev2),
        "3" => Some(ImportedSeverity::Sev3),
        "4" => Some(ImportedSeverity::Sev4),
        _ => Some(ImportedSeverity::Sev5),
    }
}
