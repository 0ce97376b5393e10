//! What is said of an event.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::Value;

use super::Message;
use crate::{platform::text::words, webhooks::model::envelope::Told};

/// Verbs of event types whose messages are laid out.
const LAID_OUT: [&str; 4] = ["due_soon", "overdue", "escalated", "published"];

/// What each verb says, after the key. Where a person did it, their name follows.
const PHRASES: &[(&str, &str)] = &[
    ("accepted", "was accepted"),
    ("added", "was added"),
    ("approved", "was approved"),
    ("archived", "was archived"),
    ("assigned", "was assigned"),
    ("blocked", "is blocked"),
    ("changes_requested", "needs changes, as asked for"),
    ("created", "was created"),
    ("declined", "was declined"),
    ("due_changed", "was given another due date"),
    ("due_soon", "is due soon"),
    ("effectiveness_due", "is due for a review of its effect"),
    ("escalated", "is overdue and has been escalated"),
    ("implemented", "was implemented"),
    ("ineffective", "was found ineffective"),
    ("overdue", "is overdue"),
    ("published", "was published"),
    ("recurred", "is a recurrence, as seen"),
    ("removed", "was removed"),
    ("reopened", "was reopened"),
    ("risk_expired", "is open again: its risk is no longer accepted"),
    ("started", "was started"),
    ("submitted", "was submitted for review"),
    ("updated", "was changed"),
    ("verified", "was verified"),
];

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn name(told: &Told) -> Option<String> {
    if let Some(key) = text(&told.subject, "/key") {
        return Some(key.to_owned());
    }
    let kind = text(&told.subject, "/type")?;
    (kind == "ROOT_CAUSE" && text(&told.subject, "/title").is_some()).then(|| "A root cause".to_owned())
}

/// How a reminder says when its subject is or was due, as everything is on the day on which it is told.
fn reminder(verb: &str, told: &Told) -> Option<String> {
    if !matches!(verb, "due_soon" | "overdue" | "escalated") {
        return None;
    }
    let status = text(&told.subject, "/status")?;
    if !["ACCEPTED", "IN_PROGRESS", "BLOCKED", "DRAFT", "IN_REVIEW"].contains(&status) {
        return Some(format!("is {} by now", words(status).to_lowercase()));
    }
    let due = due(&told.subject, told.today)?;
    match verb {
        "escalated" => Some(format!("is {due} and has been escalated")),
        _ => Some(format!("is {due}")),
    }
}

/// When something is due, as what is said of it.
pub(super) fn due(subject: &Value, today: NaiveDate) -> Option<String> {
    let due_on: NaiveDate = text(subject, "/dueOn")?.parse().ok()?;
    Some(match (due_on - today).num_days() {
        days @ ..=-2 => format!("{} days overdue", -days),
        -1 => "overdue since yesterday".to_owned(),
        0 => "due today".to_owned(),
        1 => "due tomorrow".to_owned(),
        days => format!("due in {days} days"),
    })
}

fn headline(told: &Told) -> String {
    let (noun, verb) = told.event_type.split_once('.').unwrap_or((&told.event_type, ""));
    let by = match text(&told.actor, "/kind") {
        Some("USER" | "SERVICE_TOKEN") => text(&told.actor, "/name"),
        _ => None,
    };
    let phrase = PHRASES.iter().find(|(known, _)| *known == verb);
    if let (Some(name), Some(said)) = (name(told), reminder(verb, told)) {
        return format!("{name} {said}");
    }
    match (name(told), phrase) {
        (Some(name), _) if told.event_type == "comment.added" => {
            format!(
                "{name} was commented on{}",
                by.map(|by| format!(" by {by}")).unwrap_or_default()
            )
        }
        (Some(name), Some((_, phrase))) => {
            format!(
                "{name} {phrase}{}",
                by.map(|by| format!(" by {by}")).unwrap_or_default()
            )
        }
        (name, _) => {
            let said = format!("{} {}", words(noun), verb.replace('_', " "));
            let about = name.map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{about}{said}{}", by.map(|by| format!(", by {by}")).unwrap_or_default())
        }
    }
}

fn facts(subject: &Value) -> Vec<(Cow<'static, str>, String)> {
    let mut facts = Vec::new();
    let mut add = |label: &'static str, value: Option<String>| facts.extend(value.map(|value| (label.into(), value)));
    let own = |pointer| text(subject, pointer).map(str::to_owned);
    add("Owner", own("/owner/name"));
    add("Team", own("/team/name"));
    add("Due on", own("/dueOn"));
    add("Priority", own("/priority"));
    add("Status", text(subject, "/status").map(words));
    let incident = text(subject, "/incident/key").map(|key| {
        let (severity, title) = (text(subject, "/incident/severity"), text(subject, "/incident/title"));
        format!(
            "{key} ({}): {}",
            severity.unwrap_or_default(),
            title.unwrap_or_default()
        )
    });
    add("Incident", incident);
    let leads = subject.get("escalatedTo").and_then(Value::as_array);
    let leads: Vec<&str> = leads
        .into_iter()
        .flatten()
        .filter_map(|lead| text(lead, "/name"))
        .collect();
    add("Escalated to", (!leads.is_empty()).then(|| leads.join(", ")));
    let causes: Vec<&str> = subject
        .pointer("/rootCauses")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(3)
        .filter_map(|cause| text(cause, "/title"))
        .collect();
    add("Root causes", (!causes.is_empty()).then(|| causes.join("; ")));
    facts
}

/// The message of an event.
pub(super) fn message(told: &Told) -> Message {
    let verb = told.event_type.split_once('.').map_or("", |(_, verb)| verb);
    let is_laid_out = LAID_OUT.contains(&verb);
    let named = text(&told.subject, "/title").or_else(|| text(&told.subject, "/name"));
    Message {
        headline: headline(told),
        title: named.unwrap_or_default().to_owned(),
        facts: if is_laid_out { facts(&told.subject) } else { Vec::new() },
        is_laid_out,
    }
}
