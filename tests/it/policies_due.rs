//! Due dates by policy: of reports that incidents require, and of recommendations that are accepted without one.

use chrono::{Duration, NaiveDate, TimeZone, Utc};
use entity::{enums::Role, event, incident, key_counter, report};
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::{
    policies::{policy, set},
    recommendations::{Crew, problem},
};

const STUB: &str = "id title status visibility isOverdue dueOn originalDueOn owner { name } team { id } \
                    duePolicy { name version isInForce } participants { role } revisions { totalCount } history { nodes { type actor { kind user { name } } } }";

fn alert(severity: &str, more: Value) -> Value {
    let mut input = json!({ "title": "Disk full", "severity": severity, "startedAt": "2026-03-01T10:00:00Z" });
    postmortem_tests::fixtures::merge(&mut input, more);
    input
}

async fn create(app: &TestApp, user: &TestUser, input: Value) -> String {
    app.mutate(user, "createIncident", input, "incident { id }")
        .await
        .text("/incident/id")
}

/// The reports on an incident.
async fn reports(app: &TestApp, user: &TestUser, incident: &str) -> Vec<Value> {
    let shown = app
        .show(user, "incident", incident, &format!("reports {{ nodes {{ {STUB} }} }}"))
        .await;
    shown["reports"]["nodes"].as_array().unwrap().clone()
}

async fn types(app: &TestApp) -> Vec<String> {
    let events = event::Entity::find()
        .order_by_asc(event::Column::Sequence)
        .all(&app.db().await)
        .await
        .unwrap();
    events.into_iter().map(|event| event.event_type).collect()
}

/// Sets: SEV1 in 3 days, others of the worst two in 5 business days.
async fn strict(app: &TestApp, admin: &TestUser) {
    let mut second = policy("Serious", "REPORT", 5, json!({ "severities": ["SEV1", "SEV2"] }));
    second["businessDays"] = json!(true);
    let first = policy("Worst", "REPORT", 3, json!({ "severities": ["SEV1"] }));
    set(app, admin, json!([first, second])).await.data();
}

