//! Whether all targets give the same answer, each in its own shape.

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{
    operation::Operation,
    target::{Kind, Speech},
};

/// Fails, and says where they differ, when an answer is not that of the first target.
pub fn same(operation: Operation, first: (Kind, &Value), other: (Kind, &Value)) -> Result<()> {
    let (expected, found) = (plain(operation, first.0, first.1), plain(operation, other.0, other.1));
    if let Some(difference) = difference("", &expected, &found) {
        bail!(
            "{} and {} do not agree on the {}: {difference}",
            first.0.name(),
            other.0.name(),
            operation.name()
        );
    }
    Ok(())
}

/// The first place where two answers differ, with both values.
fn difference(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            let pairs = ones.iter().zip(others).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (one, other))| difference(&format!("{path}/{at}"), one, other))
        }
        (Value::Object(ones), Value::Object(others)) if ones.len() == others.len() => {
            ones.iter().find_map(|(name, one)| {
                let other = others.get(name).unwrap_or(&Value::Null);
                difference(&format!("{path}/{name}"), one, other)
            })
        }
        _ if one == other => None,
        _ => Some(format!("{path}: {one} and {other}")),
    }
}

/// An answer in our shape, without what may differ: cursors, the spelling of times, the order within short lists.
fn plain(operation: Operation, kind: Kind, answer: &Value) -> Value {
    let mut answer = answer.clone();
    if kind.speech() == Speech::Tables {
        answer = renamed(operation, answer);
    }
    tidy(&mut answer);
    answer
}

fn renamed(operation: Operation, mut answer: Value) -> Value {
    match operation {
        Operation::Report => json!({ "report": report(answer["reports"]["nodes"][0].take()) }),
        Operation::FollowThrough | Operation::FollowThroughChanged => {
            let teams = answer["benchTeamFollowThroughs"]["nodes"].take();
            let groups = teams.as_array().into_iter().flatten().map(|team| {
                let count = |name: &str| team[name].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
                let (open, implemented, verified) = (count("open"), count("implemented"), count("verified"));
                let done = implemented + verified;
                json!({ "key": team["slug"], "metrics": {
                    "proposed": count("proposed"), "open": open, "overdue": count("overdue"), "implemented": implemented,
                    "verified": verified, "completionRate": done as f64 / (open + done) as f64,
                } })
            });
            json!({ "followThrough": { "groups": groups.collect::<Vec<_>>() } })
        }
        _ => {
            let nodes = answer["recommendations"]["nodes"].as_array_mut();
            for node in nodes.into_iter().flatten().filter_map(Value::as_object_mut) {
                unlink(node, "rootCauses", "rootCause");
            }
            answer
        }
    }
}

fn report(mut report: Value) -> Value {
    let Some(fields) = report.as_object_mut() else {
        return report;
    };
    let timeline = fields.remove("timelineEvents").unwrap_or_default();
    fields.insert("timeline".to_owned(), timeline);
    let causes = fields
        .get_mut("rootCauses")
        .and_then(|causes| causes["nodes"].as_array_mut());
    for cause in causes.into_iter().flatten().filter_map(Value::as_object_mut) {
        unlink(cause, "recommendations", "recommendation");
    }
    report
}

/// Leaves out the rows that stand between items and causes.
fn unlink(fields: &mut Map<String, Value>, name: &str, other: &str) {
    if let Some(mut links) = fields.remove("recommendationRootCauses") {
        let nodes = links["nodes"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .map(|link| link[other].take());
        let nodes: Vec<Value> = nodes.collect();
        fields.insert(name.to_owned(), json!({ "nodes": nodes }));
    }
}

fn tidy(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            fields.remove("endCursor");
            for (name, value) in fields {
                let time = value.as_str().filter(|_| name == "occurredAt");
                if let Some(time) = time.and_then(|text| DateTime::parse_from_rfc3339(text).ok()) {
                    *value = json!(time.with_timezone(&Utc));
                } else if let Some(rate) = value.as_f64().filter(|_| name == "completionRate") {
                    *value = json!(format!("{rate:.9}"));
                } else {
                    tidy(value);
                }
                if name == "rootCauses" {
                    sort(value);
                }
            }
        }
        _ => (),
    }
}

/// The order of a page counts, that of the few causes of an item does not.
fn sort(value: &mut Value) {
    match value {
        Value::Array(values) => {
            values.iter_mut().for_each(sort);
            values.sort_by_cached_key(Value::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => (),
    }
}
