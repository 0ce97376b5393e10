//! What a recommendation says, whose it is and what it treats: changed one at a time and many at once.

use entity::enums::Role;
use postmortem_tests::{fixtures::unknown_id, on_both_databases};
use serde_json::{Value, json};

use crate::recommendations::{Crew, problem};

const TEXT: &str = "title description kind strength priority labels acceptanceCriterion";

on_both_databases! {
    /// What is left out stays; null clears.
    async fn absent_keeps_and_null_clears(app) {
        let crew = Crew::new(app).await;
        let full = json!({
            "title": "Limit retries", "description": "With a budget.", "strength": "STRONG", "labels": ["edge"],
            "acceptanceCriterion": "A test shows it.", "ownerId": crew.bo.id,
        });
        let item = app.item(&crew.ada, &[&crew.cause], full).await;
        app.step(&crew.bo, "updateRecommendation", &item, json!({ "priority": "P0" })).await.data();
        let kept = crew.show(&item, TEXT).await;
        assert_eq!(kept, json!({
            "title": "Limit retries", "description": "With a budget.", "kind": "PREVENT", "strength": "STRONG",
            "priority": "P0", "labels": ["edge"], "acceptanceCriterion": "A test shows it.",
        }));
        let clear = json!({ "strength": null, "acceptanceCriterion": null, "title": "Limit all retries" });
        app.step(&crew.bo, "updateRecommendation", &item, clear).await.data();
        let cleared = crew.show(&item, TEXT).await;
        assert_eq!(cleared["title"], "Limit all retries");
        assert_eq!(cleared["strength"], Value::Null);
        assert_eq!(cleared["acceptanceCriterion"], Value::Null);
        assert_eq!(cleared["description"], kept["description"]);

        let admin = app.user("Root", Role::Admin).await;
        let team = app.team(&admin, &[&crew.bo], &[]).await;
        app.step(&crew.bo, "assignRecommendation", &item, json!({ "teamId": team.id })).await.data();
        let whose = crew.show(&item, "owner { id } team { id }").await;
        assert_eq!(whose, json!({ "owner": { "id": crew.bo.id }, "team": { "id": team.id } }));
        app.step(&crew.bo, "assignRecommendation", &item, json!({ "ownerId": null })).await.data();
        let whose = crew.show(&item, "owner { id } team { id }").await;
        assert_eq!(whose, json!({ "owner": null, "team": { "id": team.id } }));
    }

    /// Labels are a set: trimmed, each once, in order; an empty list takes all away.
    async fn labels_are_a_set(app) {
        let crew = Crew::new(app).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({ "labels": ["zoo", " edge ", "zoo"] })).await;
        assert_eq!(crew.show(&item, "labels").await["labels"], json!(["edge", "zoo"]));
        app.step(&crew.ada, "updateRecommendation", &item, json!({ "labels": ["core", "edge"] })).await.data();
        assert_eq!(crew.show(&item, "labels").await["labels"], json!(["core", "edge"]));
        let blank = crew.refused(&crew.ada, "updateRecommendation", &item, json!({ "labels": ["core", " "] })).await;
        assert_eq!(blank, problem("labels.1", "REQUIRED"));
        app.step(&crew.ada, "updateRecommendation", &item, json!({ "labels": [] })).await.data();
        assert_eq!(crew.show(&item, "labels").await["labels"], json!([]));
    }

    /// Whoever decided on an older version hears of it, for texts as for steps.
    async fn a_lost_update_is_a_conflict(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("PROPOSED", "P2").await;
        let update = |title: &str| json!({ "expectedVersion": 1, "title": title });
        app.step(&crew.ada, "updateRecommendation", &item, update("Limit all retries")).await.data();
        for (mutation, more) in [
            ("updateRecommendation", update("Forbid retries")),
            ("acceptRecommendation", json!({ "expectedVersion": 1 })),
            ("declineRecommendation", json!({ "expectedVersion": 1, "reason": "REJECTED", "note": "No." })),
            ("changeDueDate", json!({ "expectedVersion": 1, "dueOn": app.day(90), "reason": "Later." })),
            ("addressRootCauses", json!({ "expectedVersion": 1, "rootCauseIds": [crew.cause] })),
            ("assignRecommendation", json!({ "expectedVersion": 1, "ownerId": null })),
        ] {
            let answer = app.step(&crew.ada, mutation, &item, more).await;
            assert_eq!(answer.code(), "CONFLICT", "{mutation}");
            assert_eq!(answer.body.pointer("/errors/0/extensions/currentVersion"), Some(&json!(2)), "{mutation}");
        }
        let shown = crew.show(&item, "title status version owner { id }").await;
        assert_eq!(shown, json!({ "title": "Limit all retries", "status": "PROPOSED", "version": 2, "owner": { "id": crew.bo.id } }));
    }

    /// The same change to many, in the order they were named.
    async fn a_bulk_change_reaches_all(app) {
        let crew = Crew::new(app).await;
        let (one, two) = (crew.item("ACCEPTED", "P2").await, crew.item("PROPOSED", "P4").await);
        let patch = json!({ "priority": "P1", "labels": ["spring"], "ownerId": crew.ada.id, "dueOn": app.day(50), "dueReason": "After the freeze." });
        let input = json!({ "ids": [two.id, one.id, two.id], "patch": patch });
        let changed = app
            .mutate(&crew.ada, "bulkUpdateRecommendations", input, "recommendations { id priority labels owner { id } dueOn dueChanges { reason } version }")
            .await
            .at("/recommendations");
        let now = |id: &str| json!({
            "id": id, "priority": "P1", "labels": ["spring"], "owner": { "id": crew.ada.id }, "dueOn": app.day(50),
            "dueChanges": [{ "reason": "After the freeze." }], "version": changed[usize::from(id == one.id)]["version"],
        });
        assert_eq!(changed, json!([now(&two.id), now(&one.id)]));
        assert_eq!(changed[0]["version"], 2, "one change is one version");
    }

    /// One bad among good: nothing is written, and the bad one is named.
    async fn a_bulk_change_is_all_or_nothing(app) {
        let crew = Crew::new(app).await;
        let (good, closed) = (crew.item("ACCEPTED", "P2").await, crew.item("IMPLEMENTED", "P2").await);
        let stranger = app.user("Eve", Role::Member).await;
        let foreign_report = app.report(&stranger, json!({})).await;
        let foreign_cause = app.cause(&stranger, &foreign_report, json!({})).await;
        let foreign = app.item(&stranger, &[&foreign_cause], json!({})).await;
        let gone = unknown_id(&good.id, &crew.report.id);
        let before = crew.show(&good, "priority dueOn version history { totalCount }").await;
        for (other, code) in [(&closed.id, "VALIDATION_FAILED"), (&foreign.id, "FORBIDDEN"), (&gone, "NOT_FOUND")] {
            let patch = json!({ "priority": "P1", "dueOn": app.day(50), "dueReason": "After the freeze." });
            let input = json!({ "ids": [good.id, other], "patch": patch });
            let answer = app.mutate(&crew.ada, "bulkUpdateRecommendations", input, "recommendations { id }").await;
            assert_eq!(answer.code(), code);
            assert_eq!(crew.show(&good, "priority dueOn version history { totalCount }").await, before, "{code}");
            if code == "VALIDATION_FAILED" {
                assert!(answer.problems()[0].0.starts_with("ids.1"), "{:?}", answer.problems());
            }
        }
    }

    /// 1 to 200 at a time.
    async fn a_bulk_change_has_a_limit(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("PROPOSED", "P2").await;
        for count in [0, 201] {
            let input = json!({ "ids": vec![item.id.clone(); count], "patch": { "priority": "P1" } });
            let answer = app.mutate(&crew.ada, "bulkUpdateRecommendations", input, "recommendations { id }").await;
            assert_eq!(answer.problems(), problem("ids", "TOO_MANY"), "{count}");
        }
        assert_eq!(crew.show(&item, "priority").await["priority"], "P2");
    }

    /// The set is replaced, across reports; it is never empty, and names only what is there.
    async fn what_it_treats_is_replaced_as_a_set(app) {
        let crew = Crew::new(app).await;
        let other = app.report(&crew.ada, json!({})).await;
        let (near, far) = (app.cause(&crew.ada, &crew.report, json!({})).await, app.cause(&crew.ada, &other, json!({})).await);
        let item = app.item(&crew.ada, &[&crew.cause, &near], json!({})).await;
        let treated = async || {
            let shown = crew.show(&item, "rootCauses { totalCount nodes { id } } report { id }").await;
            assert_eq!(shown["report"]["id"], json!(crew.report.id), "its home stays");
            let nodes = shown["rootCauses"]["nodes"].as_array().unwrap().clone();
            assert_eq!(shown["rootCauses"]["totalCount"], json!(nodes.len()));
            nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(treated().await, [crew.cause.clone(), near.clone()]);
        app.step(&crew.ada, "addressRootCauses", &item, json!({ "rootCauseIds": [near, far, near] })).await.data();
        assert_eq!(treated().await, [near.clone(), far.clone()]);
        let cause = app.show(&crew.ada, "rootCause", &far, "recommendations { nodes { key } }").await;
        assert_eq!(cause["recommendations"]["nodes"], json!([{ "key": item.key }]));

        let empty = crew.refused(&crew.ada, "addressRootCauses", &item, json!({ "rootCauseIds": [] })).await;
        assert_eq!(empty, problem("rootCauseIds", "REQUIRED"));
        let unknown = unknown_id(&near, &crew.report.id);
        let unknown = crew.refused(&crew.ada, "addressRootCauses", &item, json!({ "rootCauseIds": [near, unknown] })).await;
        assert_eq!(unknown, problem("rootCauseIds.1", "UNKNOWN_ROOT_CAUSE"));
        assert_eq!(treated().await, [near, far]);
        let none = json!({ "rootCauseIds": [], "title": "Add a limit", "kind": "PREVENT", "priority": "P2" });
        let none = app.mutate(&crew.ada, "createRecommendation", none, "recommendation { id }").await;
        assert_eq!(none.problems(), problem("rootCauseIds", "REQUIRED"));
    }
}
