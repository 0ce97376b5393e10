//! The example of docs/metrics.md, read from there: what is written is what is served.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, fixtures::TestItem, on_both_databases};
use serde_json::{Map, Value, json};

use super::metrics::{ALL, assert_same};

/// The rows of the table with this heading, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = include_str!("../../../docs/metrics.md");
    let (_, example) = text.split_once("## An example").expect("the example");
    let (_, rows) = example.split_once(heading).expect("the table");
    let rows = rows.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

/// On which day, to which item, what.
type Step = (NaiveDate, usize, String);

fn steps(rows: &[Vec<String>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for row in rows {
        let item = row[0].parse().unwrap();
        if let Ok(day) = row[2].parse() {
            steps.push((day, item, format!("accepted {}", row[3])));
        }
        for step in row[4].split(", ").filter(|step| !step.is_empty()) {
            let day = step.split(' ').find_map(|word| word.parse().ok()).expect("a day");
            steps.push((day, item, step.to_owned()));
        }
    }
    // What happens to one item on one day happens in the order in which it is written.
    steps.sort_by_key(|(day, item, _)| (*day, *item));
    steps
}

async fn take(app: &TestApp, [ada, ben, cleo]: [&TestUser; 3], item: &TestItem, step: &str) {
    let last = step.rsplit(' ').next().unwrap();
    let reason = json!({ "reason": "It was agreed." });
    let (who, mutation, more) = match step.split(' ').next().unwrap() {
        "accepted" => (ada, "acceptRecommendation", json!({ "ownerId": ben.id, "dueOn": last })),
        "started" => (ben, "startRecommendation", json!({})),
        "blocked" => (ben, "blockRecommendation", reason),
        "implemented" => (ben, "implementRecommendation", json!({})),
        "verified" => (cleo, "verifyRecommendation", json!({})),
        "reopened" => (ada, "reopenRecommendation", reason),
        "put" => (
            ada,
            "changeDueDate",
            json!({ "dueOn": last, "reason": "It takes longer." }),
        ),
        "disowned" => (ada, "assignRecommendation", json!({ "ownerId": null })),
        "declined" => {
            let until = (last == "RISK_ACCEPTED").then_some("2027-03-20");
            (
                ada,
                "declineRecommendation",
                json!({ "reason": last, "note": "It was agreed.", "riskAcceptedUntil": until }),
            )
        }
        other => panic!("the example says {other:?}, which is no step"),
    };
    app.step(who, mutation, item, more).await.data();
}

on_both_databases! {
    async fn the_example_of_the_documents_is_right(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (ben, cleo) = (app.user("Ben", Role::Member).await, app.user("Cleo", Role::Admin).await);
        let report = app.report(&ada, json!({})).await;
        let mut causes = HashMap::new();
        for title in ["retries", "alerts", "rollback", "training"] {
            causes.insert(title.to_owned(), app.cause(&ada, &report, json!({ "title": title })).await);
        }
        let nothing = json!({ "rootCauseId": causes["rollback"], "reason": "It is rarely needed." });
        app.mutate(&ada, "recordNoAction", nothing, "rootCause { id }").await.data();
        let rows = table("| item | treats | accepted | due | then |");
        assert_eq!(rows.len(), 10, "the example has ten items");
        let mut items = Vec::new();
        for row in &rows {
            items.push(app.item(&ada, &[&causes[&row[1]]], json!({})).await);
        }
        for (day, item, step) in steps(&rows) {
            let days = day - app.day(0);
            app.advance(days);
            take(app, [&ada, &ben, &cleo], &items[item - 1], &step).await;
        }
        app.advance("2026-04-10".parse::<NaiveDate>().unwrap() - app.day(0));
        let served = app.ask(&ada, &format!("{{ followThrough {{ overall {{ {ALL} }} }} }}"), json!({})).await;
        let served = served.at("/followThrough/overall");
        let mut written = Map::new();
        for row in table("| figure | worked out | value |") {
            let value: Value = serde_json::from_str(&row[2]).expect("a number");
            written.insert(row[0].trim_matches('`').to_owned(), value);
        }
        assert_eq!(written.len(), 22, "the example has every figure but the ageing");
        assert_same("the example", &served, &written);
        let ageing = served["ageing"].as_array().unwrap();
        let buckets: Vec<_> = ageing.iter().map(|bucket| (bucket["count"].as_i64().unwrap(), bucket["overdue"].as_i64().unwrap())).collect();
        assert_eq!(buckets, [(1, 0), (2, 1), (0, 0), (0, 0), (0, 0)]);
    }
}
