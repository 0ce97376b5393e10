//! A report as one Markdown document that people read and this service reads back.
//!
//! The front matter has every fact. A long text stands in the body, between two comments that name its place, exactly as it was
//! written. All else in the body is for readers: it says again what the front matter says.

use std::fmt::{Display, Write};

use chrono::{DateTime, Utc};
use entity::enums::RecommendationStatus;
use serde_json::{Value, json};

use super::{
    record::{CauseRecord, ItemRecord, MomentRecord, Record},
    yaml,
};
use crate::{platform::text, reports::model::sections::Section};

/// The word that begins the comments, unless some text has it.
const MARKER: &str = "text";

impl Record {
    /// The document.
    pub fn to_markdown(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let marker = free_marker(&value);
        for place in places(&value) {
            remove(&mut value, &place);
        }
        // Maps of JSON are in alphabetical order: the three lines by which a document is known come first.
        let mut head = String::new();
        for (name, first) in [
            ("schema", json!(self.schema)),
            ("version", json!(self.version)),
            ("marker", json!(marker)),
        ] {
            remove(&mut value, name);
            head.push_str(&yaml::lines(&json!({ name: first })));
        }
        let mut out = format!("---\n{head}{}---\n\n", yaml::lines(&value));
        Body { record: self, marker }.write(&mut out);
        Ok(out)
    }
}

/// Where long texts stand, as paths such as `recommendations.3.description`. Sections have their place also when they are empty.
pub(super) fn places(value: &Value) -> Vec<String> {
    let mut found: Vec<String> = Section::ALL
        .iter()
        .map(|section| format!("report.sections.{}", section.field()))
        .collect();
    for (list, fields) in [
        ("timeline", &["description"][..]),
        ("rootCauses", &["description", "noActionReason"][..]),
        ("recommendations", &["description", "acceptanceCriterion"][..]),
    ] {
        let length = value.get(list).and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..length {
            for field in fields {
                let place = format!("{list}.{index}.{field}");
                if matches!(at(value, &place), Some(Value::String(text)) if !text.is_empty()) {
                    found.push(place);
                }
            }
        }
    }
    found
}

fn pointer(place: &str) -> String {
    format!("/{}", place.replace('.', "/"))
}

fn at<'v>(value: &'v Value, place: &str) -> Option<&'v Value> {
    value.pointer(&pointer(place))
}

fn remove(value: &mut Value, place: &str) {
    let (parent, field) = place
        .rsplit_once('.')
        .map_or((String::new(), place), |(parent, field)| (pointer(parent), field));
    if let Some(Value::Object(fields)) = value.pointer_mut(&parent) {
        fields.remove(field);
    }
}

/// Puts a text back where it was. False when there is no such place.
pub(super) fn put(value: &mut Value, place: &str, text: &str) -> bool {
    let Some((parent, field)) = place.rsplit_once('.') else {
        return false;
    };
    let known = match parent.split('.').collect::<Vec<_>>()[..] {
        ["report", "sections"] => Section::ALL.iter().any(|section| section.field() == field),
        ["timeline", _] => field == "description",
        ["rootCauses", _] => matches!(field, "description" | "noActionReason"),
        ["recommendations", _] => matches!(field, "description" | "acceptanceCriterion"),
        _ => false,
    };
    if parent == "report.sections"
        && let Some(Value::Object(report)) = value.get_mut("report")
    {
        report.entry("sections").or_insert_with(|| json!({}));
    }
    match value.pointer_mut(&pointer(parent)) {
        Some(Value::Object(fields)) if known => {
            fields.insert(field.to_owned(), json!(text));
            true
        }
        _ => false,
    }
}

pub(super) fn opening(marker: &str) -> String {
    format!("<!-- {marker} ")
}

pub(super) fn closing(marker: &str) -> String {
    format!("<!-- /{marker} -->")
}

/// A word with which no text ends what it stands in.
fn free_marker(value: &Value) -> String {
    let texts: Vec<&str> = places(value)
        .iter()
        .filter_map(|place| at(value, place)?.as_str())
        .collect();
    let is_free = |marker: &String| {
        let (open, close) = (opening(marker), closing(marker));
        !texts.iter().any(|text| text.contains(&open) || text.contains(&close))
    };
    std::iter::once(MARKER.to_owned())
        .chain((2_u64..).map(|number| format!("{MARKER}-{number}")))
        .find(is_free)
        .unwrap_or_default()
}

