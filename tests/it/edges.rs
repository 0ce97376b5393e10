//! What stands at the edge of what is taken: the last day, the second that few minutes have, files in the wrong order.

use actix_web::http::StatusCode;
use entity::enums::Role;
use postmortem_tests::{Engine, TestApp, TestDatabase, on_both_databases};
use serde_json::json;

use crate::{
    calendar::{feed, get},
    documents::exported_json,
    settings_and_cli::{Machine, stdout},
};

const LAST: &str = "9999-12-31";

on_both_databases! {
    /// It stands for "never" in many a tracker. Nothing that counts by days stumbles over it.
    async fn something_is_due_on_the_last_day(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({})).await;
        let events = feed(app, &ada, json!({ "form": "VEVENT" })).await;
        app.accept(&ada, &item, &ada, LAST.parse().unwrap()).await;
        let trend = format!(
            "{{ followThroughTrend(from: \"{}\", to: \"{}\", interval: DAY) {{ open overdue accepted }} }}",
            app.day(0), app.day(1),
        );
        let points = app.ask(&ada, &trend, json!({})).await.at("/followThroughTrend");
        assert_eq!(points[0], json!({ "open": 1, "overdue": 0, "accepted": 1 }));
        let (status, page, _) = app.get_as(&ada, "/").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let calendar = get(app, &events.path).await.body;
        assert!(calendar.contains("DTSTART;VALUE=DATE:99991231") && !calendar.contains("DTEND"), "{calendar}");
    }

    /// The 61st second of a minute is the first of the next, in both databases and before they have it.
    async fn no_minute_has_a_61st_second(app) {
        let ada = app.user("Ada", Role::Member).await;
        let input = json!({ "title": "Leap", "severity": "SEV3", "startedAt": "2026-02-01T23:59:60.25Z", "detectedAt": "2026-02-02T00:00:10Z" });
        let made = app.mutate(&ada, "createIncident", input, "incident { id startedAt timeToDetectSeconds }").await;
        assert_eq!(made.text("/incident/startedAt"), "2026-02-02T00:00:00.250Z");
        let stored = app.show(&ada, "incident", &made.text("/incident/id"), "startedAt").await;
        assert_eq!(stored["startedAt"], "2026-02-02T00:00:00.250Z");
        let since = "{ incidents(filter: {startedAt: {gte: \"2026-02-02T00:00:00Z\"}}) { totalCount } }";
        assert_eq!(app.ask(&ada, since, json!({})).await.at("/incidents/totalCount"), 1);
    }

    /// Also in letters whose small form depends on what stands beside them, or is more than one letter.
    async fn a_title_is_found_by_its_own_words(app) {
        titles_are_found(app).await;
    }
}

async fn titles_are_found(app: &TestApp) {
    let ada = app.user("Ada", Role::Member).await;
    let found = "query($words: String!) { incidents(filter: {title: {contains: $words}}) { totalCount } }";
    for (title, part) in [
        ("ΚΛΕΙΣΤΗ ΟΔΟΣ", "ΚΛΕΙΣ"),
        ("İSTANBUL'DA KESİNTİ", "STANBUL"),
        ("GROẞE STRAẞE", "STRAẞE"),
        ("ǄEP", "EP"),
        ("50 % of \\ and _", "% OF \\ AND _"),
    ] {
        let input = json!({ "title": title, "severity": "SEV3", "startedAt": "2026-02-01T10:00:00Z", "detectedAt": "2026-02-01T10:05:00Z" });
        app.mutate(&ada, "createIncident", input, "incident { id }").await;
        for words in [title, part] {
            let answer = app.ask(&ada, found, json!({ "words": words })).await;
            assert_eq!(answer.at("/incidents/totalCount"), 1, "{words}");
        }
    }
}

/// Many servers compare and fold texts as a language does. Titles are found there, and labels stand in the same order as elsewhere.
#[actix_web::test]
async fn a_database_of_a_language_answers_as_others_do() {
    let app = TestApp::on(Engine::Postgres, TestDatabase::of_a_language().await).await;
    titles_are_found(&app).await;
    let ada = app.user("Ada", Role::Admin).await;
    let labels = json!({ "labels": ["alpha", "Alpha", "a-c", "ab", "ä", "z"] });
    let report = app.report(&ada, labels.clone()).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    app.item(&ada, &[&cause], labels).await;
    let asked = "{ reports { nodes { labels recommendations { nodes { labels } } } } }";
    let answer = app.ask(&ada, asked, json!({})).await;
    let in_bytes = json!(["Alpha", "a-c", "ab", "alpha", "z", "ä"]);
    assert_eq!(answer.at("/reports/nodes/0/labels"), in_bytes);
    assert_eq!(answer.at("/reports/nodes/0/recommendations/nodes/0/labels"), in_bytes);
    app.finish().await;
}

/// A report whose recommendations treat only causes of another comes after that, however the files are named.
#[actix_web::test]
async fn files_are_imported_in_an_order_that_works() {
    let app = TestApp::new(Engine::Sqlite).await;
    let ada = app.user("Ada", Role::Admin).await;
    let (first, second) = (app.report(&ada, json!({})).await, app.report(&ada, json!({})).await);
    let (own, elsewhere) = (
        app.cause(&ada, &first, json!({})).await,
        app.cause(&ada, &second, json!({})).await,
    );
    let item = app.item(&ada, &[&own], json!({})).await;
    let there = json!({ "id": item.id, "rootCauseIds": [elsewhere] });
    app.mutate(&ada, "addressRootCauses", there, "recommendation { id }")
        .await
        .data();
    let machine = Machine::new();
    for (name, report) in [("a.json", &first), ("b.json", &second)] {
        let text = exported_json(&app, &report.key).await.to_string();
        std::fs::write(machine.0.path().join(name), text).unwrap();
    }
    let alone = machine.run(&["import", "a.json"]);
    assert!(stdout(&alone).contains("import that report first"), "{alone:?}");
    let both = machine.run(&["import", "a.json", "b.json"]);
    assert!(both.status.success(), "{both:?}");
    assert!(
        String::from_utf8_lossy(&both.stderr).contains("2 imported, 0 known already, 0 not imported"),
        "{both:?}"
    );
    app.finish().await;
}
