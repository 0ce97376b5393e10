//! How a document that was read becomes records: what is looked up, what is filled in, and what is said about it.

use chrono::{DateTime, NaiveTime, Utc};
use entity::enums::{Priority, RecommendationKind, Severity, TimelineEventKind};

use super::import::{
    ImportWarning, ImportedKind, ImportedPriority, ImportedRecommendation, ImportedReport, ImportedSections,
    ImportedSeverity, ImportedTimelineEvent, ImportedTimelineKind,
};
use crate::{
    incidents::model::Moments,
    platform::text::{self, MARKDOWN_CHARS, TITLE_CHARS},
    reports::model::{inputs::NewTimelineEvent, sections::Sections},
};

/// The severity of an incident whose document states none.
pub const ASSUMED_SEVERITY: Severity = Severity::Sev3;

/// A warning that is about no line in particular.
pub fn note(message: impl Into<String>) -> ImportWarning {
    ImportWarning {
        line: 1,
        message: message.into(),
    }
}

/// The severity as stated, or assumed.
pub fn severity(stated: Option<ImportedSeverity>, warnings: &mut Vec<ImportWarning>) -> Severity {
    match stated {
        Some(ImportedSeverity::Sev1) => Severity::Sev1,
        Some(ImportedSeverity::Sev2) => Severity::Sev2,
        Some(ImportedSeverity::Sev3) => Severity::Sev3,
        Some(ImportedSeverity::Sev4) => Severity::Sev4,
        Some(ImportedSeverity::Sev5) => Severity::Sev5,
        None => {
            warnings.push(note(format!(
                "No severity is stated; the incident is recorded as {ASSUMED_SEVERITY}."
            )));
            ASSUMED_SEVERITY
        }
    }
}

/// When the incident began and what is known after that. Moments before the beginning are left out: they would be refused.
pub fn moments(read: &ImportedReport, now: DateTime<Utc>, warnings: &mut Vec<ImportWarning>) -> Moments {
    let first_entry = read.timeline.iter().filter_map(|entry| entry.at).min();
    let day = read.date.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let started_at = read.started_at.or(first_entry).or(day).unwrap_or_else(|| {
        warnings.push(note("No date is stated; the incident is recorded as of now."));
        now
    });
    let later = |at: Option<DateTime<Utc>>| at.filter(|at| *at >= started_at);
    let mitigated_at = later(read.mitigated_at);
    let resolved_at = later(read.resolved_at).filter(|at| mitigated_at.is_none_or(|mitigated| *at >= mitigated));
    Moments {
        started_at,
        detected_at: later(read.detected_at),
        mitigated_at,
        resolved_at,
    }
}

/// The texts.
pub fn sections(read: ImportedSections) -> Sections {
    Sections {
        executive_summary: read.executive_summary,
        background: read.background,
        root_cause_analysis: read.root_cause_analysis,
        impact_analysis: read.impact_analysis,
        lessons_learned: read.lessons_learned,
        conclusion: read.conclusion,
    }
}