/// An instant as people read it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What is said of a report before its text: what it is, and the value.
pub(super) fn facts(record: &Record) -> Vec<(String, String)> {
    let (incident, report) = (&record.incident, &record.report);
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push((name.to_owned(), value));
        }
    };
    let names = |named: &[super::record::Named]| {
        let names: Vec<&str> = named.iter().map(|one| one.name.as_str()).collect();
        names.join(", ")
    };
    say(
        "Incident",
        Some(format!("{} ({}), {}", incident.key, incident.severity, incident.title)),
    );
    say("Started", Some(instant(incident.started_at)));
    say("Detected", incident.detected_at.map(instant));
    say("Mitigated", incident.mitigated_at.map(instant));
    say("Resolved", incident.resolved_at.map(instant));
    say("Services", Some(names(&incident.services)));
    for reference in &incident.external_refs {
        let url = reference.url.as_deref().unwrap_or_default();
        say(
            "Also known as",
            Some(
                format!("{} {} {url}", reference.system, reference.id)
                    .trim_end()
                    .to_owned(),
            ),
        );
    }
    say("Status", Some(text::words(report.status.as_str())));
    say("Visibility", Some(text::words(report.visibility.as_str())));
    say("Owner", report.owner.as_ref().map(|owner| owner.name.clone()));
    say("Team", report.team.as_ref().map(|team| team.name.clone()));
    say("Due", report.due_on.map(|day| day.to_string()));
    say("Published", report.published_at.map(instant));
    for part in &report.participants {
        say(&text::words(part.role.as_str()), Some(part.user.name.clone()));
    }
    for approval in &report.approvals {
        let said = text::words(approval.decision.as_str());
        let comment = approval.comment.as_deref().map(|comment| format!(": {comment}"));
        let who = format!("{}, {}", approval.user.name, instant(approval.decided_at));
        say(&said, Some(format!("{who}{}", comment.unwrap_or_default())));
    }
    say("Labels", Some(report.labels.join(", ")));
    for (name, value) in figures(record) {
        say(name, Some(value));
    }
    facts
}

/// The figures of the impact, as far as they are known.
pub(super) fn figures(record: &Record) -> Vec<(&'static str, String)> {
    let impact = &record.report.impact;
    let mut figures = Vec::new();
    let mut say = |name, value: Option<String>| figures.extend(value.map(|value| (name, value)));
    say(
        "Customers affected",
        impact.customers_affected.map(|count| count.to_string()),
    );
    say("Requests failed", impact.requests_failed.map(|count| count.to_string()));
    say(
        "Data lost",
        impact.data_lost.map(|lost| if lost { "yes" } else { "no" }.to_owned()),
    );
    say(
        "Downtime",
        impact.downtime_seconds.map(|seconds| format!("{seconds} seconds")),
    );
    let currency = impact.currency.as_deref().unwrap_or_default();
    say(
        "Cost",
        impact
            .cost_minor_units
            .map(|cost| format!("{cost} of the smallest unit of {currency}")),
    );
    figures
}

/// What is said of a root cause before its text.
pub(super) fn cause_facts(cause: &CauseRecord, all: &[CauseRecord]) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Role", text::words(cause.role.as_str()))];
    facts.extend(cause.category.clone().map(|category| ("Category", category)));
    let parent = cause.parent.and_then(|id| all.iter().find(|other| other.id == id));
    facts.extend(parent.map(|parent| ("Explains", parent.title.clone())));
    let link = |link: &super::record::CauseLink| format!("{} ({})", link.title, link.report);
    facts.extend(cause.recurrence_of.as_ref().map(|first| ("Recurrence of", link(first))));
    facts.extend(cause.recurrences.iter().map(|later| ("Came back as", link(later))));
    let item = |item: &super::record::ItemLink| format!("{} {}", item.key, item.title);
    facts.extend(
        cause
            .treated_elsewhere
            .iter()
            .map(|treated| ("Also treated by", item(treated))),
    );
    facts
}

/// What is said of a recommendation before its text.
pub(super) fn item_facts(item: &ItemRecord) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Status", text::words(item.status.as_str())),
        ("Priority", item.priority.to_string()),
        ("Kind", text::words(item.kind.as_str())),
    ];
    let mut say = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    say("Strength", item.strength.map(|strength| text::words(strength.as_str())));
    say("Owner", item.owner.as_ref().map(|owner| owner.name.clone()));
    say("Team", item.team.as_ref().map(|team| team.name.clone()));
    say("Due", item.due_on.map(|day| day.to_string()));
    let moved = item.original_due_on.filter(|day| Some(*day) != item.due_on);
    say("First due", moved.map(|day| day.to_string()));
    say("Recommended", Some(instant(item.created_at)));
    say("Accepted", item.accepted_at.map(instant));
    say("Implemented", item.implemented_at.map(instant));
    let by = item.verified_by.as_ref().map(|person| format!(" by {}", person.name));
    let by = by.unwrap_or_default();
    say("Verified", item.verified_at.map(|at| format!("{}{by}", instant(at))));
    say("Blocked", item.blocked_reason.clone());
    let note = item.closure_note.as_deref().map(|note| format!(": {note}"));
    let note = note.unwrap_or_default();
    say(
        "Declined",
        item.closure_reason
            .map(|reason| format!("{}{note}", text::words(reason.as_str()))),
    );
    say(
        "Risk accepted until",
        item.risk_accepted_until.map(|day| day.to_string()),
    );
    say("Labels", (!item.labels.is_empty()).then(|| item.labels.join(", ")));
    for treated in &item.treats {
        say("Treats", Some(format!("{} ({})", treated.title, treated.report)));
    }
    for change in &item.due_changes {
        let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
        let moved = format!("{} to {}: {}", day(change.from_on), day(change.to_on), change.reason);
        say("Due date moved", Some(moved));
    }
    for review in &item.effectiveness_reviews {
        let outcome = review
            .outcome
            .map_or_else(|| "planned".to_owned(), |outcome| text::words(outcome.as_str()));
        say("Effectiveness review", Some(format!("{}, {outcome}", review.due_on)));
    }
    facts
}

