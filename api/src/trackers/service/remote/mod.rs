//! The trackers themselves: one file for each behind one trait, and the call that all of them make.

mod failure;
mod github;
mod gitlab;
mod jira;
mod linear;
mod pages;
mod redmine;
mod wire;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use entity::enums::{Priority, TrackerKind};
use futures_util::future::BoxFuture;
use ring::hmac;
use serde_json::Value;
use url::Url;

pub use failure::{Failure, LIMITED};
pub use pages::Pages;
pub use wire::Wire;

use crate::{
    platform::secret::Secret,
    trackers::model::{Connection, Mapping, issue_text::Markup},
};

/// Somebody who does it, there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// What the API calls them. Not what they call themselves: anybody can choose that.
    pub name: String,
    /// Their e-mail address, where the tracker vouches for it.
    pub email: Option<String>,
}

impl Assignee {
    /// By parts of an answer.
    fn of(person: &Value, name: &str, email: &str) -> Option<Self> {
        let email = text(person, email);
        let name = match person.pointer(name)? {
            Value::String(name) if !name.is_empty() => name.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(Self {
            name,
            email: (!email.is_empty()).then_some(email),
        })
    }
}

/// An issue as the tracker shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What its API calls it.
    pub id: String,
    /// What people call it.
    pub key: String,
    /// Where it is seen.
    pub url: String,
    /// The title.
    pub title: String,
    /// The tracker's word for where it stands.
    pub status: String,
    /// Who do it.
    pub assignees: Vec<Assignee>,
    /// By when; the outer none: this tracker has no due dates.
    pub due_on: Option<Option<NaiveDate>>,
    /// What it says, where that was asked for.
    pub body: String,
}

/// An issue to make.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// What stands in the text, by which it is found again.
    pub marker: String,
    /// Labels.
    pub labels: Vec<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// Who does it, as the tracker calls them.
    pub assignee: Option<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// What to change of an issue; none keeps.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The title.
    pub title: Option<String>,
    /// The tracker's word for where it stands.
    pub status: Option<String>,
    /// Who do it, as the tracker calls them. Some trackers know one only: the first.
    pub assignees: Option<Vec<String>>,
    /// By when, or no longer by any day.
    pub due_on: Option<Option<NaiveDate>>,
}

/// What becomes of a call.
pub type Outcome<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// A project of a tracker that can be asked.
pub trait Tracker: Send + Sync {
    /// Can the project be read and written? Changes nothing.
    fn check(&self) -> Outcome<'_, ()>;
    /// What the project is called by now, where that is another name of the same project and its issues are called by it too.
    fn renamed(&self) -> Outcome<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
    /// Reads an issue.
    fn read<'a>(&'a self, id: &'a str) -> Outcome<'a, Issue>;
    /// What was made since a moment, the latest first; as far as the tracker can tell, only what has this in its text.
    fn made<'a>(&'a self, marker: &'a str, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages>;
    /// Finds an issue that we made after a moment, by what stands in it.
    fn find<'a>(&'a self, marker: &'a str, since: DateTime<Utc>) -> Outcome<'a, Option<Issue>> {
        Box::pin(async move {
            let mut page = None;
            loop {
                let found = self.made(marker, since, page.as_deref()).await?;
                let ours = found.issues.into_iter().find(|issue| issue.body.contains(marker));
                page = found.next;
                if ours.is_some() || page.is_none() {
                    return Ok(ours);
                }
            }
        })
    }
    /// Makes an issue.
    fn create<'a>(&'a self, draft: &'a Draft) -> Outcome<'a, Issue>;
    /// Changes an issue, and reads it afterwards.
    fn edit<'a>(&'a self, id: &'a str, edit: &'a Edit) -> Outcome<'a, Issue>;
    /// What the tracker calls the person with an e-mail address, if it tells.
    fn person<'a>(&'a self, email: &'a str) -> Outcome<'a, Option<String>>;
    /// What has changed since a moment, the oldest change first.
    fn changed<'a>(&'a self, since: DateTime<Utc>, page: Option<&'a str>) -> Outcome<'a, Pages>;
}

/// A request that came in, with its headers in lower case.
pub struct Hook<'a> {
    /// The headers.
    pub headers: &'a BTreeMap<String, String>,
    /// The body as it came.
    pub body: &'a [u8],
}

