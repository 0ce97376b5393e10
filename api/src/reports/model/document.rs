//! A report as one Markdown document, for reading, printing and keeping.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{
    CauseRole, ParticipantRole, Priority, RecommendationStatus, ReportStatus, Severity, TimelineEventKind,
};
use serde::Serialize;

use super::sections::{Section, Sections};
use crate::platform::text;

/// Everything a document says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// PM-12
    pub key: String,
    /// The report's title.
    pub title: String,
    /// Where it stands.
    pub status: ReportStatus,
    /// What it analyses.
    pub incident: IncidentPart,
    /// Who owes it.
    pub owner: Option<String>,
    /// Whose it is.
    pub team: Option<String>,
    /// When it was finished.
    pub published_at: Option<DateTime<Utc>>,
    /// Free labels.
    pub labels: Vec<String>,
    /// Who took part.
    pub participants: Vec<(String, ParticipantRole)>,
    /// The text.
    pub sections: Sections,
    /// What happened when.
    pub timeline: Vec<TimelinePart>,
    /// Why.
    pub root_causes: Vec<CausePart>,
    /// What follows.
    pub recommendations: Vec<RecommendationPart>,
}

/// The incident of a document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentPart {
    /// INC-7
    pub key: String,
    /// What happened.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// It began.
    pub started_at: DateTime<Utc>,
    /// It was over.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A moment of a document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelinePart {
    /// When.
    pub at: DateTime<Utc>,
    /// What kind of moment.
    pub kind: TimelineEventKind,
    /// What happened.
    pub description: String,
    /// Where that is known from.
    pub source_url: Option<String>,
}

/// A root cause of a document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CausePart {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Its part.
    pub role: CauseRole,
    /// Its category.
    pub category: Option<String>,
    /// Why nothing is done.
    pub no_action_reason: Option<String>,
}

/// A recommendation of a document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecommendationPart {
    /// REC-40
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Where it stands.
    pub status: RecommendationStatus,
    /// How urgent.
    pub priority: Priority,
    /// Who does it.
    pub owner: Option<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// How it is checked.
    pub acceptance_criterion: Option<String>,
    /// The titles of the causes it treats, as far as they stand in this report.
    pub treats: Vec<String>,
    /// Links that show it done.
    pub evidence: Vec<String>,
}

impl Document {
    /// The document's text.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# {}: {}\n", self.key, text::escape(&self.title))?;
        self.write_facts(out)?;
        self.write_section(out, Section::ExecutiveSummary)?;
        self.write_section(out, Section::Background)?;
        self.write_timeline(out)?;
        self.write_section(out, Section::RootCauseAnalysis)?;
        self.write_causes(out)?;
        self.write_section(out, Section::ImpactAnalysis)?;
        self.write_recommendations(out)?;
        self.write_section(out, Section::LessonsLearned)?;
        self.write_section(out, Section::Conclusion)
    }

    fn write_facts(&self, out: &mut String) -> std::fmt::Result {
        let incident = &self.incident;
        writeln!(
            out,
            "- Incident: {} ({}), {}",
            incident.key,
            incident.severity,
            text::escape(&incident.title)
        )?;
        writeln!(out, "- Started: {}", instant(incident.started_at))?;
        if let Some(at) = incident.resolved_at {
            writeln!(out, "- Resolved: {}", instant(at))?;
        }
        writeln!(out, "- Status: {}", self.status)?;
        if let Some(owner) = &self.owner {
            writeln!(out, "- Owner: {}", text::escape(owner))?;
        }
        if let Some(team) = &self.team {
            writeln!(out, "- Team: {}", text::escape(team))?;
        }
        if let Some(at) = self.published_at {
            writeln!(out, "- Published: {}", instant(at))?;
        }
        for (name, role) in &self.participants {
            writeln!(out, "- {}: {}", text::words(role.as_str()), text::escape(name))?;
        }
        if !self.labels.is_empty() {
            writeln!(out, "- Labels: {}", text::escape(&self.labels.join(", ")))?;
        }
        writeln!(out)
    }

    fn write_section(&self, out: &mut String, section: Section) -> std::fmt::Result {
        let text = self.sections.get(section).trim();
        if text.is_empty() {
            Ok(())
        } else {
            writeln!(out, "## {}\n\n{text}\n", section.heading())
        }
    }

    fn write_timeline(&self, out: &mut String) -> std::fmt::Result {
        if self.timeline.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Timeline\n\nAll times in UTC.\n")?;
        for moment in &self.timeline {
            let source = moment
                .source_url
                .as_ref()
                .map(|url| format!(" ([source]({url}))"))
                .unwrap_or_default();
            let text = indent(moment.description.trim());
            writeln!(
                out,
                "- **{}** {}: {text}{source}",
                moment.at.format("%Y-%m-%d %H:%M"),
                text::words(moment.kind.as_str())
            )?;
        }
        writeln!(out)
    }

    fn write_causes(&self, out: &mut String) -> std::fmt::Result {
        if self.root_causes.is_empty() {
            return Ok(());
        }
        writeln!(out, "### Root causes\n")?;
        for cause in &self.root_causes {
            let category = cause
                .category
                .as_ref()
                .map(|name| format!(", {name}"))
                .unwrap_or_default();
            writeln!(
                out,
                "- **{}** ({}{category})",
                text::escape(&cause.title),
                text::words(cause.role.as_str())
            )?;
            if !cause.description.trim().is_empty() {
                writeln!(out, "\n  {}\n", indent(cause.description.trim()))?;
            }
            if let Some(reason) = &cause.no_action_reason {
                writeln!(out, "\n  No action: {}\n", indent(reason))?;
            }
        }
        writeln!(out)
    }

    fn write_recommendations(&self, out: &mut String) -> std::fmt::Result {
        if self.recommendations.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Recommendations\n")?;
        for item in &self.recommendations {
            let mark = match item.status {
                RecommendationStatus::Implemented | RecommendationStatus::Verified => 'x',
                _ => ' ',
            };
            let owner = item.owner.as_deref().unwrap_or("nobody");
            let due = item.due_on.map(|day| format!(", due {day}")).unwrap_or_default();
            let status = text::words(item.status.as_str());
            let title = text::escape(&item.title);
            writeln!(
                out,
                "- [{mark}] **{}** {title} ({status}, {}, owner: {owner}{due})",
                item.key, item.priority
            )?;
            if !item.description.trim().is_empty() {
                writeln!(out, "\n  {}\n", indent(item.description.trim()))?;
            }
            if let Some(criterion) = &item.acceptance_criterion {
                writeln!(out, "  - Accepted when: {}", indent(criterion))?;
            }
            if !item.treats.is_empty() {
                writeln!(out, "  - Treats: {}", text::escape(&item.treats.join("; ")))?;
            }
            for url in &item.evidence {
                writeln!(out, "  - Evidence: <{url}>")?;
            }
        }
        writeln!(out)
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Text of several lines inside a list item.
fn indent(text: &str) -> String {
    text.replace('\n', "\n  ")
}
