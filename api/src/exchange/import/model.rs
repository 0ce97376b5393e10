//! What an import produces: a report as far as the document states it, and warnings for the rest.
//!
//! Nothing here refers to the database or to the domain services. The importer proposes; whoever calls it decides.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// One document, read.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedReport {
    /// The first heading, else the front matter title, else the file name made readable. Never empty.
    pub title: String,
    /// The date the document gives itself, else the day of its first timeline entry.
    pub date: Option<NaiveDate>,
    /// Only what the document labels as its severity.
    pub severity: Option<ImportedSeverity>,
    pub started_at: Option<DateTime<Utc>>,
    pub detected_at: Option<DateTime<Utc>>,
    pub mitigated_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub labels: Vec<String>,
    pub authors: Vec<String>,
    pub responders: Vec<String>,
    /// Who owns the report; never the owner of an action.
    pub owner: Option<String>,
    pub services: Vec<String>,
    pub source_url: Option<String>,
    pub sections: ImportedSections,
    pub timeline: Vec<ImportedTimelineEvent>,
    pub root_causes: Vec<ImportedRootCause>,
    pub recommendations: Vec<ImportedRecommendation>,
    pub warnings: Vec<ImportWarning>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImportedSeverity {
    Sev1,
    Sev2,
    Sev3,
    Sev4,
    Sev5,
}

/// The six text sections of a report, as Markdown. Text that fits none of them stands under its own heading in the
/// nearest one.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedSections {
    pub executive_summary: String,
    pub background: String,
    pub root_cause_analysis: String,
    pub impact_analysis: String,
    pub lessons_learned: String,
    pub conclusion: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedTimelineEvent {
    pub at: Option<DateTime<Utc>>,
    /// The time as written.
    pub time_text: String,
    /// Whether `at` says all that `time_text` said: a known day, a stated zone, no range, no "about".
    pub is_exact: bool,
    pub kind: ImportedTimelineKind,
    /// Markdown.
    pub description: String,
    pub source_url: Option<String>,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportedTimelineKind {
    Trigger,
    ImpactStart,
    Detection,
    Escalation,
    Diagnosis,
    Mitigation,
    Resolution,
    Communication,
    Other,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedRootCause {
    /// The first sentence, as plain text.
    pub title: String,
    /// The whole statement, as Markdown.
    pub description: String,
    /// The sub-heading the cause stands under.
    pub category: Option<String>,
    pub line: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedRecommendation {
    /// Plain text of at most 300 characters.
    pub title: String,
    /// Markdown; empty when the title already says all.
    pub description: String,
    pub kind: ImportedKind,
    pub priority: Option<ImportedPriority>,
    pub owner: Option<String>,
    pub due_on: Option<NaiveDate>,
    /// The due date as written.
    pub due_text: Option<String>,
    /// Only what the document states.
    pub done: Option<bool>,
    pub links: Vec<String>,
    /// The sub-heading the item stands under.
    pub group: Option<String>,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImportedKind {
    Prevent,
    Detect,
    Mitigate,
    Repair,
    Process,
    Investigate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImportedPriority {
    P0,
    P1,
    P2,
    P3,
    P4,
}

/// Something the importer was not sure of, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportWarning {
    pub line: usize,
    pub message: String,
}

impl ImportWarning {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}
