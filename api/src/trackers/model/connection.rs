//! Connections before they are stored.

use std::collections::BTreeSet;

use entity::{
    enums::{ClosureReason, RecommendationStatus, TrackerKind},
    ids::UserId,
};
use serde::{Deserialize, Serialize};

use super::statuses::{MAPPABLE, StatusMap};
use crate::platform::{
    error::{Error, Problems},
    text,
};

/// The most mappings of one connection.
const MOST: usize = 500;

/// The fewest characters of a secret: whoever knows a notice and its signature may try as many as they like.
const SECRET_CHARS: usize = 16;

/// A secret of the webhooks that come in; none that can be guessed.
pub fn inbound_secret(given: &str) -> Result<String, Error> {
    let given = text::line("inboundSecret", given, 1_000)?;
    if given.chars().count() < SECRET_CHARS {
        return Err(Error::invalid(
            "inboundSecret",
            "TOO_SHORT",
            format!("Give a secret of at least {SECRET_CHARS} characters that nobody can guess."),
        ));
    }
    Ok(given)
}

/// Who a user is in a tracker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// What the tracker calls them.
    pub external: String,
    /// Who that is.
    pub user_id: UserId,
}

/// A connection as admins describe it, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whose tracker.
    pub kind: TrackerKind,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub base_url: String,
    /// Which project there.
    pub project: String,
    /// Whether acceptance makes an issue.
    pub auto_create: bool,
    /// Whether anything is kept in step.
    pub is_enabled: bool,
    /// Also what stands under RESTRICTED reports.
    pub includes_restricted: bool,
    /// The tracker's statuses.
    pub statuses: StatusMap,
    /// Who is who.
    pub people: Vec<Person>,
}

/// What is to be another way; none keeps. It shows itself to nobody: it may hold secrets.
#[derive(Clone, Default)]
pub struct ConnectionPatch {
    /// What people call it.
    pub name: Option<String>,
    /// Whether acceptance makes an issue.
    pub auto_create: Option<bool>,
    /// Whether anything is kept in step.
    pub is_enabled: Option<bool>,
    /// Also what stands under RESTRICTED reports.
    pub includes_restricted: Option<bool>,
    /// The tracker's statuses.
    pub statuses: Option<StatusMap>,
    /// Who is who.
    pub people: Option<Vec<Person>>,
    /// Another token.
    pub token: Option<String>,
    /// Another secret of the webhooks that come in.
    pub inbound_secret: Option<String>,
}

impl ConnectionPatch {
    /// What it makes of a connection.
    pub fn apply(&self, mut connection: Connection) -> Connection {
        let patch = self.clone();
        connection.name = patch.name.unwrap_or(connection.name);
        connection.auto_create = patch.auto_create.unwrap_or(connection.auto_create);
        connection.is_enabled = patch.is_enabled.unwrap_or(connection.is_enabled);
        connection.includes_restricted = patch.includes_restricted.unwrap_or(connection.includes_restricted);
        connection.statuses = patch.statuses.unwrap_or(connection.statuses);
        connection.people = patch.people.unwrap_or(connection.people);
        connection
    }
}

impl Connection {
    /// Notes what is wrong with it.
    pub fn check(mut self, problems: &mut Problems) -> Self {
        self.name = problems.take(text::line("name", &self.name, 100)).unwrap_or_default();
        self.project = problems
            .take(text::line("project", &self.project, 200))
            .unwrap_or_default();
        let base_url = problems.take(text::url("baseUrl", &self.base_url)).unwrap_or_default();
        base_url.trim_end_matches('/').clone_into(&mut self.base_url);
        self.check_statuses(problems);
        self.check_people(problems);
        self
    }

    fn check_statuses(&self, problems: &mut Problems) {
        let mut known = BTreeSet::new();
        for (position, mapping) in self.statuses.0.iter().enumerate() {
            let path = |field: &str| format!("statusMap.{position}.{field}");
            if mapping.external.trim().is_empty() || !known.insert(mapping.external.to_lowercase()) {
                problems.add(path("external"), "NOT_UNIQUE", "Name each status of the tracker once.");
            }
            if !MAPPABLE.contains(&mapping.status) {
                problems.add(
                    path("status"),
                    "NOT_MAPPABLE",
                    "A tracker's status means ACCEPTED, IN_PROGRESS, BLOCKED, IMPLEMENTED or DECLINED.",
                );
            }
            let is_declined = mapping.status == RecommendationStatus::Declined;
            let reason = mapping.closure_reason;
            if is_declined != reason.is_some() || reason == Some(ClosureReason::RiskAccepted) {
                problems.add(
                    path("closureReason"),
                    "WRONG_REASON",
                    "Give a reason with DECLINED, and only there; RISK_ACCEPTED needs a date, which a tracker does not give.",
                );
            }
        }
        for needed in [
            RecommendationStatus::Accepted,
            RecommendationStatus::Implemented,
            RecommendationStatus::Declined,
        ] {
            if !self.statuses.0.iter().any(|mapping| mapping.status == needed) {
                problems.add(
                    "statusMap",
                    "INCOMPLETE",
                    format!("Say which status of the tracker means {needed}."),
                );
            }
        }
        if self.statuses.0.len() > MOST {
            problems.add("statusMap", "TOO_MANY", format!("Give at most {MOST} statuses."));
        }
    }

    fn check_people(&self, problems: &mut Problems) {
        let (mut names, mut users) = (BTreeSet::new(), BTreeSet::new());
        for (position, person) in self.people.iter().enumerate() {
            let is_new = names.insert(person.external.to_lowercase()) && users.insert(person.user_id);
            if person.external.trim().is_empty() || !is_new {
                problems.add(
                    format!("userMap.{position}"),
                    "NOT_UNIQUE",
                    "Name each user, and each name in the tracker, once.",
                );
            }
        }
        if self.people.len() > MOST {
            problems.add("userMap", "TOO_MANY", format!("Give at most {MOST} users."));
        }
    }

    /// What the tracker calls a user.
    pub fn external_of(&self, user: UserId) -> Option<&str> {
        let found = self.people.iter().find(|person| person.user_id == user);
        found.map(|person| person.external.as_str())
    }

    /// Whom the tracker means.
    pub fn user_of(&self, external: &str) -> Option<UserId> {
        let same = |person: &&Person| person.external.eq_ignore_ascii_case(external);
        self.people.iter().find(same).map(|person| person.user_id)
    }
}
