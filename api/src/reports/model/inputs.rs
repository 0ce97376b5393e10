//! A report, its impact, its participants and its moments as they are given.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    enums::{ParticipantRole, TimelineEventKind, Visibility},
    ids::{IncidentId, TeamId, UserId},
};
use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use super::sections::{Section, Sections};
use crate::{
    incidents::model::NewIncident,
    platform::{
        error::{Error, Problems},
        text,
    },
};

/// Which incident a new report analyses.
#[derive(Debug, Clone)]
pub enum OfIncident {
    /// One that is recorded.
    Known(IncidentId),
    /// One to record with it.
    New(Box<NewIncident>),
}

/// A report to create.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// What it analyses.
    pub incident: OfIncident,
    /// Its title; the incident's when none.
    pub title: Option<String>,
    /// Who owes it.
    pub owner: Option<UserId>,
    /// Whose it is; the incident's team when none.
    pub team: Option<TeamId>,
    /// By when, or that there is no date; by policy when nothing is said.
    pub due_on: Option<Option<NaiveDate>>,
    /// Who may know of it.
    pub visibility: Visibility,
    /// Free labels.
    pub labels: Vec<String>,
    /// The text.
    pub sections: Sections,
    /// The figures.
    pub impact: Impact,
    /// Who took part. Its creator becomes an author besides.
    pub participants: Vec<(UserId, ParticipantRole)>,
}

/// What an incident cost, in figures; none: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Impact {
    /// Customers who noticed.
    pub customers_affected: Option<i64>,
    /// Requests that failed.
    pub requests_failed: Option<i64>,
    /// Whether data is gone.
    pub data_lost: Option<bool>,
    /// How long.
    pub downtime_seconds: Option<i64>,
    /// How much, in the smallest unit of the currency.
    pub cost_minor_units: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
}

/// What to change of a report; none keeps.
#[derive(Debug, Clone, Default)]
pub struct ReportPatch {
    /// A new title.
    pub title: Option<String>,
    /// Another owner, or nobody.
    pub owner: Option<Option<UserId>>,
    /// Another team, or none.
    pub team: Option<Option<TeamId>>,
    /// Another due date, or none.
    pub due_on: Option<Option<NaiveDate>>,
    /// Another visibility.
    pub visibility: Option<Visibility>,
    /// The whole new set of labels.
    pub labels: Option<Vec<String>>,
    /// New texts.
    pub sections: Vec<(Section, String)>,
    /// New figures.
    pub impact: Option<Impact>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// A moment of the timeline, as given.
#[derive(Debug, Clone)]
pub struct NewTimelineEvent {
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What kind of moment.
    pub kind: TimelineEventKind,
    /// What happened.
    pub description: String,
    /// Where that is known from.
    pub source_url: Option<String>,
}

impl Impact {
    /// Notes figures that cannot be.
    pub fn check(&self, problems: &mut Problems) {
        let counts = [
            ("impact.customersAffected", self.customers_affected),
            ("impact.requestsFailed", self.requests_failed),
            ("impact.downtimeSeconds", self.downtime_seconds),
            ("impact.costMinorUnits", self.cost_minor_units),
        ];
        for (path, count) in counts {
            if count.is_some_and(|count| !(0..=i64::from(i32::MAX)).contains(&count)) {
                problems.add(path, "OUT_OF_RANGE", format!("Give a number from 0 to {}.", i32::MAX));
            }
        }
        if self.cost_minor_units.is_some() && self.currency.is_none() {
            problems.add(
                "impact.currency",
                "REQUIRED",
                "Say in which currency the cost is, such as EUR.",
            );
        }
        if let Some(code) = &self.currency
            && Currency::from_code(code).is_none()
        {
            problems.add(
                "impact.currency",
                "UNKNOWN_CURRENCY",
                "This is not an ISO 4217 code such as EUR or USD.",
            );
        }
    }
}

impl NewTimelineEvent {
    /// The moment as it is kept.
    pub fn check(self) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let description = problems
            .take(text::markdown("description", self.description.trim()))
            .unwrap_or_default();
        if description.is_empty() {
            problems.add("description", "REQUIRED", "Say what happened.");
        }
        let source_url = self
            .source_url
            .as_deref()
            .map(|url| text::url("sourceUrl", url))
            .transpose();
        let source_url = problems.take(source_url).flatten();
        problems.finish()?;
        Ok(Self {
            description,
            source_url,
            ..self
        })
    }
}
