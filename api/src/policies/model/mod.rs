//! A due policy, and which of several counts.

mod calendar;
mod checks;
mod presets;

use chrono::NaiveDate;
use entity::{
    enums::{PolicyTarget, Priority, RecommendationKind, Severity},
    ids::{DuePolicyId, TeamId},
};
use serde::Serialize;

pub use self::{calendar::due_day, checks::check, presets::Preset};

/// What a policy asks for. An empty list: any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conditions {
    /// Of the incident.
    pub severities: Vec<Severity>,
    /// Of the recommendation.
    pub priorities: Vec<Priority>,
    /// Of the recommendation.
    pub kinds: Vec<RecommendationKind>,
    /// Of the incident, or of the recommendation.
    pub teams: Vec<TeamId>,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub applies_to: PolicyTarget,
    /// When it counts.
    pub condition: Conditions,
    /// How many days there are.
    pub due_in_days: i64,
    /// Whether these are business days.
    pub business_days: bool,
    /// How long before the day to remind.
    pub remind_days_before: Vec<i64>,
    /// How long after the day to escalate.
    pub escalate_days_after: Vec<i64>,
}

/// A policy as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePolicy {
    /// Which one.
    pub id: DuePolicyId,
    /// The version of the list it stands in.
    pub version: i64,
    /// What it says.
    pub rule: Rule,
}

/// The whole list to set.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// One that is published.
    Preset(Preset),
    /// One of our own.
    Rules(Vec<Rule>),
}

/// What a due date is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// A report on an incident like this.
    Report {
        /// How bad the incident was.
        severity: Severity,
        /// Whose the incident is.
        team: Option<TeamId>,
    },
    /// A recommendation like this.
    Recommendation {
        /// How bad the incident was.
        severity: Severity,
        /// How urgent it is.
        priority: Priority,
        /// What it is meant to do.
        kind: RecommendationKind,
        /// Whose it is.
        team: Option<TeamId>,
    },
}

/// A due date by policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The day.
    #[serde(skip)]
    pub on: NaiveDate,
    /// Which policy set it.
    pub id: DuePolicyId,
    /// What that is called.
    pub name: String,
    /// The version of the list it stands in.
    pub version: i64,
}

impl Case {
    /// What the policies must be about.
    pub fn target(&self) -> PolicyTarget {
        match self {
            Self::Report { .. } => PolicyTarget::Report,
            Self::Recommendation { .. } => PolicyTarget::Recommendation,
        }
    }
}

fn admits<T: PartialEq>(allowed: &[T], value: Option<T>) -> bool {
    allowed.is_empty() || value.is_some_and(|value| allowed.contains(&value))
}

impl Rule {
    /// Does it count here?
    pub fn matches(&self, case: &Case) -> bool {
        let asks = &self.condition;
        let (severity, priority, kind, team) = match *case {
            Case::Report { severity, team } => (severity, None, None, team),
            Case::Recommendation {
                severity,
                priority,
                kind,
                team,
            } => (severity, Some(priority), Some(kind), team),
        };
        self.applies_to == case.target()
            && admits(&asks.severities, Some(severity))
            && admits(&asks.priorities, priority)
            && admits(&asks.kinds, kind)
            && admits(&asks.teams, team)
    }
}

/// The due date by the first policy that matches, counted from a day; none when none does. The holidays are in order.
pub fn first_match(policies: &[DuePolicy], case: &Case, from: NaiveDate, holidays: &[NaiveDate]) -> Option<Due> {
    let policy = policies.iter().find(|policy| policy.rule.matches(case))?;
    Some(Due {
        on: due_day(from, policy.rule.due_in_days, policy.rule.business_days, holidays),
        id: policy.id,
        name: policy.rule.name.clone(),
        version: policy.version,
    })
}
