//! What receivers of events rely on: a schema for each type, checked in, served, and true of all that is written.

use std::{collections::BTreeSet, fs, path::Path};

use actix_web::http::StatusCode;
use chrono::Duration;
use entity::enums::Role;
use postmortem_api::{
    demo,
    events::model::{
        catalogue::CATALOGUE,
        schema::{file_name, schema},
    },
    jobs,
};
use postmortem_tests::{Engine, Receiver, TestApp, on_both_databases, receiver::status};
use serde_json::{Value, json};

use crate::{authz_matrix, recommendations::Crew};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events");

const STALE: &str = "is not what the code says. Not released yet: run `make schema` and look at the difference. Released: leave the \
                     old version as it is, in the catalogue and here, and add a new one";

#[test]
fn the_checked_in_schemas_are_those_of_the_code() {
    for known in CATALOGUE {
        let name = file_name(known);
        let text = fs::read_to_string(Path::new(FOLDER).join(&name));
        let text = text.unwrap_or_else(|_| panic!("docs/events/{name} is missing: run `make schema`"));
        let checked_in: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("docs/events/{name} is no JSON"));
        assert!(checked_in == schema(known), "docs/events/{name} {STALE}");
    }
    let known: BTreeSet<String> = CATALOGUE.iter().map(file_name).collect();
    let there = fs::read_dir(FOLDER).unwrap();
    let there = there.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let strange: Vec<String> = there
        .filter(|name| name.ends_with(".json") && !known.contains(name))
        .collect();
    assert!(
        strange.is_empty(),
        "no type of the catalogue has these schemas; a released one stays in both: {strange:?}"
    );
}

#[test]
fn every_type_is_in_the_document() {
    let text = fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
    let webhooks = fs::read_to_string(Path::new(FOLDER).join("../webhooks.md")).unwrap();
    for known in CATALOGUE {
        let row = format!("| [`{}`]({}) | {} |", known.name, file_name(known), known.about);
        assert!(text.contains(&row), "docs/events/README.md lacks the row\n{row}");
        let named = format!("`{}`", known.name);
        assert!(webhooks.contains(&named), "docs/webhooks.md lacks {named}");
    }
}

on_both_databases! {
    /// Also for whoever has not signed in: a receiver of webhooks need not be a user.
    async fn schemas_are_served(app) {
        let (status, index) = app.get("/events/schemas").await;
        assert_eq!(status, StatusCode::OK);
        let index: Value = serde_json::from_str(&index).unwrap();
        let schemas = index["schemas"].as_array().unwrap();
        assert_eq!(schemas.len(), CATALOGUE.len());
        for (entry, known) in schemas.iter().zip(CATALOGUE) {
            assert_eq!(entry["type"], known.name);
            let (status, text) = app.get(entry["schema"].as_str().unwrap()).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), schema(known));
        }
        for name in ["recommendation.accepted", "recommendation.accepted.v0.json", "..%2FCargo.toml"] {
            assert_eq!(app.get(&format!("/events/schemas/{name}")).await.0, StatusCode::NOT_FOUND, "{name}");
        }
    }

    /// Two years of a company.
    async fn the_demo_writes_what_the_schemas_say(app) {
        demo::load(&app.app, || {}).await.unwrap();
        jobs::run_once(&app.app).await.unwrap();
        assert!(app.events().await.len() > 500);
        app.check_events().await;
    }
}

/// A receiver that wants no more. First of all: the endpoints of the matrix lead nowhere, which takes time to find out.
async fn gone(app: &TestApp) {
    let admin = app.user("Root", Role::Admin).await;
    let receiver = Receiver::new();
    receiver.script([status(410)]);
    app.endpoint(&admin, &receiver, json!({})).await;
    app.report(&admin, json!({})).await;
    app.send_webhooks().await;
}

/// What no mutation of the matrix brings about in its plainest form.
async fn the_rest(app: &TestApp) {
    let crew = Crew::new(app).await;
    let admin = app.user("Root", Role::Admin).await;
    let hidden = json!({ "ownerId": crew.ada.id, "visibility": "RESTRICTED" });
    app.report(&crew.ada, hidden).await;
    app.ask(&admin, "{ reports(first: 100) { nodes { id } } }", json!({}))
        .await
        .data();
    let review = json!({ "decision": "CHANGES_REQUESTED", "comment": "Why?" });
    let report = app
        .report(&crew.ada, json!({ "ownerId": crew.ada.id, "dueOn": app.day(2) }))
        .await;
    for (name, more) in [("submitReport", json!({})), ("reviewReport", review)] {
        let mut input = json!({ "id": report.id });
        postmortem_tests::fixtures::merge(&mut input, more);
        app.mutate(&admin, name, input, "report { id }").await.data();
    }
    Box::pin(crate::trackers::everything(app)).await;
    let earlier =
        json!({ "incident": { "title": "Earlier", "severity": "SEV2", "startedAt": "2026-01-01T00:00:00Z" } });
    let earlier = app.report(&crew.ada, earlier).await;
    let first = app.cause(&crew.ada, &earlier, json!({})).await;
    let link = json!({ "rootCauseId": crew.cause, "recurrenceOfId": first });
    app.mutate(&admin, "linkRecurrence", link, "rootCause { id }")
        .await
        .data();

    let ineffective = crew.item("VERIFIED", "P2").await;
    let outcome = json!({ "outcome": "INEFFECTIVE", "note": "It broke again." });
    app.step(&crew.ada, "reviewEffectiveness", &ineffective, outcome)
        .await
        .data();
    crew.item("VERIFIED", "P2").await;
    let risk = crew.item("ACCEPTED", "P2").await;
    let until = json!({ "reason": "RISK_ACCEPTED", "note": "Rare.", "riskAcceptedUntil": app.day(5) });
    app.step(&crew.ada, "declineRecommendation", &risk, until).await.data();
    crew.item("ACCEPTED", "P2").await;
    // The list of the matrix asks for no reminders.
    app.mutate(&admin, "setDuePolicies", json!({ "policies": [] }), "version")
        .await
        .data();
    for _ in 0..120 {
        app.advance(Duration::days(1));
        jobs::run_once(&app.app).await.unwrap();
    }
}

/// A type that nothing writes is a promise that nothing keeps.
#[actix_web::test]
async fn every_type_is_written_by_something_and_as_its_schema_says() {
    let app = TestApp::with_settings(Engine::Sqlite, authz_matrix::settings).await;
    // Large, and the thread of a test is small.
    Box::pin(gone(&app)).await;
    Box::pin(authz_matrix::run(&app)).await;
    Box::pin(the_rest(&app)).await;
    app.check_events().await;
    let written: BTreeSet<String> = app.events().await.into_iter().map(|event| event.event_type).collect();
    let known: BTreeSet<String> = CATALOGUE.iter().map(|known| known.name.to_owned()).collect();
    let unwritten: Vec<_> = known.difference(&written).collect();
    assert!(unwritten.is_empty(), "make these happen in {}: {unwritten:?}", file!());
    app.finish().await;
}
