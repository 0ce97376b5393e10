//! The digest of a team, as a message.

use std::borrow::Cow;

use serde_json::Value;

use super::{Message, phrases::due};
use crate::webhooks::model::envelope::Told;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// Its message: the figures that are not zero, and the work that is pressing.
pub(super) fn message(told: &Told) -> Message {
    let payload = &told.payload;
    let figures = [
        ("overdue", "overdue"),
        ("dueThisWeek", "due this week"),
        ("open", "open in all"),
        ("doneLastWeek", "done last week"),
        ("proposed", "to be decided on"),
    ];
    let mut figures: Vec<String> = figures
        .iter()
        .filter(|(field, _)| number(payload, field) != 0)
        .map(|(field, words)| format!("{} {words}", number(payload, field)))
        .collect();
    match number(payload, "reportsOverdue") {
        0 => {}
        1 => figures.push("1 report overdue".to_owned()),
        reports => figures.push(format!("{reports} reports overdue")),
    }
    let fact = |item: &Value| {
        let owner = item.pointer("/owner/name").and_then(Value::as_str);
        let when = due(item, told.today).unwrap_or_default();
        let said = format!(
            "{}: {when}, {}",
            text(item, "title"),
            owner.unwrap_or("owned by nobody")
        );
        (Cow::Owned(text(item, "key").to_owned()), said)
    };
    let pressing = told.subject.get("pressing").and_then(Value::as_array);
    Message {
        headline: format!("{}: the week of {}", text(payload, "name"), text(payload, "weekOf")),
        title: figures.join(", "),
        facts: pressing.into_iter().flatten().map(fact).collect(),
        is_laid_out: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_zero_is_not_said() {
        let said = message(&Told {
            id: "evt_1".to_owned(),
            event_type: "team.weekly_digest".to_owned(),
            sequence: 1,
            occurred_at: "2026-03-02T08:00:00Z".parse().unwrap(),
            actor: json!({ "kind": "SCHEDULER", "name": "Scheduler" }),
            subject: json!({ "type": "TEAM", "pressing": [
                { "key": "REC-4", "title": "Limit retries", "dueOn": "2026-02-22", "owner": { "name": "Ada" } },
                { "key": "REC-5", "title": "Test it", "dueOn": "2026-03-04", "owner": null },
            ] }),
            changes: json!([]),
            payload: json!({
                "name": "Payments", "weekOf": "2026-03-02", "open": 4, "overdue": 1, "dueThisWeek": 0, "doneLastWeek": 2,
                "proposed": 0, "reportsOverdue": 1,
            }),
            today: "2026-03-03".parse().unwrap(),
        });
        assert_eq!(said.headline, "Payments: the week of 2026-03-02");
        assert_eq!(
            said.title,
            "1 overdue, 4 open in all, 2 done last week, 1 report overdue"
        );
        let facts: Vec<String> = said.facts.iter().map(|(key, text)| format!("{key} {text}")).collect();
        assert_eq!(
            facts,
            [
                "REC-4 Limit retries: 9 days overdue, Ada",
                "REC-5 Test it: due tomorrow, owned by nobody",
            ]
        );
    }
}
