//! Root causes: how far they are treated, what explains what, and when they can still change.

use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::merge, on_both_databases};
use serde_json::{Value, json};

use crate::recommendations::{Crew, problem};

async fn update(app: &TestApp, user: &TestUser, cause: &str, more: Value) -> Answer {
    let mut input = json!({ "id": cause });
    merge(&mut input, more);
    app.mutate(user, "updateRootCause", input, "rootCause { id version }")
        .await
}

async fn remove(app: &TestApp, user: &TestUser, cause: &str) -> Answer {
    app.mutate(
        user,
        "removeRootCause",
        json!({ "id": cause }),
        "removedId report { rootCauses { totalCount } }",
    )
    .await
}

async fn no_action(app: &TestApp, user: &TestUser, cause: &str, reason: &str) -> Answer {
    let input = json!({ "rootCauseId": cause, "reason": reason });
    app.mutate(user, "recordNoAction", input, "rootCause { noActionReason coverage }")
        .await
}

/// The ids of the causes that a filter finds, sorted.
async fn found(app: &TestApp, user: &TestUser, filter: &str) -> Vec<String> {
    let answer = app
        .ask(
            user,
            &format!("{{ rootCauses(first: 100, filter: {filter}) {{ nodes {{ id }} }} }}"),
            json!({}),
        )
        .await;
    let nodes = answer.at("/rootCauses/nodes");
    let mut ids: Vec<String> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

on_both_databases! {
    /// The furthest that any recommendation has come; and the filter finds exactly the causes whose field says so.
    async fn coverage_and_its_filter_agree(app) {
        let crew = Crew::new(app).await;
        let table: [(&[&str], bool, &str); 15] = [
            (&[], false, "UNCOVERED"),
            (&["DECLINED"], false, "UNCOVERED"),
            (&[], true, "NO_ACTION"),
            (&["DECLINED", "DECLINED"], true, "NO_ACTION"),
            (&["PROPOSED"], false, "PROPOSED"),
            (&["PROPOSED", "DECLINED"], true, "PROPOSED"),
            (&["ACCEPTED"], false, "COMMITTED"),
            (&["IN_PROGRESS"], true, "COMMITTED"),
            (&["BLOCKED", "PROPOSED"], false, "COMMITTED"),
            (&["IMPLEMENTED"], false, "IMPLEMENTED"),
            (&["ACCEPTED", "IMPLEMENTED", "DECLINED"], false, "IMPLEMENTED"),
            (&["VERIFIED"], true, "VERIFIED"),
            (&["VERIFIED", "IMPLEMENTED"], false, "VERIFIED"),
            (&["PROPOSED", "VERIFIED", "BLOCKED"], false, "VERIFIED"),
            (&["DECLINED", "VERIFIED"], false, "VERIFIED"),
        ];
        // Crew's own cause: nothing on it.
        let mut expected = vec![(crew.cause.clone(), "UNCOVERED")];
        for (statuses, reason, coverage) in table {
            let cause = app.cause(&crew.ada, &crew.report, json!({})).await;
            if reason {
                no_action(app, &crew.ada, &cause, "It is gone with the old system.").await.data();
            }
            for status in statuses {
                let more = json!({ "ownerId": crew.bo.id, "dueOn": app.day(30) });
                let item = app.item(&crew.ada, &[&cause], more).await;
                app.bring([&crew.ada, &crew.bo, &crew.ada], &item, status).await;
            }
            let shown = app.show(&crew.ada, "rootCause", &cause, "coverage").await;
            assert_eq!(shown["coverage"], coverage, "{statuses:?}, reason: {reason}");
            expected.push((cause, coverage));
        }
        expected.sort();
        let those = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            expected.iter().filter(|(_, coverage)| wanted(coverage)).map(|(id, _)| id.clone()).collect()
        };
        for value in ["UNCOVERED", "NO_ACTION", "PROPOSED", "COMMITTED", "IMPLEMENTED", "VERIFIED"] {
            let is = those(&|coverage| coverage == value);
            let is_not = those(&|coverage| coverage != value);
            assert!(is.len() >= 2, "{value} is not tested");
            assert_eq!(found(app, &crew.ada, &format!("{{ coverage: {{ eq: {value} }} }}")).await, is, "{value}");
            assert_eq!(found(app, &crew.ada, &format!("{{ coverage: {{ notIn: [{value}] }} }}")).await, is_not, "not {value}");
            assert_eq!(found(app, &crew.ada, &format!("{{ not: {{ coverage: {{ eq: {value} }} }} }}")).await, is_not, "not {value}");
        }
        let two = those(&|coverage| ["UNCOVERED", "COMMITTED"].contains(&coverage));
        assert_eq!(found(app, &crew.ada, "{ coverage: { in: [UNCOVERED, COMMITTED] } }").await, two);
        assert_eq!(found(app, &crew.ada, "{ coverage: { in: [] } }").await, Vec::<String>::new());
    }

    /// A chain of whys, both ways, that never bites its tail and never leaves its report.
    async fn a_chain_of_whys(app) {
        let crew = Crew::new(app).await;
        let top = crew.cause.clone();
        let middle = app.cause(&crew.ada, &crew.report, json!({ "parentId": top })).await;
        let bottom = app.cause(&crew.ada, &crew.report, json!({ "parentId": middle })).await;
        let chain = "parent { id } children { id }";
        let shown = app.show(&crew.ada, "rootCause", &middle, chain).await;
        assert_eq!(shown, json!({ "parent": { "id": top }, "children": [{ "id": bottom }] }));
        for (cause, parent) in [(&top, &top), (&top, &middle), (&top, &bottom), (&middle, &bottom)] {
            let answer = update(app, &crew.ada, cause, json!({ "parentId": parent })).await;
            assert_eq!(answer.problems(), problem("parentId", "CYCLE"));
        }
        let other = app.report(&crew.ada, json!({})).await;
        let foreign = app.cause(&crew.ada, &other, json!({})).await;
        let answer = update(app, &crew.ada, &top, json!({ "parentId": foreign })).await;
        assert_eq!(answer.problems(), problem("parentId", "FOREIGN_PARENT"));
        assert!(answer.message().contains("linkRecurrence"), "{}", answer.message());
        let add = json!({ "reportId": crew.report.id, "title": "Why", "role": "LATENT", "parentId": foreign });
        let answer = app.mutate(&crew.ada, "addRootCause", add, "rootCause { id }").await;
        assert_eq!(answer.problems(), problem("parentId", "FOREIGN_PARENT"));
        let shown = app.show(&crew.ada, "rootCause", &top, chain).await;
        assert_eq!(shown, json!({ "parent": null, "children": [{ "id": middle }] }));
        update(app, &crew.ada, &bottom, json!({ "parentId": null })).await.data();
        assert_eq!(app.show(&crew.ada, "rootCause", &bottom, chain).await["parent"], Value::Null);
    }

    /// What explained a removed cause then explains its parent, and its history says so.
    async fn children_of_a_removed_cause_are_told(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let top = app.cause(&ada, &report, json!({})).await;
        let middle = app.cause(&ada, &report, json!({ "parentId": top })).await;
        let low = app.cause(&ada, &report, json!({ "parentId": middle })).await;
        remove(app, &ada, &middle).await.data();
        let shown = app.show(&ada, "rootCause", &low, "version parent { id }").await;
        assert_eq!(shown, json!({ "version": 2, "parent": { "id": top } }));
        let history = app.show(&ada, "report", &report.id, "history(first: 2) { nodes { type changes { field from to } } }").await;
        // The cause that is gone is named no more.
        let moved = json!([{ "field": "parentId", "from": null, "to": top }]);
        assert_eq!(history["history"]["nodes"][1]["changes"], moved);
        let gone = history["history"]["nodes"][0]["changes"].to_string();
        assert!(gone.contains("parentId") && gone.contains("title"), "{gone}");
    }

    /// Doing nothing is a decision with a reason, and can be taken back.
    async fn doing_nothing_needs_a_reason(app) {
        let crew = Crew::new(app).await;
        assert_eq!(no_action(app, &crew.ada, &crew.cause, " ").await.problems(), problem("reason", "REQUIRED"));
        let recorded = no_action(app, &crew.ada, &crew.cause, "The system is gone.").await;
        assert_eq!(recorded.at("/rootCause"), json!({ "noActionReason": "The system is gone.", "coverage": "NO_ACTION" }));
        update(app, &crew.ada, &crew.cause, json!({ "clearNoActionReason": true })).await.data();
        let shown = app.show(&crew.ada, "rootCause", &crew.cause, "noActionReason coverage").await;
        assert_eq!(shown, json!({ "noActionReason": null, "coverage": "UNCOVERED" }));
    }

    /// What is treated or came back stays; otherwise it goes, and what explained it explains what it explained.
    async fn only_what_nothing_hangs_on_is_removed(app) {
        let crew = Crew::new(app).await;
        let middle = app.cause(&crew.ada, &crew.report, json!({ "parentId": crew.cause })).await;
        let bottom = app.cause(&crew.ada, &crew.report, json!({ "parentId": middle })).await;
        let item = app.item(&crew.ada, &[&middle], json!({})).await;
        let answer = remove(app, &crew.ada, &middle).await;
        assert_eq!(answer.problems(), problem("id", "TREATED"));
        assert!(answer.message().contains(&item.key), "{}", answer.message());
        app.step(&crew.ada, "addressRootCauses", &item, json!({ "rootCauseIds": [crew.cause] })).await.data();

        app.advance(chrono::Duration::days(30));
        let later = app.report(&crew.ada, json!({})).await;
        let again = app.cause(&crew.ada, &later, json!({ "recurrenceOfId": middle })).await;
        assert_eq!(remove(app, &crew.ada, &middle).await.problems(), problem("id", "HAS_RECURRENCES"));
        let unlink = json!({ "rootCauseId": again, "recurrenceOfId": null });
        app.mutate(&crew.ada, "linkRecurrence", unlink, "rootCause { id }").await.data();

        let removed = remove(app, &crew.ada, &middle).await;
        assert_eq!(removed.data(), &json!({ "removedId": middle, "report": { "rootCauses": { "totalCount": 2 } } }));
        assert_eq!(app.show(&crew.ada, "rootCause", &middle, "id").await, Value::Null);
        let shown = app.show(&crew.ada, "rootCause", &bottom, "parent { id }").await;
        assert_eq!(shown["parent"]["id"], json!(crew.cause));
        assert_eq!(remove(app, &crew.ada, &middle).await.code(), "NOT_FOUND");
    }

    /// The causes of a published report stand until it is reopened.
    async fn a_published_report_keeps_its_causes(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        app.publish(&ada, &report).await;
        let shown = app.show(&ada, "report", &report.id, "rootCauses { nodes { id title } }").await;
        let cause = shown["rootCauses"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let closed = problem("status", "REPORT_CLOSED");
        let add = json!({ "reportId": report.id, "title": "One more", "role": "TRIGGER" });
        let answer = app.mutate(&ada, "addRootCause", add, "rootCause { id }").await;
        assert_eq!(answer.problems(), closed);
        assert!(answer.message().contains("reopen it"), "{}", answer.message());
        assert_eq!(update(app, &ada, &cause, json!({ "title": "Another" })).await.problems(), closed);
        assert_eq!(update(app, &ada, &cause, json!({ "role": "LATENT" })).await.problems(), closed);
        assert_eq!(remove(app, &ada, &cause).await.problems(), closed);
        assert_eq!(app.show(&ada, "report", &report.id, "rootCauses { nodes { id title } }").await, shown);
        app.mutate(&ada, "reopenReport", json!({ "id": report.id }), "report { id }").await.data();
        update(app, &ada, &cause, json!({ "title": "Another" })).await.data();
    }

    /// Whoever may edit the report may edit its causes; a lost update is noticed.
    async fn causes_belong_to_their_report(app) {
        let crew = Crew::new(app).await;
        for answer in [
            update(app, &crew.bo, &crew.cause, json!({ "title": "Mine" })).await,
            remove(app, &crew.bo, &crew.cause).await,
            no_action(app, &crew.bo, &crew.cause, "No.").await,
        ] {
            assert_eq!(answer.code(), "FORBIDDEN");
            assert!(answer.message().contains(&crew.report.key), "{}", answer.message());
        }
        update(app, &crew.ada, &crew.cause, json!({ "title": "Retries multiply", "expectedVersion": 1 })).await.data();
        let late = update(app, &crew.ada, &crew.cause, json!({ "title": "Late", "expectedVersion": 1 })).await;
        assert_eq!(late.code(), "CONFLICT");
        assert_eq!(late.body.pointer("/errors/0/extensions/currentVersion"), Some(&json!(2)));
        let blank = update(app, &crew.ada, &crew.cause, json!({ "title": " " })).await;
        assert_eq!(blank.problems(), problem("title", "REQUIRED"));
        assert_eq!(app.show(&crew.ada, "rootCause", &crew.cause, "title").await["title"], "Retries multiply");
    }
}