/// Keeps what a document states and no field of ours can hold, such as people who are no users here.
pub fn keep(background: &mut String, unplaced: &[String]) {
    if unplaced.is_empty() {
        return;
    }
    if !background.is_empty() {
        background.push_str("\n\n");
    }
    background.push_str("### Stated in the imported document\n\n");
    background.push_str(
        &unplaced
            .iter()
            .map(|line| format!("- {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
}

/// Is a text too long to be kept as one section?
pub fn is_too_long(text: &str) -> bool {
    text.chars().count() > MARKDOWN_CHARS
}

/// The moments of the timeline. One without a readable time follows the one before it and keeps its time as written.
pub fn timeline(
    read: &[ImportedTimelineEvent],
    started_at: DateTime<Utc>,
    warnings: &mut Vec<ImportWarning>,
) -> Vec<NewTimelineEvent> {
    let mut last = started_at;
    read.iter()
        .map(|entry| {
            let occurred_at = entry.at.unwrap_or(last);
            last = occurred_at;
            let text = entry.description.trim();
            let written = entry.time_text.trim();
            let mut description = match (entry.is_exact, text.is_empty()) {
                (true, false) => text.to_owned(),
                (_, true) if written.is_empty() => "(no text)".to_owned(),
                (_, true) => written.to_owned(),
                (false, false) if written.is_empty() => text.to_owned(),
                (false, false) => format!("({written}) {text}"),
            };
            let source_url = entry.source_url.clone().filter(|url| text::url("", url).is_ok());
            if let (Some(url), None) = (&entry.source_url, &source_url) {
                description.push_str(&format!("\n\n{url}"));
                warnings.push(note(
                    "The link of a timeline entry cannot be followed; it stands in the entry's text instead.",
                ));
            }
            NewTimelineEvent {
                occurred_at,
                kind: kind_of_moment(entry.kind),
                description,
                source_url,
            }
        })
        .collect()
}

fn kind_of_moment(kind: ImportedTimelineKind) -> TimelineEventKind {
    match kind {
        ImportedTimelineKind::Trigger => TimelineEventKind::Trigger,
        ImportedTimelineKind::ImpactStart => TimelineEventKind::ImpactStart,
        ImportedTimelineKind::Detection => TimelineEventKind::Detection,
        ImportedTimelineKind::Escalation => TimelineEventKind::Escalation,
        ImportedTimelineKind::Diagnosis => TimelineEventKind::Diagnosis,
        ImportedTimelineKind::Mitigation => TimelineEventKind::Mitigation,
        ImportedTimelineKind::Resolution => TimelineEventKind::Resolution,
        ImportedTimelineKind::Communication => TimelineEventKind::Communication,
        ImportedTimelineKind::Other => TimelineEventKind::Other,
    }
}

/// The kind as read.
pub fn kind(kind: ImportedKind) -> RecommendationKind {
    match kind {
        ImportedKind::Prevent => RecommendationKind::Prevent,
        ImportedKind::Detect => RecommendationKind::Detect,
        ImportedKind::Mitigate => RecommendationKind::Mitigate,
        ImportedKind::Repair => RecommendationKind::Repair,
        ImportedKind::Process => RecommendationKind::Process,
        ImportedKind::Investigate => RecommendationKind::Investigate,
    }
}

/// The priority as stated; P2 when none is.
pub fn priority(stated: Option<ImportedPriority>) -> Priority {
    match stated {
        Some(ImportedPriority::P0) => Priority::P0,
        Some(ImportedPriority::P1) => Priority::P1,
        Some(ImportedPriority::P2) | None => Priority::P2,
        Some(ImportedPriority::P3) => Priority::P3,
        Some(ImportedPriority::P4) => Priority::P4,
    }
}

/// What the document says of an item that has no field of its own here.
pub fn description(item: &ImportedRecommendation, owner_is_known: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !item.description.trim().is_empty() {
        parts.push(item.description.trim().to_owned());
    }
    if let Some(owner) = item.owner.as_deref().filter(|_| !owner_is_known) {
        parts.push(format!("Owner in the document: {owner}"));
    }
    if let Some(due) = item.due_text.as_deref().filter(|_| item.due_on.is_none()) {
        parts.push(format!("Due in the document: {due}"));
    }
    if let Some(group) = &item.group {
        parts.push(format!("Listed under: {group}"));
    }
    parts.join("\n\n")
}

/// One line that fits a title. A longer text is cut at a word; what is cut must stand in the description.
pub fn line(text: &str) -> String {
    let text = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    if text.chars().count() <= TITLE_CHARS {
        return text;
    }
    let cut: String = text.chars().take(TITLE_CHARS - 1).collect();
    let at = cut.rfind(' ').filter(|at| *at > 0).unwrap_or(cut.len());
    format!("{}…", cut.get(..at).unwrap_or(&cut))
}