on_both_databases! {
    /// The first rule that matches decides, and each condition counts.
    async fn acceptance_takes_the_date_of_the_first_policy_that_matches(app) {
        let crew = Crew::new(app).await;
        let root = app.user("Root", Role::Admin).await;
        let team = app.team(&root, &[&crew.bo], &[]).await;
        set(app, &root, json!([
            policy("Reports", "REPORT", 1, json!({})),
            policy("Elsewhere", "RECOMMENDATION", 2, json!({ "severities": ["SEV1"] })),
            policy("Now", "RECOMMENDATION", 3, json!({ "priorities": ["P0"], "severities": ["SEV2"] })),
            policy("Soon", "RECOMMENDATION", 5, json!({ "priorities": ["P0", "P1"] })),
            policy("Find out", "RECOMMENDATION", 7, json!({ "kinds": ["INVESTIGATE"] })),
            policy("Ours", "RECOMMENDATION", 11, json!({ "teamIds": [team.id], "kinds": ["PREVENT"] })),
        ])).await.data();
        let owner = json!({ "ownerId": crew.bo.id });
        for (more, expected) in [
            (json!({ "priority": "P0" }), Some((3, "Now"))),
            (json!({ "priority": "P1", "kind": "INVESTIGATE" }), Some((5, "Soon"))),
            (json!({ "kind": "INVESTIGATE", "teamId": team.id }), Some((7, "Find out"))),
            (json!({ "teamId": team.id }), Some((11, "Ours"))),
            (json!({ "teamId": team.id, "kind": "DETECT" }), None),
            (json!({}), None),
        ] {
            let item = app.item(&crew.ada, &[&crew.cause], more.clone()).await;
            let Some((days, name)) = expected else {
                let refused = crew.refused(&root, "acceptRecommendation", &item, owner.clone()).await;
                assert_eq!(refused, problem("dueOn", "REQUIRED"), "{more}");
                continue;
            };
            app.step(&root, "acceptRecommendation", &item, owner.clone()).await.data();
            let shown = crew.show(&item, "status dueOn originalDueOn duePolicy { name version } history(first: 1) { nodes { type payload changes { field } } }").await;
            assert_eq!((&shown["dueOn"], &shown["originalDueOn"]), (&json!(app.day(days)), &json!(app.day(days))), "{more}");
            assert_eq!(shown["duePolicy"], json!({ "name": name, "version": 1 }), "{more}");
            let told = &shown["history"]["nodes"][0];
            assert_eq!((&told["type"], &told["payload"]["duePolicy"]["name"]), (&json!("recommendation.accepted"), &json!(name)));
            assert_eq!(told["payload"]["duePolicy"]["version"], 1);
            let fields: Vec<&str> = told["changes"].as_array().unwrap().iter().filter_map(|change| change["field"].as_str()).collect();
            assert!(fields.contains(&"dueOn") && fields.contains(&"duePolicyId"), "{fields:?}");
        }
        // Without an owner that is what is missing, and nothing else.
        let item = app.item(&crew.ada, &[&crew.cause], json!({ "priority": "P0" })).await;
        assert_eq!(crew.refused(&root, "acceptRecommendation", &item, json!({})).await, problem("ownerId", "REQUIRED"));
    }

    /// A date that a person gives wins, and then no policy has set it.
    async fn a_given_date_wins(app) {
        let crew = Crew::new(app).await;
        let root = app.user("Root", Role::Admin).await;
        set(app, &root, json!([policy("Any", "RECOMMENDATION", 3, json!({})), policy("All", "REPORT", 3, json!({}))])).await.data();
        let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
        app.accept(&crew.ada, &item, &crew.bo, app.day(40)).await;
        assert_eq!(crew.show(&item, "dueOn duePolicy { id }").await, json!({ "dueOn": app.day(40), "duePolicy": null }));
        let proposed = app.item(&crew.ada, &[&crew.cause], json!({ "dueOn": app.day(50), "ownerId": crew.bo.id })).await;
        app.step(&crew.ada, "acceptRecommendation", &proposed, json!({})).await.data();
        assert_eq!(crew.show(&proposed, "dueOn duePolicy { id }").await, json!({ "dueOn": app.day(50), "duePolicy": null }));

        for (due, expected) in [(json!({ "dueOn": app.day(60) }), json!(app.day(60))), (json!({ "dueOn": null }), Value::Null)] {
            let report = app.report(&crew.ada, due).await;
            let shown = app.show(&crew.ada, "report", &report.id, "dueOn duePolicy { id }").await;
            assert_eq!(shown, json!({ "dueOn": expected, "duePolicy": null }));
        }
        let report = app.report(&crew.ada, json!({})).await;
        let shown = app.show(&crew.ada, "report", &report.id, "dueOn originalDueOn duePolicy { name }").await;
        assert_eq!(shown, json!({ "dueOn": app.day(3), "originalDueOn": app.day(3), "duePolicy": { "name": "All" } }));
        assert_eq!(report::Entity::find().count(&app.db().await).await.unwrap(), 4, "no stub beside a report that comes with its incident");
    }

    /// The date stays, with the policy and version that set it, whatever is set later. A person who moves it takes its place.
    async fn a_date_remembers_its_policy(app) {
        let crew = Crew::new(app).await;
        let root = app.user("Root", Role::Admin).await;
        let list = |days| json!([policy("Any", "RECOMMENDATION", days, json!({})), policy("All", "REPORT", days, json!({}))]);
        set(app, &root, list(3)).await.data();
        let item = app.item(&crew.ada, &[&crew.cause], json!({ "ownerId": crew.bo.id })).await;
        app.step(&crew.ada, "acceptRecommendation", &item, json!({})).await.data();
        let report = app.report(&crew.ada, json!({})).await;
        set(app, &root, list(4)).await.data();
        let remembered = json!({ "dueOn": app.day(3), "duePolicy": { "dueInDays": 3, "version": 1, "isInForce": false } });
        let selection = "dueOn duePolicy { dueInDays version isInForce }";
        assert_eq!(crew.show(&item, selection).await, remembered);
        assert_eq!(app.show(&crew.ada, "report", &report.id, selection).await, remembered);

        app.mutate(&crew.ada, "updateReport", json!({ "id": report.id, "labels": ["x"] }), "report { id }").await.data();
        assert_eq!(app.show(&crew.ada, "report", &report.id, selection).await, remembered);
        app.mutate(&crew.ada, "updateReport", json!({ "id": report.id, "dueOn": app.day(9) }), "report { id }").await.data();
        let moved = json!({ "dueOn": app.day(9), "duePolicy": null });
        assert_eq!(app.show(&crew.ada, "report", &report.id, selection).await, moved);
        let later = json!({ "dueOn": app.day(9), "reason": "Disks are late." });
        app.step(&crew.bo, "changeDueDate", &item, later).await.data();
        assert_eq!(crew.show(&item, selection).await, moved);
    }

    /// What was declined before anybody gave it a date gets one when it is reopened.
    async fn a_reopening_without_a_date_takes_the_policys(app) {
        let crew = Crew::new(app).await;
        let root = app.user("Root", Role::Admin).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({ "ownerId": crew.bo.id })).await;
        let no = json!({ "reason": "REJECTED", "note": "No." });
        app.step(&crew.ada, "declineRecommendation", &item, no).await.data();
        let again = json!({ "reason": "It is needed." });
        assert_eq!(crew.refused(&crew.ada, "reopenRecommendation", &item, again.clone()).await, problem("dueOn", "REQUIRED"));
        set(app, &root, json!([policy("Any", "RECOMMENDATION", 6, json!({}))])).await.data();
        app.step(&crew.ada, "reopenRecommendation", &item, again).await.data();
        let shown = crew.show(&item, "dueOn duePolicy { name } history(first: 1) { nodes { payload } }").await;
        assert_eq!((&shown["dueOn"], &shown["duePolicy"]), (&json!(app.day(6)), &json!({ "name": "Any" })));
        assert_eq!(shown["history"]["nodes"][0]["payload"]["reason"], "It is needed.");
        assert_eq!(shown["history"]["nodes"][0]["payload"]["duePolicy"]["name"], "Any");
    }

    /// Over weekends and holidays, from the day it is where the organisation is.
    async fn business_days_pass_over_weekends_and_holidays(app) {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let there = TestApp::with_settings(app.engine, |settings| Settings {
            time_zone: "Pacific/Auckland".parse().unwrap(),
            holidays: vec![day("2026-03-05"), day("2026-03-07"), day("2026-03-10")],
            ..settings
        })
        .await;
        for (app, from_monday, from_tuesday_night) in [(app, "2026-03-09", "2026-03-10"), (&there, "2026-03-11", "2026-03-13")] {
            let root = app.user("Root", Role::Admin).await;
            strict(app, &root).await;
            for (at, expected) in [(2, from_monday), (3, from_tuesday_night)] {
                // 11 in the morning of Greenwich is midnight in Auckland.
                let hour = if at == 3 { 11 } else { 10 };
                app.clock.set(Utc.with_ymd_and_hms(2026, 3, at, hour, 0, 0).unwrap());
                let incident = create(app, &root, alert("SEV2", json!({}))).await;
                assert_eq!(reports(app, &root, &incident).await[0]["dueOn"], json!(expected), "from March {at}");
            }
        }
        there.finish().await;
    }

    /// A report that is required is there from the start: a draft, owed by somebody until a day.
    async fn an_incident_that_requires_a_report_gets_its_draft(app) {
        let root = app.user("Root", Role::Admin).await;
        let (mo, zoe, abe, ann) = (
            app.user("Mo", Role::Member).await, app.user("Zoe", Role::Member).await,
            app.user("Abe", Role::Member).await, app.user("Ann", Role::Member).await,
        );
        let team = app.team(&root, &[&mo, &ann], &[&zoe, &abe]).await;
        strict(app, &root).await;
        let incident = create(app, &mo, alert("SEV1", json!({ "teamId": team.id }))).await;
        let mut made = reports(app, &mo, &incident).await;
        assert_eq!(made.len(), 1);
        let id = made[0]["id"].take();
        assert_eq!(made[0], json!({
            "id": null, "title": "Disk full", "status": "DRAFT", "visibility": "ORGANIZATION", "isOverdue": false,
            "dueOn": app.day(3), "originalDueOn": app.day(3), "owner": { "name": "Abe" }, "team": { "id": team.id },
            "duePolicy": { "name": "Worst", "version": 1, "isInForce": true }, "participants": [],
            "revisions": { "totalCount": 1 },
            "history": { "nodes": [{ "type": "report.created", "actor": { "kind": "USER", "user": { "name": "Mo" } } }] },
        }));
        assert_eq!(types(app).await[types(app).await.len() - 2..], ["incident.created", "report.created"]);
        // It is late when it is.
        app.advance(Duration::days(4));
        let late = app.ask(&abe, "{ viewer { actionItems(filter: { isOverdue: true }) { nodes { id daysOverdue } } } }", json!({})).await;
        assert_eq!(late.at("/viewer/actionItems/nodes"), json!([{ "id": id, "daysOverdue": 1 }]));
        // Who has left leads nothing any more.
        app.mutate(&root, "updateUser", json!({ "id": abe.id, "isActive": false }), "user { id }").await.data();
        let next = create(app, &mo, alert("SEV2", json!({ "teamId": team.id }))).await;
        assert_eq!(reports(app, &mo, &next).await[0]["owner"], json!({ "name": "Zoe" }));
        // Nobody leads: whoever recorded it.
        let alone = create(app, &mo, alert("SEV2", json!({}))).await;
        assert_eq!(reports(app, &mo, &alone).await[0]["owner"], json!({ "name": "Mo" }));
        // Not required.
        let small = create(app, &mo, alert("SEV3", json!({ "teamId": team.id }))).await;
        assert_eq!(reports(app, &mo, &small).await, Vec::<Value>::new());
    }

    /// A machine that may record incidents only still leaves the report that somebody owes.
    async fn a_token_that_brings_incidents_in_leaves_a_draft(app) {
        let root = app.user("Root", Role::Admin).await;
        let lead = app.user("Lee", Role::Member).await;
        let team = app.team(&root, &[], &[&lead]).await;
        strict(app, &root).await;
        let token = app.machine(&root, &["INGEST"], json!({})).await;
        let pager = json!([{ "system": "pagerduty", "id": "P1" }]);
        let input = alert("SEV1", json!({ "teamId": team.id, "externalRefs": pager }));
        for created in [true, false] {
            let made = app.mutate(&token, "createIncident", input.clone(), "created incident { id }").await;
            assert_eq!(made.at("/created"), json!(created));
            let found = reports(app, &root, &made.text("/incident/id")).await;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0]["owner"], json!({ "name": "Lee" }));
            assert_eq!(found[0]["history"]["nodes"][0]["actor"], json!({ "kind": "SERVICE_TOKEN", "user": null }));
        }
        let nobody = create(app, &token, alert("SEV1", json!({}))).await;
        assert_eq!(reports(app, &root, &nobody).await[0]["owner"], Value::Null);
        // It may still not create a report itself.
        assert_eq!(app.mutate(&token, "createReport", json!({ "incidentId": nobody }), "report { id }").await.code(), "FORBIDDEN");
    }

    /// Raised later, by severity or team: then. Only when there is no report, also none that whoever raises it may not see.
    async fn a_change_that_requires_a_report_makes_its_draft(app) {
        let root = app.user("Root", Role::Admin).await;
        let (mo, eve) = (app.user("Mo", Role::Member).await, app.user("Eve", Role::Member).await);
        let team = app.team(&root, &[&mo], &[&eve]).await;
        strict(app, &root).await;
        let raise = async |incident: &str, change: Value| {
            let mut input = json!({ "id": incident });
            postmortem_tests::fixtures::merge(&mut input, change);
            app.mutate(&mo, "updateIncident", input, "incident { version }").await.data();
        };
        let incident = create(app, &mo, alert("SEV4", json!({ "teamId": team.id }))).await;
        raise(&incident, json!({ "severity": "SEV3" })).await;
        assert!(reports(app, &mo, &incident).await.is_empty());
        app.advance(Duration::days(7));
        raise(&incident, json!({ "severity": "SEV1" })).await;
        let made = reports(app, &mo, &incident).await;
        assert_eq!((made.len(), &made[0]["dueOn"], &made[0]["owner"]), (1, &json!(app.day(3)), &json!({ "name": "Eve" })));
        assert_eq!(types(app).await[types(app).await.len() - 2..], ["incident.updated", "report.created"]);
        // It stays when it is no longer required, and is not made twice.
        for severity in ["SEV5", "SEV1", "SEV2"] {
            raise(&incident, json!({ "severity": severity })).await;
            assert_eq!(reports(app, &mo, &incident).await.len(), 1);
        }

        let hidden = create(app, &mo, alert("SEV4", json!({}))).await;
        let secret = json!({ "incidentId": hidden, "visibility": "RESTRICTED", "ownerId": root.id });
        app.mutate(&root, "createReport", secret, "report { id }").await.data();
        raise(&hidden, json!({ "severity": "SEV1" })).await;
        assert_eq!(reports(app, &mo, &hidden).await, Vec::<Value>::new());
        assert_eq!(reports(app, &root, &hidden).await.len(), 1);

        set(app, &root, json!([policy("Ours", "REPORT", 9, json!({ "teamIds": [team.id] }))])).await.data();
        let loose = create(app, &mo, alert("SEV5", json!({}))).await;
        assert!(reports(app, &mo, &loose).await.is_empty());
        raise(&loose, json!({ "teamId": team.id })).await;
        assert_eq!(reports(app, &mo, &loose).await[0]["dueOn"], json!(app.day(9)));
    }

    /// Either both or neither.
    async fn an_incident_without_the_draft_it_requires_is_not_recorded(app) {
        let root = app.user("Root", Role::Admin).await;
        strict(app, &root).await;
        let small = create(app, &root, alert("SEV4", json!({}))).await;
        // There is no key to be had for a report.
        key_counter::Entity::delete_by_id("PM".to_owned()).exec(&app.db().await).await.unwrap();
        let before = app.contents().await;
        let failed = app.mutate(&root, "createIncident", alert("SEV1", json!({})), "incident { id }").await;
        assert_eq!(failed.code(), "INTERNAL");
        let raised = json!({ "id": small, "severity": "SEV1" });
        assert_eq!(app.mutate(&root, "updateIncident", raised, "incident { id }").await.code(), "INTERNAL");
        assert_eq!(app.contents().await, before);
        assert_eq!(incident::Entity::find().count(&app.db().await).await.unwrap(), 1);
    }

    /// What is imported happened long ago; nobody owes a report on it by next week.
    async fn an_import_takes_no_date(app) {
        let root = app.user("Root", Role::Admin).await;
        set(app, &root, json!([policy("All", "REPORT", 3, json!({}))])).await.data();
        let input = json!({ "markdown": "# Outage\n\n## Summary\n\nIt broke.\n" });
        let made = app.mutate(&root, "importReport", input, "report { dueOn duePolicy { id } incident { reports { totalCount } } }").await;
        assert_eq!(made.data(), &json!({ "report": { "dueOn": null, "duePolicy": null, "incident": { "reports": { "totalCount": 1 } } } }));
    }
}
