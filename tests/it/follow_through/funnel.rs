//! The way from incidents to published reports.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

const FUNNEL: &str = "query ($filter: IncidentFilter) { reportFunnel(filter: $filter) {
    incidents requiringReport withReport published overdue coverageRate medianDaysToPublish p90DaysToPublish
} }";

async fn funnel(app: &TestApp, who: &TestUser, filter: Value) -> Value {
    app.ask(who, FUNNEL, json!({ "filter": filter }))
        .await
        .at("/reportFunnel")
}

on_both_databases! {
    async fn every_stage_is_counted_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let nothing = json!({
            "incidents": 0, "requiringReport": 0, "withReport": 0, "published": 0, "overdue": 0,
            "coverageRate": null, "medianDaysToPublish": null, "p90DaysToPublish": null,
        });
        assert_eq!(funnel(app, &ada, Value::Null).await, nothing);

        // Four that require a report: one published after two days, one published after six, one overdue, one whose draft was put away.
        let mut reports = Vec::new();
        for _ in 0..4 {
            let incident = json!({ "title": "It broke", "severity": "SEV1", "startedAt": app.now() });
            reports.push(app.report(&ada, json!({ "incident": incident })).await);
        }
        let rule = json!({ "name": "The worst", "appliesTo": "REPORT", "condition": { "severities": ["SEV1"] }, "dueInDays": 5 });
        app.mutate(&ada, "setDuePolicies", json!({ "policies": [rule] }), "version").await.data();
        app.advance(Duration::days(2));
        app.publish(&ada, &reports[0]).await;
        // A second report on the same incident counts no second time.
        app.report(&ada, json!({ "incidentId": reports[0].incident, "incident": null })).await;
        app.mutate(&ada, "updateReport", json!({ "id": reports[2].id, "dueOn": app.day(1) }), "report { id }").await.data();
        app.mutate(&ada, "archiveReport", json!({ "id": reports[3].id }), "report { id }").await.data();
        app.advance(Duration::days(4));
        app.publish(&ada, &reports[1]).await;
        // Put away after it was published, it stays published.
        app.mutate(&ada, "archiveReport", json!({ "id": reports[1].id }), "report { id }").await.data();
        // One that requires none has a report all the same, and one has none.
        let small = json!({ "title": "A small thing", "severity": "SEV4", "startedAt": app.now() });
        app.report(&ada, json!({ "incident": small })).await;
        app.mutate(&ada, "createIncident", small, "incident { id }").await.data();

        assert_eq!(funnel(app, &ada, Value::Null).await, json!({
            "incidents": 6, "requiringReport": 4, "withReport": 4, "published": 2, "overdue": 1,
            "coverageRate": 0.5, "medianDaysToPublish": 4.0, "p90DaysToPublish": 5.6,
        }));
        let small = funnel(app, &ada, json!({ "severity": { "eq": "SEV4" } })).await;
        assert_eq!((&small["incidents"], &small["withReport"], &small["coverageRate"]), (&json!(2), &json!(1), &Value::Null));
        let required = funnel(app, &ada, json!({ "requiresReport": true })).await;
        assert_eq!((&required["incidents"], &required["requiringReport"]), (&json!(4), &json!(4)));
        // Lists count alike.
        for (filter, count) in [
            (json!({ "requiresReport": true, "hasReport": false }), 1),
            (json!({ "requiresReport": true, "hasReport": true }), 3),
            (json!({ "hasReport": true }), 4),
        ] {
            let asked = "query($filter: IncidentFilter) { incidents(filter: $filter) { totalCount } }";
            let found = app.ask(&ada, asked, json!({ "filter": filter })).await;
            assert_eq!(found.at("/incidents/totalCount"), json!(count), "{filter}");
        }
    }
}
