//! The body of a delivery: `{type, timestamp, data}` by Standard Webhooks, under 20 kB.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// The most that a receiver must expect.
pub const BODY_BYTES: usize = 20_000;

/// To how many characters texts are cut, as far as needed.
const CUTS: [usize; 4] = [2_000, 500, 120, 40];
/// The most entries of a list, once something must be cut.
const ENTRIES: usize = 25;
/// The most places that are named where something was cut.
const PLACES: usize = 20;
/// What stands where a text was cut.
const CUT_MARK: char = '…';

/// An event with what it is about, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its global id.
    pub id: String,
    /// Such as recommendation.accepted.
    pub event_type: String,
    /// Its place in the order of all events.
    pub sequence: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Who or what caused it: kind, id, name.
    pub actor: Value,
    /// What it happened to, as it is now.
    pub subject: Value,
    /// Old and new values.
    pub changes: Value,
    /// What else belongs to it.
    pub payload: Value,
    /// The day on which it is told.
    pub today: NaiveDate,
}

impl Told {
    fn body(&self, changes: &Value, payload: &Value) -> Value {
        json!({
            "type": self.event_type,
            "timestamp": self.occurred_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "data": {
                "id": self.id,
                "sequence": self.sequence.to_string(),
                "actor": self.actor,
                "subject": self.subject,
                "changes": changes,
                "payload": payload,
            },
        })
    }

    /// The body; long texts are cut as far as it must be, and `data.truncated` says where.
    pub fn json(&self) -> String {
        let whole = self.body(&self.changes, &self.payload);
        let text = whole.to_string();
        if text.len() <= BODY_BYTES {
            return text;
        }
        for chars in CUTS {
            let mut body = whole.clone();
            let mut places = Vec::new();
            if let Some(data) = body.pointer_mut("/data") {
                cut(data, chars, "", &mut places);
            }
            let text = noted(body, places);
            if text.len() <= BODY_BYTES {
                return text;
            }
        }
        let mut body = self.body(&json!([]), &json!({}));
        let mut places = vec!["changes".to_owned(), "payload".to_owned()];
        if let Some(data) = body.pointer_mut("/data") {
            cut(data, CUTS[CUTS.len() - 1], "", &mut places);
        }
        noted(body, places)
    }
}

fn noted(mut body: Value, mut places: Vec<String>) -> String {
    places.truncate(PLACES);
    if let Some(data) = body.pointer_mut("/data").and_then(Value::as_object_mut) {
        data.insert("truncated".to_owned(), json!(places));
    }
    body.to_string()
}

/// Cuts texts and lists, and notes where.
fn cut(value: &mut Value, chars: usize, place: &str, places: &mut Vec<String>) {
    let below = |name: &str| {
        if place.is_empty() {
            name.to_owned()
        } else {
            format!("{place}.{name}")
        }
    };
    match value {
        Value::String(text) if text.chars().count() > chars => {
            *text = text.chars().take(chars).chain([CUT_MARK]).collect();
            places.push(place.to_owned());
        }
        Value::Array(values) => {
            if values.len() > ENTRIES {
                values.truncate(ENTRIES);
                places.push(place.to_owned());
            }
            for (position, value) in values.iter_mut().enumerate() {
                cut(value, chars, &below(&position.to_string()), places);
            }
        }
        Value::Object(fields) => cut_fields(fields, chars, &below, places),
        _ => {}
    }
}

fn cut_fields(fields: &mut Map<String, Value>, chars: usize, below: &dyn Fn(&str) -> String, places: &mut Vec<String>) {
    for (name, value) in fields.iter_mut() {
        // A cut id or address is none.
        if !matches!(name.as_str(), "id" | "key" | "url") {
            cut(value, chars, &below(name), places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(changes: Value) -> Told {
        Told {
            id: "evt_1".to_owned(),
            event_type: "report.updated".to_owned(),
            sequence: 7,
            occurred_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            actor: json!({ "kind": "USER", "name": "Ada" }),
            subject: json!({ "type": "REPORT", "key": "PM-1", "title": "Ü".repeat(300), "url": "https://example.org/" }),
            changes,
            payload: json!({}),
            today: NaiveDate::default(),
        }
    }

    #[test]
    fn short_bodies_are_whole() {
        let body: Value = serde_json::from_str(&told(json!([])).json()).unwrap();
        assert_eq!(body["timestamp"], "2026-03-02T09:00:00Z");
        assert_eq!(body["data"]["sequence"], "7");
        assert!(body["data"].get("truncated").is_none());
    }

    #[test]
    fn long_bodies_are_cut_and_say_so() {
        let long = "\u{1}Ü".repeat(200_000);
        let fields = [1, 3, 40, 400];
        for number in fields {
            let changes: Vec<Value> = (0..number)
                .map(|n| json!({ "field": format!("f{n}"), "from": long, "to": [long] }))
                .collect();
            let text = told(json!(changes)).json();
            assert!(text.len() <= BODY_BYTES, "{number}: {}", text.len());
            let body: Value = serde_json::from_str(&text).unwrap();
            assert!(!body["data"]["truncated"].as_array().unwrap().is_empty());
            assert_eq!(body["data"]["subject"]["key"], "PM-1");
        }
    }
}
