//! What the pages show is what the API answers, and leads to what it counts.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use super::{links, page, target, total, words};
use crate::demo::load;

const FIGURES: &str = "open overdue blocked unowned proposed onTimeRate completionRate medianOpenAgeDays
    ageing { fromDays toDays count overdue }";

/// What filters of the address mean in the API.
fn cases() -> Vec<(&'static str, Value)> {
    vec![
        ("", json!({})),
        (
            "?severity=SEV1,SEV2&priority=P1",
            json!({ "incident": { "severity": { "in": ["SEV1", "SEV2"] } }, "priority": { "in": ["P1"] } }),
        ),
        ("?team=payments", json!({ "team": { "slug": { "eq": "payments" } } })),
    ]
}

fn percent(share: &Value) -> String {
    share
        .as_f64()
        .map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

async fn figures(app: &TestApp, user: &TestUser, filter: &Value) -> Value {
    let query = format!(
        "query ($filter: RecommendationFilter) {{ followThrough(filter: $filter, groupBy: TEAM) {{ overall {{ {FIGURES} }} groups {{ key label metrics {{ open overdue }} }} }} }}"
    );
    app.ask(user, &query, json!({ "filter": filter }))
        .await
        .at("/followThrough")
}

on_both_databases! {
    /// Headline, ages, teams and weeks, with and without filters.
    async fn the_overview_is_what_the_api_says(app) {
        let admin = load(app).await;
        for (query, filter) in cases() {
            let html = page(app, &admin, &format!("/{query}")).await;
            let found = figures(app, &admin, &filter).await;
            let overall = &found["overall"];
            assert!(overall["open"].as_u64().unwrap() > 0, "nothing is open with {query}");
            let counts = [("Open", "open"), ("Overdue", "overdue"), ("Blocked", "blocked"), ("Unowned", "unowned"), ("To be decided", "proposed")];
            let rates = [("On time", percent(&overall["onTimeRate"])), ("Done", percent(&overall["completionRate"]))];
            let age = overall["medianOpenAgeDays"].as_f64().map_or("–".to_owned(), |days| format!("{days:.0} d"));
            let shown = counts.map(|(name, field)| (name, overall[field].to_string()));
            for (name, value) in shown.into_iter().chain(rates).chain([("Median age", age)]) {
                let expected = format!("<span class=\"name\">{name}</span><strong>{value}</strong>");
                assert!(html.contains(&expected), "{query}: no {expected}");
            }
            let text = words(&html);
            for bucket in overall["ageing"].as_array().unwrap() {
                let to = bucket["toDays"].as_u64().map_or("+".to_owned(), |to| format!("–{to}"));
                let row = format!("{}{to} {} {}", bucket["fromDays"], bucket["count"], bucket["overdue"]);
                assert!(text.contains(&row), "{query}: no row {row:?}");
            }
            for group in found["groups"].as_array().unwrap() {
                let label = group["label"].as_str().filter(|_| group["key"] != "").unwrap_or("No team");
                let row = format!("{label} {} open {} overdue", group["metrics"]["open"], group["metrics"]["overdue"]);
                assert!(text.contains(&row), "{query}: no row {row:?}");
            }
            let weeks = "query ($filter: RecommendationFilter, $from: Date!, $to: Date!) {
                followThroughTrend(filter: $filter, from: $from, to: $to, interval: WEEK) { accepted implemented open overdue } }";
            let span = json!({ "filter": filter, "from": app.day(1 - 26 * 7), "to": app.day(0) });
            let weeks = app.ask(&admin, weeks, span).await.at("/followThroughTrend");
            let weeks = weeks.as_array().unwrap();
            let sum = |field: &str| weeks.iter().map(|week| week[field].as_u64().unwrap()).sum::<u64>();
            let (first, last) = (&weeks[0], &weeks[weeks.len() - 1]);
            let says = format!(
                "In 26 weeks {} were accepted and {} implemented. Open went from {} to {}, overdue from {} to {}.",
                sum("accepted"), sum("implemented"), first["open"], last["open"], first["overdue"], last["overdue"],
            );
            assert!(text.contains(&says), "{query}: no {says:?}");
        }
    }

    /// A figure with a link is the length of the list that the link leads to.
    async fn every_figure_leads_to_its_list(app) {
        let admin = load(app).await;
        let mut followed = 0;
        for (query, _) in cases() {
            let on = format!("/{query}");
            for link in links(&page(app, &admin, &on).await) {
                let number = match link.inside.split_once("<strong>") {
                    Some((_, rest)) => rest.split_once("</strong>").unwrap().0.to_owned(),
                    None => link.inside.chars().take_while(char::is_ascii_digit).collect(),
                };
                let Ok(number) = number.parse::<u64>() else { continue };
                let path = target(&on, &link.href).unwrap();
                assert_eq!(total(&page(app, &admin, &path).await), number, "{path}");
                followed += 1;
            }
        }
        assert!(followed > 60, "only {followed} figures have a link");
    }

    /// No link of a page leads nowhere, however one gets to the page.
    async fn every_link_leads_somewhere(app) {
        let admin = load(app).await;
        let mut seen = BTreeSet::from(["/".to_owned()]);
        let mut next: Vec<String> = seen.iter().cloned().collect();
        while let Some(on) = next.pop() {
            for link in links(&page(app, &admin, &on).await) {
                let Some(path) = target(&on, link.href.split('#').next().unwrap()) else { continue };
                // Combinations of filters are without end.
                if path.contains("graphiql") || (on != "/" && path.contains('?')) {
                    continue;
                }
                if seen.insert(path.clone()) {
                    next.push(path);
                }
            }
        }
        for kind in ["/recommendations/REC-", "/reports/PM-", "/incidents/INC-", "/root-causes/"] {
            assert!(seen.iter().filter(|path| path.starts_with(kind)).count() > 10, "few of {kind} are linked: {seen:?}");
        }
    }

    /// The `url` of a thing is the address of its page, which shows it.
    async fn url_fields_lead_to_pages(app) {
        let admin = load(app).await;
        let query = "{
            recommendations(first: 3) { nodes { title url } } reports(first: 3) { nodes { title url } }
            incidents(first: 3) { nodes { title url } } rootCauses(first: 3) { nodes { title url } }
        }";
        let found = app.ask(&admin, query, json!({})).await;
        for (_, list) in found.data().as_object().unwrap() {
            for node in list["nodes"].as_array().unwrap() {
                let path = node["url"].as_str().unwrap().strip_prefix("http://postmortem.example").unwrap();
                let title = node["title"].as_str().unwrap();
                let html = page(app, &admin, path).await;
                assert!(words(&html).contains(&words(title).replace('&', "&amp;").replace('"', "&quot;")), "{path} does not show {title}");
            }
        }
    }

    /// A cause that came back is told of with the incident that it was last in.
    async fn a_cause_that_came_back_was_last_in_the_latest_incident(app) {
        let ada = app.user("Ada", Role::Member).await;
        let mut first: Option<String> = None;
        let mut incidents = Vec::new();
        for _ in 0..3 {
            app.advance(Duration::days(30));
            let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
            let cause = app.cause(&ada, &report, json!({})).await;
            if let Some(first) = &first {
                let input = json!({ "rootCauseId": cause, "recurrenceOfId": first });
                app.mutate(&ada, "linkRecurrence", input, "rootCause { id }").await.data();
            }
            let shown = app.show(&ada, "report", &report.id, "incident { key }").await;
            incidents.push(shown["incident"]["key"].as_str().unwrap().to_owned());
            first.get_or_insert(cause);
        }
        let html = page(app, &ada, "/").await;
        let (_, panel) = html.split_once("Causes that came back").unwrap();
        let (panel, _) = panel.split_once("</section>").unwrap();
        let last = &incidents[2];
        assert!(words(panel).contains(&format!("last in {last}")), "{}", words(panel));
        assert!(panel.contains(&format!("incidents/{last}\"")), "{panel}");
    }

    /// Who has just begun meets words, not empty tables.
    async fn nothing_yet(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let text = words(&page(app, &ada, "/").await);
        for said in ["Nothing is overdue.", "Nothing was recommended yet.", "No cause is known to have come back.", "Every report that is required is written"] {
            assert!(text.contains(said), "no {said:?} in {text}");
        }
        for list in ["recommendations", "reports", "incidents", "root-causes"] {
            let html = page(app, &ada, &format!("/{list}")).await;
            assert_eq!(total(&html), 0);
            assert!(words(&html).contains(" here."), "{list}");
        }
    }

    /// The overview costs the same statements however much there is, and few.
    async fn the_overview_takes_few_statements(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let viewer = app.user("Vera", Role::Viewer).await;
        page(app, &viewer, "/").await;
        app.forget_statements();
        page(app, &viewer, "/").await;
        let empty = app.statements();
        app.world().await;
        for _ in 0..2 {
            let report = app.report(&ada, json!({ "dueOn": app.day(-3) })).await;
            app.publish(&ada, &report).await;
        }
        app.forget_statements();
        page(app, &viewer, "/").await;
        let full = app.statements();
        app.forget_statements();
        page(app, &viewer, "/").await;
        let again = app.statements();
        // What hangs on rows is loaded once for all of them. Five of its questions look at the log first.
        assert!(empty.len() <= 20 && full.len() <= 32, "{} and {}:\n{}", empty.len(), full.len(), full.join("\n"));
        // When nothing has happened, none of its figures is counted again.
        let counts = ["recommendation_version", "recurrence_of_id\" FROM", "\"state\""];
        let counted = again.iter().filter(|sql| counts.iter().any(|count| sql.contains(count)));
        assert_eq!(counted.count(), 0, "{}", again.join("\n"));
        assert!(again.len() + 9 <= full.len(), "{} and {}:\n{}", again.len(), full.len(), again.join("\n"));
    }
}
