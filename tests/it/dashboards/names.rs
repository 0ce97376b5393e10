//! The tables of docs/dashboards.md are what is served, and rules and panels name nothing else.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::test::TestRequest;
use chrono::Duration;
use entity::{enums::Role, tracker_connection, tracker_link};
use postmortem_tests::{
    TestApp, on_both_databases,
    prometheus::{prepared, promtool},
    scrape::{METRICS_TOKEN, Scrape},
};
use serde_json::json;

use super::{panel_queries, quoted, read, root, snippets};

/// What the tables say of each metric: its type and labels.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let text = read("docs/dashboards.md");
    let rows = text.lines().filter(|line| line.starts_with("| `p"));
    let mut found = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning] = cells[..] else {
            panic!("four cells: {row}")
        };
        let kinds = ["gauge", "counter", "histogram"];
        assert!(kinds.contains(&kind) && meaning.len() > 10, "{row}");
        let labels = quoted(labels).into_iter().map(str::to_owned).collect();
        let before = found.insert(quoted(name)[0].to_owned(), (kind.to_owned(), labels));
        assert!(before.is_none(), "{name} is there twice");
    }
    found
}

/// What rules record.
fn recorded() -> BTreeSet<String> {
    let rules = read("deploy/prometheus/rules/postmortem.yml");
    let names = rules
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("record: "));
    names.map(str::to_owned).collect()
}

/// The names of ours that an expression has.
fn named(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let ours = |word: &&str| word.starts_with("postmortem_") || word.starts_with("process_");
    // The jobs of prometheus.yml are called so too.
    words.filter(ours).map(str::to_owned).collect()
}

/// An answer in which every metric has a series.
async fn full(app: &TestApp) -> Scrape {
    let admin = crate::demo::load(app).await;
    let connection = tracker_connection::Model {
        is_enabled: true,
        ..app.tracker_connection_row(None)
    };
    let incident = app.incident_row();
    let report = app.report_row(incident.id);
    let item = app.recommendation_row(report.id);
    let link: tracker_link::Model = app.tracker_link_row(&item, connection.id);
    app.store([incident]).await;
    app.store([report]).await;
    app.store([item]).await;
    app.store([connection]).await;
    app.store([link]).await;
    app.ask(&admin, "query Board { viewer { user { id } } }", json!({}))
        .await
        .data();
    // What goes round the routes of a server is not round those of tests.
    app.app
        .meters
        .http
        .answered("GET", "/graphql", 200, std::time::Duration::from_millis(3));
    app.user("Nobody", Role::Viewer).await;
    app.scrape().await
}

on_both_databases! {
    /// Every metric that is served is in a table, with its type and its labels, and the other way round.
    async fn tables_and_answer_agree(app) {
        let (served, said) = (full(app).await, documented());
        let labels = served.labels();
        let served: BTreeMap<_, _> =
            served.types.iter().map(|(name, kind)| (name.clone(), (kind.clone(), labels[name].clone()))).collect();
        for (name, what) in &served {
            assert_eq!(said.get(name), Some(what), "describe {name} so in docs/dashboards.md");
        }
        for name in said.keys() {
            assert!(served.contains_key(name), "{name} is in docs/dashboards.md and is not served");
        }
    }

    /// By the judgement of Prometheus, with data and without any.
    async fn promtool_is_content_with_them(app) {
        prepared();
        let empty = app.scrape().await.text;
        promtool(&["check", "metrics"], &root(), &empty).unwrap();
        // What was read is kept for a while.
        app.advance(Duration::hours(1));
        let full = full(app).await.text;
        promtool(&["check", "metrics"], &root(), &full).unwrap();
        assert!(full.contains("postmortem_recommendations{") && !empty.contains("postmortem_recommendations{"));
        let open = TestRequest::get()
            .uri("/metrics")
            .insert_header(("Authorization", format!("Bearer {METRICS_TOKEN}")))
            .insert_header(("Accept", "application/openmetrics-text"));
        let open = app.send(open).await.body;
        assert!(open.ends_with("# EOF\n") && open.contains("# UNIT postmortem_queue_oldest_age_seconds seconds\n"), "{open}");
    }
}

/// Alerts, panels and snippets name what there is.
#[test]
fn rules_panels_and_snippets_name_what_there_is() {
    let (said, recorded) = (documented(), recorded());
    let is_there = |name: &String| {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().any(|part| {
            let base = name.strip_suffix(part).and_then(|base| said.get(base));
            base.is_some_and(|(kind, _)| kind == "histogram")
        });
        said.contains_key(name) || of_histogram || recorded.contains(name)
    };
    let rules = read("deploy/prometheus/rules/postmortem.yml");
    let rules = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let mut all: Vec<(String, String)> = rules.map(|rule| ("a rule".to_owned(), rule.to_owned())).collect();
    assert!(all.len() > 10);
    all.extend(panel_queries());
    all.extend(
        snippets("promql")
            .into_iter()
            .map(|snippet| ("docs/dashboards.md".to_owned(), snippet.text)),
    );
    for (place, expression) in &all {
        for name in named(expression) {
            assert!(
                is_there(&name),
                "{place} names {name}, which is not served: {expression}"
            );
        }
    }
    let shown: BTreeSet<String> = all.iter().flat_map(|(_, expression)| named(expression)).collect();
    for name in &recorded {
        assert!(
            named(&read("docs/dashboards.md")).contains(name),
            "say in docs/dashboards.md that {name} is recorded"
        );
    }
    for name in said.keys() {
        let forms = ["", "_bucket", "_sum", "_count"].map(|part| format!("{name}{part}"));
        assert!(
            forms.iter().any(|form| shown.contains(form)),
            "no alert, panel or snippet shows {name}"
        );
    }
}
