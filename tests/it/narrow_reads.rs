//! Of a row only the columns are read that the selected fields need. What a field answers does not depend on what else is asked.

use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use crate::demo::load;

/// Where objects of a type are found: a query with a place for their selection, and the way to them in its answer.
const PLACES: &[(&str, &str, &[&str])] = &[
    (
        "Recommendation",
        "{ recommendations(first: 5) { nodes { % } } }",
        &["recommendations", "nodes"],
    ),
    (
        "Recommendation",
        "{ recommendations(last: 5, orderBy: {field: PRIORITY, direction: DESC}) { edges { node { % } } } }",
        &["recommendations", "edges", "node"],
    ),
    (
        "Recommendation",
        "{ reports(first: 5) { nodes { recommendations { nodes { % } } } } }",
        &["reports", "nodes", "recommendations", "nodes"],
    ),
    ("Report", "{ reports(first: 5) { nodes { % } } }", &["reports", "nodes"]),
    (
        "Report",
        "{ recommendations(first: 5) { nodes { report { % } } } }",
        &["recommendations", "nodes", "report"],
    ),
    ("Report", "{ report(key: \"PM-1\") { % } }", &["report"]),
    (
        "User",
        "{ recommendations(first: 5) { nodes { owner { % } } } }",
        &["recommendations", "nodes", "owner"],
    ),
    ("User", "{ users(first: 5) { nodes { % } } }", &["users", "nodes"]),
    (
        "Team",
        "{ reports(first: 5) { nodes { team { % } } } }",
        &["reports", "nodes", "team"],
    ),
    ("Team", "{ teams(first: 5) { nodes { % } } }", &["teams", "nodes"]),
    (
        "Incident",
        "{ incidents(first: 5) { nodes { % } } }",
        &["incidents", "nodes"],
    ),
    (
        "Incident",
        "{ recommendations(first: 5) { nodes { incident { % } } } }",
        &["recommendations", "nodes", "incident"],
    ),
    (
        "RootCause",
        "{ rootCauses(first: 5) { nodes { % } } }",
        &["rootCauses", "nodes"],
    ),
    (
        "RootCause",
        "{ recommendations(first: 5) { nodes { rootCauses { nodes { % } } } } }",
        &["recommendations", "nodes", "rootCauses", "nodes"],
    ),
    (
        "TimelineEvent",
        "{ reports(first: 5) { nodes { timeline { nodes { % } } } } }",
        &["reports", "nodes", "timeline", "nodes"],
    ),
];

/// What to ask of each field of a type: its value, or something of what it leads to.
async fn selections(app: &TestApp, user: &TestUser, type_name: &str) -> Vec<(String, String)> {
    let query = "query Fields($name: String!) { __type(name: $name) { fields { name type { \
                 kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }";
    let answer = app.ask(user, query, json!({ "name": type_name })).await;
    let fields = answer.data()["__type"]["fields"].as_array().expect("fields").clone();
    fields
        .iter()
        .map(|field| {
            let name = field["name"].as_str().expect("a name").to_owned();
            let mut of = &field["type"];
            while !of["ofType"].is_null() {
                of = &of["ofType"];
            }
            let of_what = of["name"].as_str().unwrap_or_default();
            let below = match of["kind"].as_str() {
                Some("SCALAR" | "ENUM") => String::new(),
                _ if of_what.ends_with("Connection") => " { totalCount }".to_owned(),
                Some("OBJECT")
                    if ["User", "Team", "Incident", "Report", "Recommendation", "RootCause"].contains(&of_what) =>
                {
                    " { id }".to_owned()
                }
                _ => " { __typename }".to_owned(),
            };
            let selection = format!("{name}{below}");
            (name, selection)
        })
        .collect()
}

/// The objects at the end of a way, in the order of the answer.
fn at<'a>(value: &'a Value, way: &[&str]) -> Vec<&'a Value> {
    match (value, way) {
        (Value::Array(values), _) => values.iter().flat_map(|value| at(value, way)).collect(),
        (value, []) => vec![value],
        (value, [first, rest @ ..]) => at(&value[*first], rest),
    }
}

on_both_databases! {
    /// Each field alone answers what it answers among all the others.
    async fn a_field_alone_answers_the_same(app) {
        let admin = load(app).await;
        for (type_name, place, way) in PLACES {
            let fields = selections(app, &admin, type_name).await;
            assert!(fields.len() > 5, "{type_name} has fields");
            let every: Vec<&str> = fields.iter().map(|(_, selection)| selection.as_str()).collect();
            let together = app.ask(&admin, &place.replace('%', &every.join(" ")), json!({})).await.data().clone();
            let together = at(&together, way);
            assert!(!together.is_empty(), "{place} finds something");
            for (name, selection) in &fields {
                let alone = app.ask(&admin, &place.replace('%', selection), json!({})).await.data().clone();
                let alone: Vec<&Value> = at(&alone, way).into_iter().map(|object| &object[name]).collect();
                let among: Vec<&Value> = together.iter().map(|object| &object[name]).collect();
                assert_eq!(alone, among, "{type_name}.{name} at {place}");
            }
        }
    }
}
