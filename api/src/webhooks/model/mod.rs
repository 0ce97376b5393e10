//! Endpoints before they are stored, and what they are told of.

pub mod chat;
pub mod envelope;
pub mod retry;

use std::collections::BTreeSet;

use entity::{
    enums::{Severity, WebhookFormat},
    ids::TeamId,
};

use crate::{
    events::model::names,
    platform::{error::Problems, text},
};

/// The most patterns, teams or severities of one endpoint.
const MOST: usize = 50;

/// The event that `sendTestEvent` writes; it goes to the endpoint that it is about, whatever the filter says.
pub const TEST_EVENT: &str = "webhook_endpoint.tested";

/// An endpoint as admins describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where to.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Patterns.
    pub event_types: Vec<String>,
    /// Empty: any.
    pub teams: Vec<TeamId>,
    /// Empty: any.
    pub severities: Vec<Severity>,
    /// What is sent.
    pub format: WebhookFormat,
    /// Also of RESTRICTED reports.
    pub includes_restricted: bool,
    /// Whether anything is sent.
    pub is_enabled: bool,
}

/// What is to be another way; none keeps.
#[derive(Debug, Clone, Default)]
pub struct EndpointPatch {
    /// Where to.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Patterns.
    pub event_types: Option<Vec<String>>,
    /// Empty: any.
    pub teams: Option<Vec<TeamId>>,
    /// Empty: any.
    pub severities: Option<Vec<Severity>>,
    /// What is sent.
    pub format: Option<WebhookFormat>,
    /// Also of RESTRICTED reports.
    pub includes_restricted: Option<bool>,
    /// Whether anything is sent.
    pub is_enabled: Option<bool>,
}

impl EndpointPatch {
    /// The endpoint as it will be.
    pub fn apply(self, before: Endpoint) -> Endpoint {
        Endpoint {
            url: self.url.unwrap_or(before.url),
            description: self.description.unwrap_or(before.description),
            event_types: self.event_types.unwrap_or(before.event_types),
            teams: self.teams.unwrap_or(before.teams),
            severities: self.severities.unwrap_or(before.severities),
            format: self.format.unwrap_or(before.format),
            includes_restricted: self.includes_restricted.unwrap_or(before.includes_restricted),
            is_enabled: self.is_enabled.unwrap_or(before.is_enabled),
        }
    }
}

fn each_once<T: Ord>(values: Vec<T>) -> Vec<T> {
    values.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

impl Endpoint {
    /// The endpoint in its stored form; notes all that is wrong with it, but for what `url` stands for.
    pub fn check(self, problems: &mut Problems) -> Self {
        let url = problems.take(text::url("url", &self.url)).unwrap_or_default();
        let description = self.description.trim();
        let description = match description {
            "" => String::new(),
            some => problems.take(text::line("description", some, 200)).unwrap_or_default(),
        };
        let event_types = each_once(self.event_types);
        if event_types.is_empty() {
            problems.add("eventTypes", "REQUIRED", "Name at least one event type, or * for all.");
        }
        for (position, pattern) in event_types.iter().enumerate() {
            if pattern != "*" && names::meant_by(pattern).next().is_none() {
                problems.add(format!("eventTypes.{position}"), names::UNKNOWN, names::HOW_TO_NAME);
            }
        }
        let (teams, severities) = (each_once(self.teams), each_once(self.severities));
        for (path, length) in [("eventTypes", event_types.len()), ("filter.teamIds", teams.len())] {
            if length > MOST {
                problems.add(path, "TOO_MANY", format!("Name at most {MOST}."));
            }
        }
        Self {
            url,
            description,
            event_types,
            teams,
            severities,
            ..self
        }
    }

    /// Is it told of this? `about` is none when the event has neither team nor severity to filter by.
    pub fn wants(&self, event_type: &str, about: &About) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => event_type.starts_with(beginning),
            None => pattern == event_type,
        };
        let team = self.teams.is_empty() || about.team.is_some_and(|team| self.teams.contains(&team));
        let severity = self.severities.is_empty()
            || about
                .severity
                .is_some_and(|severity| self.severities.contains(&severity));
        team && severity && self.event_types.iter().any(fits)
    }
}

/// What filters look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    /// The team itself, or that of the thing, else that of its report, else that of the incident.
    pub team: Option<TeamId>,
    /// That of the incident.
    pub severity: Option<Severity>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(patterns: &[&str]) -> Endpoint {
        Endpoint {
            url: "https://example.org/".to_owned(),
            description: String::new(),
            event_types: patterns.iter().map(|text| (*text).to_owned()).collect(),
            teams: Vec::new(),
            severities: Vec::new(),
            format: WebhookFormat::Standard,
            includes_restricted: false,
            is_enabled: true,
        }
    }

    #[test]
    fn patterns() {
        for (patterns, event_type, told) in [
            (&["*"][..], "incident.created", true),
            (&["incident.*"], "incident.created", true),
            (&["incident.*"], "incidental.created", false),
            (&["recommendation.*", "incident.created"], "incident.created", true),
            (&["incident.created"], "incident.updated", false),
        ] {
            assert_eq!(
                endpoint(patterns).wants(event_type, &About::default()),
                told,
                "{patterns:?} {event_type}"
            );
        }
        for bad in [
            "",
            "**",
            "incident",
            "incident.",
            ".created",
            "*.created",
            "incident.cre*",
            "incidents.*",
            "incident.exploded",
            "Incident.created",
            "a.b.c",
        ] {
            let mut problems = Problems::default();
            endpoint(&[bad]).check(&mut problems);
            assert!(problems.finish().is_err(), "{bad}");
        }
    }

    #[test]
    fn filters_ask_for_what_is_there() {
        let about = About {
            team: None,
            severity: Some(Severity::Sev2),
        };
        let mut wants = endpoint(&["*"]);
        wants.severities = vec![Severity::Sev1, Severity::Sev2];
        assert!(wants.wants("incident.created", &about));
        assert!(!wants.wants("user.created", &About::default()));
        wants.teams = vec![TeamId(uuid::Uuid::nil())];
        assert!(!wants.wants("incident.created", &about));
    }
}
