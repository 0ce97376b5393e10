//! Due dates, what is overdue, and what time alone does to recommendations.

use chrono::{Duration, NaiveDate, TimeZone, Utc};
use postmortem_api::{jobs, platform::settings::Settings};
use postmortem_tests::{TestApp, TestUser, fixtures::TestItem, on_both_databases};
use serde_json::{Value, json};

use crate::recommendations::{Crew, problem};

/// The keys of the recommendations that a list finds overdue, or not.
async fn overdue(app: &TestApp, user: &TestUser, wanted: bool) -> Vec<String> {
    let query = "query ($is: Boolean!) { recommendations(filter: { isOverdue: $is }) { nodes { key } } }";
    let nodes = app
        .ask(user, query, json!({ "is": wanted }))
        .await
        .at("/recommendations/nodes");
    let mut keys: Vec<String> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["key"].as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    keys
}

async fn move_due_date(crew: &Crew<'_>, item: &TestItem, day: NaiveDate, reason: &str) {
    let input = json!({ "dueOn": day, "reason": reason });
    crew.app.step(&crew.bo, "changeDueDate", item, input).await.data();
}

on_both_databases! {
    /// Before the commitment there is no first date; afterwards it never changes, whatever happens.
    async fn the_first_due_date_that_was_promised_stands(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("PROPOSED", "P2").await;
        let (first, second, third, fourth) = (app.day(20), app.day(25), app.day(50), app.day(70));
        move_due_date(&crew, &item, first, "The plan says so.").await;
        assert_eq!(crew.show(&item, "originalDueOn dueOn").await, json!({ "originalDueOn": null, "dueOn": first }));
        app.step(&crew.ada, "acceptRecommendation", &item, json!({ "dueOn": second })).await.data();
        assert_eq!(crew.show(&item, "originalDueOn dueOn").await, json!({ "originalDueOn": second, "dueOn": second }));
        app.advance(Duration::days(1));
        move_due_date(&crew, &item, third, "Disks are late.").await;
        app.step(&crew.bo, "implementRecommendation", &item, json!({})).await.data();
        app.step(&crew.ada, "reopenRecommendation", &item, json!({ "reason": "It leaks." })).await.data();
        app.advance(Duration::days(1));
        move_due_date(&crew, &item, fourth, "The leak is deep.").await;
        let shown = crew.show(&item, "originalDueOn dueOn dueChanges { from to reason changedBy { id } }").await;
        assert_eq!(shown["originalDueOn"], json!(second));
        assert_eq!(shown["dueOn"], json!(fourth));
        let change = |from, to, reason| json!({ "from": from, "to": to, "reason": reason, "changedBy": { "id": crew.bo.id } });
        assert_eq!(shown["dueChanges"].as_array().unwrap()[1..], [
            change(second, third, "Disks are late."),
            change(third, fourth, "The leak is deep."),
        ]);
        assert_eq!(shown["dueChanges"][0]["reason"], "The plan says so.");
    }

    /// Neither a step nor a bulk change is a way around the reason.
    async fn a_due_date_moves_only_with_a_reason(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let blank = json!({ "dueOn": app.day(60), "reason": " " });
        assert_eq!(crew.refused(&crew.bo, "changeDueDate", &item, blank).await, problem("reason", "REQUIRED"));
        let bulk = json!({ "ids": [item.id], "patch": { "dueOn": app.day(60) } });
        let bulk = app.mutate(&crew.bo, "bulkUpdateRecommendations", bulk, "recommendations { id }").await;
        assert_eq!(bulk.problems(), problem("patch.dueReason", "REQUIRED"));

        let risk = json!({ "reason": "RISK_ACCEPTED", "note": "Rare.", "riskAcceptedUntil": app.day(5) });
        app.step(&crew.ada, "declineRecommendation", &item, risk).await.data();
        app.advance(Duration::days(6));
        jobs::run_once(&app.app).await.unwrap();
        let again = json!({ "dueOn": app.day(60) });
        assert_eq!(crew.refused(&crew.ada, "acceptRecommendation", &item, again).await, problem("dueOn", "HAS_DUE_DATE"));
        assert_eq!(crew.show(&item, "dueChanges { reason }").await["dueChanges"], json!([]));
        app.step(&crew.ada, "acceptRecommendation", &item, json!({})).await.data();
    }

    /// What is finished is due no more.
    async fn the_due_date_of_a_closed_item_stays(app) {
        let crew = Crew::new(app).await;
        for status in ["IMPLEMENTED", "VERIFIED", "DECLINED"] {
            let item = crew.item(status, "P2").await;
            let input = json!({ "dueOn": app.day(60), "reason": "Later." });
            assert_eq!(crew.refused(&crew.bo, "changeDueDate", &item, input).await, problem("dueOn", "ITEM_CLOSED"), "{status}");
        }
    }

    /// Not on the day itself; from the day after, until it is done. Proposals and finished work are never late.
    async fn overdue_comes_with_the_day_after(app) {
        let crew = Crew::new(app).await;
        let mut items = Vec::new();
        for status in ["PROPOSED", "ACCEPTED", "IN_PROGRESS", "BLOCKED", "IMPLEMENTED", "VERIFIED", "DECLINED"] {
            items.push((status, crew.item(status, "P2").await));
        }
        app.advance(Duration::days(30));
        assert_eq!(overdue(app, &crew.ada, true).await, Vec::<String>::new());
        app.advance(Duration::days(4));
        let mut late = Vec::new();
        for (status, item) in &items {
            let open = ["ACCEPTED", "IN_PROGRESS", "BLOCKED"].contains(status);
            let days = if open { 4 } else { 0 };
            let shown = crew.show(item, "isOverdue daysOverdue").await;
            assert_eq!(shown, json!({ "isOverdue": open, "daysOverdue": days }), "{status}");
            if open {
                late.push(item.key.clone());
            }
        }
        assert_eq!(overdue(app, &crew.ada, true).await, late);
        assert_eq!(overdue(app, &crew.ada, false).await.len(), items.len() - late.len());
        app.step(&crew.bo, "implementRecommendation", &items[1].1, json!({})).await.data();
        assert_eq!(overdue(app, &crew.ada, true).await, late[1..]);
    }

    /// The day ends when it ends for the organisation: in Auckland eleven hours before it does in Greenwich.
    async fn today_is_where_the_organisation_is(app) {
        let auckland = |settings| Settings { time_zone: "Pacific/Auckland".parse().unwrap(), ..settings };
        let there = TestApp::with_settings(app.engine, auckland).await;
        for (app, is_late) in [(app, false), (&there, true)] {
            let crew = Crew::new(app).await;
            let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
            app.accept(&crew.ada, &item, &crew.bo, NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()).await;
            app.clock.set(Utc.with_ymd_and_hms(2026, 3, 2, 10, 59, 59).unwrap());
            assert_eq!(crew.show(&item, "isOverdue daysOverdue").await, json!({ "isOverdue": false, "daysOverdue": 0 }));
            app.advance(Duration::seconds(1));
            let days = i32::from(is_late);
            assert_eq!(crew.show(&item, "isOverdue daysOverdue").await, json!({ "isOverdue": is_late, "daysOverdue": days }));
            assert_eq!(overdue(app, &crew.ada, true).await.len(), usize::from(is_late));
        }
        there.finish().await;
    }

    /// The day named is still covered. Then the question is open again, once.
    async fn an_accepted_risk_expires(app) {
        let crew = Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let rejected = crew.item("DECLINED", "P2").await;
        let until = app.day(10);
        let risk = json!({ "reason": "RISK_ACCEPTED", "note": "Rare.", "riskAcceptedUntil": until });
        app.step(&crew.ada, "declineRecommendation", &item, risk).await.data();
        app.advance(Duration::days(10));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(crew.show(&item, "status").await["status"], "DECLINED");
        app.advance(Duration::days(1));
        for _ in 0..2 {
            jobs::run_once(&app.app).await.unwrap();
        }
        let shown = crew
            .show(&item, "status closureReason closureNote riskAcceptedUntil completedAt owner { id } history { nodes { type actor { kind user { id } } payload changes { field from to } } }")
            .await;
        assert_eq!(shown["status"], "PROPOSED");
        for gone in ["closureReason", "closureNote", "riskAcceptedUntil", "completedAt"] {
            assert_eq!(shown[gone], Value::Null, "{gone}");
        }
        assert_eq!(shown["owner"]["id"], json!(crew.bo.id));
        let events = shown["history"]["nodes"].as_array().unwrap();
        let expired: Vec<&Value> = events.iter().filter(|event| event["type"] == "recommendation.risk_expired").collect();
        assert_eq!(expired.len(), 1, "{events:?}");
        assert_eq!(expired[0]["actor"], json!({ "kind": "SCHEDULER", "user": null }));
        assert_eq!(expired[0]["payload"]["riskAcceptedUntil"], json!(until));
        let status = json!({ "field": "status", "from": "DECLINED", "to": "PROPOSED" });
        assert!(expired[0]["changes"].as_array().unwrap().contains(&status), "{}", expired[0]);
        assert_eq!(crew.show(&rejected, "status").await["status"], "DECLINED");
    }
}