/// Links of a recommendation: what it is, where, and what is said of it.
pub(super) fn item_links(item: &ItemRecord) -> Vec<(&'static str, &str, &str)> {
    let evidence = item
        .evidence
        .iter()
        .map(|one| ("Evidence", one.url.as_str(), one.note.as_deref().unwrap_or_default()));
    let issues = item.issues.iter().filter_map(|issue| {
        let key = issue.key.as_deref().unwrap_or_default();
        Some(("Issue", issue.url.as_deref()?, key))
    });
    evidence.chain(issues).collect()
}

/// The part for readers.
struct Body<'r> {
    record: &'r Record,
    marker: String,
}

impl Body<'_> {
    fn write(&self, out: &mut String) {
        let record = self.record;
        let report = &record.report;
        line(out, format_args!("# {}: {}\n", report.key, text::escape(&report.title)));
        list(out, &facts(record));
        self.section(out, Section::ExecutiveSummary);
        self.section(out, Section::Background);
        if !record.timeline.is_empty() {
            line(out, "## Timeline\n");
        }
        for (index, moment) in record.timeline.iter().enumerate() {
            self.moment(out, index, moment);
        }
        self.section(out, Section::RootCauseAnalysis);
        if !record.root_causes.is_empty() {
            line(out, "## Root causes\n");
        }
        for (index, cause) in record.root_causes.iter().enumerate() {
            line(out, format_args!("### {}\n", text::escape(&cause.title)));
            list(out, &cause_facts(cause, &record.root_causes));
            self.text(out, &format!("rootCauses.{index}.description"), &cause.description);
            if let Some(reason) = &cause.no_action_reason {
                line(out, "No action is taken:\n");
                self.text(out, &format!("rootCauses.{index}.noActionReason"), reason);
            }
        }
        self.section(out, Section::ImpactAnalysis);
        if !record.recommendations.is_empty() {
            line(out, "## Recommendations\n");
        }
        for (index, item) in record.recommendations.iter().enumerate() {
            self.item(out, index, item);
        }
        self.section(out, Section::LessonsLearned);
        self.section(out, Section::Conclusion);
        out.truncate(out.trim_end().len());
        out.push('\n');
    }

    fn section(&self, out: &mut String, section: Section) {
        line(out, format_args!("## {}\n", section.heading()));
        let place = format!("report.sections.{}", section.field());
        self.marked(out, &place, self.record.report.sections.get(section));
    }

    fn moment(&self, out: &mut String, index: usize, moment: &MomentRecord) {
        let kind = text::words(moment.kind.as_str());
        line(out, format_args!("### {}, {kind}\n", instant(moment.occurred_at)));
        self.text(out, &format!("timeline.{index}.description"), &moment.description);
        if let Some(url) = &moment.source_url {
            line(out, format_args!("- Source: <{url}>\n"));
        }
    }

    fn item(&self, out: &mut String, index: usize, item: &ItemRecord) {
        let done = matches!(
            item.status,
            RecommendationStatus::Implemented | RecommendationStatus::Verified
        );
        let done = if done { " (done)" } else { "" };
        line(
            out,
            format_args!("### {}: {}{done}\n", item.key, text::escape(&item.title)),
        );
        list(out, &item_facts(item));
        self.text(out, &format!("recommendations.{index}.description"), &item.description);
        if let Some(criterion) = &item.acceptance_criterion {
            line(out, "Accepted when:\n");
            self.text(out, &format!("recommendations.{index}.acceptanceCriterion"), criterion);
        }
        let links = item_links(item);
        for (name, url, note) in &links {
            let note = one_line(note);
            let note = if note.is_empty() { note } else { format!(" {note}") };
            line(out, format_args!("- {name}: <{url}>{note}"));
        }
        if !links.is_empty() {
            out.push('\n');
        }
    }

    fn text(&self, out: &mut String, place: &str, text: &str) {
        if !text.is_empty() {
            self.marked(out, place, text);
        }
    }

    /// A text exactly as it is, between its comments.
    fn marked(&self, out: &mut String, place: &str, text: &str) {
        line(out, format_args!("{}{place} -->", opening(&self.marker)));
        out.push_str(text);
        if !text.is_empty() {
            out.push('\n');
        }
        line(out, format_args!("{}\n", closing(&self.marker)));
    }
}

fn line(out: &mut String, text: impl Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// Text that stays where it stands, whatever is in it.
fn one_line(text: &str) -> String {
    text::escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn list(out: &mut String, facts: &[(impl Display, String)]) {
    for (name, value) in facts {
        line(out, format_args!("- {name}: {}", one_line(value)));
    }
    if !facts.is_empty() {
        out.push('\n');
    }
}
