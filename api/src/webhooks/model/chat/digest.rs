//! The digest of a team, as a message.

use std::borrow::Cow;

use serde_json::Value;

use super::{Message, phrases::days_left};

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// Its message: the figures that are not zero, and the work that is pressing.
pub(super) fn message(payload: &Value) -> Message {
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
        let owner = Some(text(item, "ownerName")).filter(|name| !name.is_empty());
        let when = days_left(number(item, "daysLeft"));
        let said = format!(
            "{}: {when}, {}",
            text(item, "title"),
            owner.unwrap_or("owned by nobody")
        );
        (Cow::Owned(text(item, "key").to_owned()), said)
    };
    let pressing = payload.get("pressing").and_then(Value::as_array);
    Message {
        headline: format!("{}: the week of {}", text(payload, "name"), text(payload, "weekOf")),
        title: figures.join(", "),
        facts: pressing.into_iter().flatten().map(fact).collect(),
        link: None,
        is_laid_out: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_zero_is_not_said() {
        let said = message(&json!({
            "name": "Payments", "weekOf": "2026-03-02", "open": 4, "overdue": 1, "dueThisWeek": 0, "doneLastWeek": 2, "proposed": 0,
            "reportsOverdue": 1, "pressing": [
                { "key": "REC-4", "title": "Limit retries", "daysLeft": -9, "ownerName": "Ada" },
                { "key": "REC-5", "title": "Test it", "daysLeft": 1, "ownerName": null },
            ],
        }));
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