impl Hook<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Is this header the HMAC-SHA256 of the body, in hexadecimal?
    fn is_signed(&self, header: &str, prefix: &str, secret: &Secret) -> bool {
        let given = self.header(header).and_then(|text| text.strip_prefix(prefix));
        let Some(given) = given.and_then(bytes_of) else {
            return false;
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
        hmac::verify(&key, self.body, &given).is_ok()
    }
}

/// What hexadecimal says. "+f" is none, though it is a number.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which issue.
    pub id: String,
    /// How it stands, where the notice says all of it.
    pub issue: Option<Issue>,
}

/// What there is to know of a kind of tracker before it is called.
pub struct Provider {
    /// What people call it.
    pub name: &'static str,
    /// Where it is, unless it is somebody's own.
    pub home: Option<&'static str>,
    /// Whether issues have due dates.
    pub has_due_dates: bool,
    /// How texts are written there.
    pub markup: Markup,
    /// The longest text that it takes, in units of UTF-16.
    pub text_units: usize,
    /// The longest label that it takes, in characters.
    pub label_chars: usize,
    /// Its statuses, unless somebody says otherwise.
    pub statuses: fn() -> Vec<Mapping>,
    /// Whether it has these statuses and no others.
    pub has_these_only: bool,
    /// What is wrong with how a project is named; a sentence.
    pub project: fn(&str) -> Result<(), &'static str>,
    /// The id of the issue at an address, if it is one of the project.
    pub issue_at: fn(&Connection, &Url) -> Option<String>,
    /// Whether a request that came in is the tracker's.
    pub is_genuine: fn(&Hook<'_>, &Secret) -> bool,
    /// The id of a request that came in; one that comes twice has it twice.
    pub delivery: fn(&Hook<'_>) -> Option<String>,
    /// What a notice is about, if it is about an issue.
    pub told: fn(&Connection, &Value) -> Option<Told>,
    /// A project that can be asked.
    pub open: fn(&Connection, Secret, Wire) -> Box<dyn Tracker>,
}

/// Of a kind.
pub fn provider(kind: TrackerKind) -> &'static Provider {
    match kind {
        TrackerKind::Github => &github::PROVIDER,
        TrackerKind::Gitlab => &gitlab::PROVIDER,
        TrackerKind::Jira => &jira::PROVIDER,
        TrackerKind::Linear => &linear::PROVIDER,
        TrackerKind::Redmine => &redmine::PROVIDER,
    }
}

/// A text of an answer, or "".
fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A day of an answer.
fn day(value: &Value, pointer: &str) -> Option<NaiveDate> {
    value.pointer(pointer).and_then(Value::as_str)?.parse().ok()
}

/// The path of an address below another, taken apart; none when it lies elsewhere.
fn below<'a>(base_url: &str, url: &'a Url) -> Option<Vec<&'a str>> {
    let base = Url::parse(base_url).ok()?;
    let same = base.scheme() == url.scheme() && base.host() == url.host();
    if !same || base.port_or_known_default() != url.port_or_known_default() {
        return None;
    }
    let parts = |url: &'a Url| url.path_segments().map(|parts| parts.filter(|part| !part.is_empty()));
    let own: Vec<String> = base
        .path_segments()?
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let path: Vec<&str> = parts(url)?.collect();
    let is_below = path.len() >= own.len() && own.iter().zip(&path).all(|(own, part)| own == part);
    is_below.then(|| path[own.len()..].to_vec())
}

/// The name of whoever of some people has an address. What was found by it may only begin with it, or be found by something else.
fn with_email(found: &[Value], email: &str, at: &str, name: &str) -> Option<String> {
    let mut people = found.iter().filter_map(|person| Assignee::of(person, name, at));
    let has = |person: &Assignee| {
        person
            .email
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(email))
    };
    people.find(has).map(|person| person.name)
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A number as it is always written.
fn number(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u64>()
        .ok()
        .filter(|_| is_plain)
        .map(|number| number.to_string())
}

/// The key of an issue of a project, such as WID-12, as it is always written.
fn key(project: &str, text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let number = number(text.strip_prefix(project)?.strip_prefix('-')?)?;
    Some(format!("{project}-{number}"))
}
