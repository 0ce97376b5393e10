//! Which of the ways that a workflow has from here leads to a status or a resolution.

use entity::enums::RecommendationStatus;
use serde_json::{Map, Value, json};

use super::named;
use crate::trackers::model::StatusMap;

/// A transition, and the fields that are given with it.
pub(super) type Way<'a> = (&'a Value, Map<String, Value>);

/// Whether nothing is left to be done.
pub(super) fn is_end(status: RecommendationStatus) -> bool {
    matches!(
        status,
        RecommendationStatus::Implemented | RecommendationStatus::Declined
    )
}

/// Whether Jira itself counts a status as one in which something is left to be done. Where it does not say, or has none, nobody knows.
pub(super) fn is_open(status: &Value) -> bool {
    let category = status.pointer("/statusCategory/key").and_then(Value::as_str);
    category.is_some_and(|key| matches!(key, "new" | "indeterminate"))
}

/// The resolutions that a transition lets choose from.
fn resolutions(way: &Value) -> impl Iterator<Item = &str> {
    let choices = way
        .pointer("/fields/resolution/allowedValues")
        .and_then(Value::as_array);
    let choices = choices.into_iter().flatten();
    choices.filter_map(|choice| choice.get("name")?.as_str())
}

fn resolved(name: &str) -> Map<String, Value> {
    Map::from_iter([("resolution".to_owned(), json!({ "name": name }))])
}

/// The way to a status or else a resolution, which says something of what is done only. A screen that asks for a resolution is given one
/// that means the same.
pub(super) fn way_to<'a>(ways: &'a [Value], word: &str, statuses: &StatusMap) -> Option<Way<'a>> {
    let meant = |name: &str| {
        statuses
            .meaning(name)
            .map(|mapping| (mapping.status, mapping.closure_reason))
    };
    let fitting = |way: &'a Value| {
        let found = resolutions(way).find(|name| meant(name).is_some() && meant(name) == meant(word));
        found.map(resolved).unwrap_or_default()
    };
    let leads = |way: &&Value| way.get("to").is_some_and(|to| named(to, word));
    let settles = |way: &&Value| {
        let ends = way.get("to").is_none_or(|to| !is_open(to));
        ends && resolutions(way).any(|name| name.eq_ignore_ascii_case(word))
    };
    let by_status = ways.iter().filter(leads).map(|way| (way, fitting(way)));
    let by_resolution = ways.iter().filter(settles).map(|way| (way, resolved(word)));
    by_status.chain(by_resolution).min_by_key(asks_for_more)
}

/// The way back to where something is left to be done.
pub(super) fn way_back<'a>(ways: &'a [Value], statuses: &StatusMap) -> Option<Way<'a>> {
    let is_open = |way: &&Value| {
        let name = way.pointer("/to/name").and_then(Value::as_str);
        let meaning = name.and_then(|name| statuses.meaning(name));
        meaning.is_some_and(|mapping| !is_end(mapping.status))
    };
    let back = ways.iter().filter(is_open).map(|way| (way, Map::new()));
    back.min_by_key(asks_for_more)
}

/// Whether a field is missing without which the way is not gone.
fn asks_for_more((way, given): &Way<'_>) -> bool {
    let fields = way.get("fields").and_then(Value::as_object);
    let says = |field: &Value, name: &str| field.get(name).and_then(Value::as_bool) == Some(true);
    fields.into_iter().flatten().any(|(name, field)| {
        let is_asked = says(field, "required") && !says(field, "hasDefaultValue");
        is_asked && !given.contains_key(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trackers::model::statuses::mapping;

    fn statuses() -> StatusMap {
        StatusMap(vec![
            mapping("To Do", RecommendationStatus::Accepted, None),
            mapping("Done", RecommendationStatus::Implemented, None),
            mapping("Fixed", RecommendationStatus::Implemented, None),
            mapping("Won't Do", RecommendationStatus::Declined, None),
        ])
    }

    fn way(id: &str, to: &str, fields: Value) -> Value {
        json!({ "id": id, "to": { "name": to }, "fields": fields })
    }

    fn taken(found: Option<Way<'_>>) -> Option<(String, Value)> {
        found.map(|(way, fields)| (super::super::text(way, "/id"), json!(fields)))
    }

    #[test]
    fn a_way_that_asks_for_nothing_more_is_preferred() {
        let choices = json!([{ "name": "Fixed" }, { "name": "Won't Do" }]);
        let resolution = json!({ "required": true, "allowedValues": choices });
        let ways = [
            way("1", "Done", json!({ "customfield_1": { "required": true } })),
            way(
                "2",
                "Done",
                json!({ "resolution": { "required": true, "allowedValues": [{ "name": "Odd" }] } }),
            ),
            way(
                "3",
                "Done",
                json!({ "resolution": resolution, "priority": { "required": true, "hasDefaultValue": true } }),
            ),
            way("4", "done", json!({})),
        ];
        let fixed = json!({ "resolution": { "name": "Fixed" } });
        let refused = json!({ "resolution": { "name": "Won't Do" } });
        let to = |ways: &[Value], word| taken(way_to(ways, word, &statuses()));
        assert_eq!(to(&ways, "Done"), Some(("3".to_owned(), fixed)));
        assert_eq!(to(&ways, "Won't Do"), Some(("3".to_owned(), refused)));
        assert_eq!(
            to(&ways[..2], "Done"),
            Some(("1".to_owned(), json!({}))),
            "the refusal says what is asked for"
        );
        assert_eq!(to(&ways, "In Review"), None);
        let choices = json!({ "resolution": { "allowedValues": [{ "name": "Won't Do" }] } });
        let mut reopens = way("6", "Anew", choices);
        assert!(to(&[reopens.clone()], "Won't Do").is_some());
        reopens["to"]["statusCategory"] = json!({ "key": "new" });
        assert_eq!(to(&[reopens.clone()], "Won't Do"), None, "it would say nothing there");
        reopens["to"]["statusCategory"] = json!({ "key": "undefined" });
        assert!(to(&[reopens], "Won't Do").is_some(), "it has no category");
        assert_eq!(taken(way_back(&ways, &statuses())), None);
        let back = [way("5", "To Do", Value::Null)];
        assert_eq!(taken(way_back(&back, &statuses())), Some(("5".to_owned(), json!({}))));
    }
}
