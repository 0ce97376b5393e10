//! A report that was made here, with all that can stand in one, on another database.

use chrono::Duration;
use postmortem_api::{exchange::queries::Form, platform::clock::Clock};
use postmortem_tests::{TestApp, on_both_databases};
use serde_json::{Value, json};

use super::{Place, exported, exported_json, imported, place, refused};
use crate::transitions::STATUSES;

const FIGURES: &str =
    "{ followThrough { overall { accepted implemented verified declined open proposed overdue onTimeRate slippedRate
    medianDaysToImplement } } recurringCauses(first: 5) { occurrences } }";

/// A published report with items that stand everywhere, and an earlier one that it has ties with.
async fn two_reports(app: &TestApp, place: &Place) -> (String, String) {
    let Place { admin, ada, bo } = place;
    let earlier = app
        .report(
            ada,
            json!({ "title": "Earlier", "ownerId": bo.id, "labels": ["db", "æ"] }),
        )
        .await;
    let first = app
        .cause(ada, &earlier, json!({ "title": "No limit on retries" }))
        .await;
    app.advance(Duration::days(3));
    let services = app
        .ask(admin, "{ services(first: 10) { nodes { id } } }", json!({}))
        .await;
    let teams = app.ask(admin, "{ teams(first: 10) { nodes { id } } }", json!({})).await;
    let services: Vec<Value> = services
        .at("/services/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    let team = teams.text("/teams/nodes/0/id");
    let report = app
        .report(
            ada,
            json!({
                "title": "Later", "ownerId": ada.id, "teamId": team, "dueOn": app.day(5),
                "incident": {
                    "title": "It broke again", "severity": "SEV1", "teamId": team, "serviceIds": services,
                    "startedAt": app.clock.now() - Duration::hours(9), "resolvedAt": app.clock.now() - Duration::hours(2),
                    "externalRefs": [{ "system": "PagerDuty", "id": "Q1", "url": "https://pager.example/Q1" }],
                },
                "participants": [{ "userId": bo.id, "role": "INCIDENT_COMMANDER" }, { "userId": bo.id, "role": "REVIEWER" }],
                "impact": { "customersAffected": 12, "costMinorUnits": 100, "currency": "NOK", "dataLost": false },
            }),
        )
        .await;
    let cause = app
        .cause(
            ada,
            &report,
            json!({ "title": "Still no limit", "recurrenceOfId": first }),
        )
        .await;
    let child = app
        .cause(
            ada,
            &report,
            json!({ "title": "Nobody looked", "parentId": cause, "role": "DETECTION_GAP" }),
        )
        .await;
    for status in STATUSES {
        let more = json!({ "ownerId": bo.id, "dueOn": app.day(9), "labels": ["later"], "acceptanceCriterion": "A test shows it.", "teamId": team });
        let item = app.item(ada, &[&cause, &child, &first], more).await;
        if ["IMPLEMENTED", "VERIFIED"].contains(&status) {
            // What takes no time at all counts as found done.
            app.bring([admin, bo, admin], &item, "ACCEPTED").await;
            app.advance(Duration::hours(5));
            app.step(bo, "implementRecommendation", &item, json!({})).await.data();
        }
        match status {
            "IMPLEMENTED" => {}
            "VERIFIED" => {
                app.step(admin, "verifyRecommendation", &item, json!({})).await.data();
            }
            _ => app.bring([admin, bo, admin], &item, status).await,
        }
        if status == "ACCEPTED" {
            let input = json!({ "id": item.id, "dueOn": app.day(30), "reason": "A supplier is late." });
            app.mutate(admin, "changeDueDate", input, "recommendation { id }")
                .await
                .data();
        }
    }
    app.complete(ada, &report).await;
    app.mutate(ada, "submitReport", json!({ "id": report.id }), "report { id }")
        .await
        .data();
    let review = json!({ "id": report.id, "decision": "APPROVED", "comment": "Good." });
    app.mutate(bo, "reviewReport", review, "report { id }").await.data();
    app.mutate(ada, "publishReport", json!({ "id": report.id }), "report { id }")
        .await
        .data();
    (earlier.key, report.key)
}

/// Which is imported first does not matter: the ties between the two are made when both are there.
async fn elsewhere(app: &TestApp, texts: [&str; 2], figures: &Value) {
    let place = place(app).await;
    // As late as it is there by then: nothing is younger than its import.
    app.advance(Duration::days(3) + Duration::hours(10));
    for text in texts {
        assert!(imported(app, text).await.created);
    }
    let said = app.ask(&place.ada, FIGURES, json!({})).await;
    assert_eq!(said.at("/followThrough"), *figures);
    assert_eq!(said.at("/recurringCauses/0/occurrences"), json!(2));
    let found = app
        .ask(
            &place.ada,
            "{ search(query: \"broke\", first: 5) { totalCount } }",
            json!({}),
        )
        .await;
    assert!(found.at("/search/totalCount").as_i64().unwrap() > 0);
    // As of the days in between, as far as the document knows them.
    let query = "{ followThrough(asOf: \"2026-03-04T00:00:00Z\") { overall { accepted } } }";
    assert_eq!(
        app.ask(&place.ada, query, json!({}))
            .await
            .at("/followThrough/overall/accepted"),
        json!(0)
    );
}

on_both_databases! {
    /// Every status, every date, ties to another report; in either order, in both forms.
    async fn everything_survives(app) {
        let place = place(app).await;
        let (earlier, later) = two_reports(app, &place).await;
        let figures = app.ask(&place.ada, FIGURES, json!({})).await.at("/followThrough");
        for (form, is_turned) in [(Form::Json, false), (Form::Markdown, true)] {
            let texts = [exported(app, &earlier, form).await, exported(app, &later, form).await];
            let other = TestApp::new(app.engine).await;
            let order = if is_turned { [1, 0] } else { [0, 1] };
            elsewhere(&other, order.map(|place| texts[place].as_str()), &figures).await;
            for key in [&earlier, &later] {
                assert_eq!(exported_json(app, key).await, exported_json(&other, key).await);
            }
            other.finish().await;
        }
    }

    /// A document that was changed is told of and changes nothing; a part that is another's is refused.
    async fn what_is_here_already_is_not_changed(app) {
        let place = place(app).await;
        let (_, later) = two_reports(app, &place).await;
        let text = exported(app, &later, Form::Json).await;
        let same = imported(app, &text).await;
        assert!(!same.created);
        assert_eq!(same.warnings[0].message, format!("This report is here already, as {later}; nothing was changed."));
        let changed = text.replace("\"It broke.\"", "\"It burnt.\"");
        let told = imported(app, &changed).await;
        assert!(!told.created && told.warnings[0].message.contains("differs from the document in 1 places"));
        assert_eq!(told.warnings[1].message, "report.sections.executiveSummary: \"It broke.\" here, \"It burnt.\" in the document.");
        assert!(!exported(app, &later, Form::Json).await.contains("It burnt."));
        let id = exported_json(app, &later).await["report"]["id"].as_str().unwrap().to_owned();
        let stolen = text.replace(&id, &postmortem_tests::fixtures::unknown_id(&id, &place.ada.id));
        let said = refused(app, &stolen).await;
        assert!(said.contains(&format!("is part of {later} here")), "{said}");
    }

    /// Who and what is not here stands in the text; keys that are taken are given anew.
    async fn unknown_people_stand_in_the_text(app) {
        let place = place(app).await;
        let (_, later) = two_reports(app, &place).await;
        let text = exported(app, &later, Form::Markdown).await;
        let other = TestApp::new(app.engine).await;
        let ada = other.user("Someone", entity::enums::Role::Admin).await;
        other.report(&ada, json!({})).await;
        other.report(&ada, json!({})).await;
        let done = imported(&other, &text).await;
        assert!(done.created && done.key == "PM-3", "{}", done.key);
        let told: String = done.warnings.iter().map(|warning| format!("{}\n", warning.message)).collect();
        for part in ["OWNER: Ada Lovelace <ada@example.org>", "SERVICE: The core (core-api)", "which is not here", "PM-2 is the key of another report"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let json = exported_json(&other, "PM-3").await;
        let background = json["report"]["sections"]["background"].as_str().unwrap();
        assert!(background.contains("A system.") && background.contains("OWNER: Ada Lovelace <ada@example.org>"), "{background}");
        assert!(json["recommendations"][1]["description"].as_str().unwrap().contains("Owner: Bo Nilsen <bo@example.org>"));
        other.finish().await;
    }

    /// What cannot be read is refused with one sentence, and nothing is written.
    async fn broken_documents_are_refused(app) {
        let place = place(app).await;
        let (_, later) = two_reports(app, &place).await;
        let (json, markdown) = (exported(app, &later, Form::Json).await, exported(app, &later, Form::Markdown).await);
        let other = TestApp::new(app.engine).await;
        let deep = format!("{{\"schema\": \"postmortem/report\", \"version\": 1, \"report\": {}{}", "[".repeat(5_000), "]".repeat(5_000));
        let deep_yaml = markdown.replace("recommendations:\n", &format!("deep: {}{}\nrecommendations:\n", "[".repeat(500), "]".repeat(500)));
        for (text, said) in [
            (json.replace("\"version\": 1", "\"version\": 2"), "has version 2 of the form, and this service reads up to version 1; upgrade"),
            (markdown.replace("version: 1", "version: 7"), "has version 7 of the form"),
            (json.replace("\"version\": 1", "\"version\": \"1\""), "does not say which version"),
            (json.replace("\"severity\": \"SEV1\"", "\"severity\": \"SEV9\""), "SEV9"),
            (json.replace("\"severity\"", "\"sverity\""), "sverity"),
            (json[..json.len() / 2].to_owned(), "no JSON that can be read"),
            (deep, "no JSON that can be read"),
            (deep_yaml, "front matter of this exported report cannot be read"),
            (markdown.replace("\n---\n", "\n----\n"), "has no end"),
            (markdown.replace("<!-- /text -->", ""), "has no end; add the line \"<!-- /text -->\""),
            (markdown.replacen("<!-- text report.sections.background", "<!-- text report.sections.nowhere", 1), "no place \"report.sections.nowhere\""),
            (markdown.replace("marker: text\n", ""), "add the line \"marker: text\""),
            (json.replace("\"status\": \"BLOCKED\"", "\"status\": \"ACCEPTED\""), "exactly while it is BLOCKED"),
            (json.replace("\"startedAt\": \"2026", "\"startedAt\": \"0026"), "outside the years"),
        ] {
            let sentence = refused(&other, &text).await;
            assert!(sentence.contains(said), "{said}: {sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
        let viewer = other.user("Vera", entity::enums::Role::Admin).await;
        let count = other.ask(&viewer, "{ reports { totalCount } incidents { totalCount } events { totalCount } }", json!({})).await;
        assert_eq!(count.at("/reports/totalCount"), json!(0));
        assert_eq!(count.at("/incidents/totalCount"), json!(0));
        other.finish().await;
    }
}
