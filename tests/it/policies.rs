//! Due policies: the list, who sets it, what is wrong with one, and which incidents require a report.

use chrono::NaiveDate;
use entity::{
    enums::{Role, Severity},
    event, incident,
};
use migration::{Migrator, MigratorTrait};
use postmortem_api::platform::{db::Databases, settings::Settings};
use postmortem_tests::{Answer, Engine, TestApp, TestDatabase, TestUser, fixtures::merge, on_both_databases};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::{Value, json};

/// What is shown of a policy.
const POLICY: &str = "id name version position appliesTo dueInDays businessDays remindDaysBefore escalateDaysAfter isInForce \
                      condition { severities priorities kinds teams { id } }";

/// A policy for the input.
pub(crate) fn policy(name: &str, applies_to: &str, days: i64, condition: Value) -> Value {
    json!({ "name": name, "appliesTo": applies_to, "dueInDays": days, "condition": condition })
}

/// Sets the list.
pub(crate) async fn set(app: &TestApp, admin: &TestUser, policies: Value) -> Answer {
    let input = json!({ "policies": policies });
    app.mutate(
        admin,
        "setDuePolicies",
        input,
        &format!("version duePolicies {{ {POLICY} }}"),
    )
    .await
}

async fn listed(app: &TestApp, user: &TestUser) -> Value {
    app.ask(user, &format!("{{ duePolicies {{ {POLICY} }} }}"), json!({}))
        .await
        .at("/duePolicies")
}

async fn changes(app: &TestApp) -> Vec<event::Model> {
    let events = event::Entity::find()
        .order_by_asc(event::Column::Sequence)
        .all(&app.db().await)
        .await
        .unwrap();
    events
        .into_iter()
        .filter(|event| event.event_type == "due_policies.changed")
        .collect()
}

/// Of the list: name, target, severities, priorities, days, business days.
async fn preset(app: &TestApp, admin: &TestUser, name: &str) -> Vec<Value> {
    let input = json!({ "preset": name });
    let answer = app
        .mutate(admin, "setDuePolicies", input, &format!("duePolicies {{ {POLICY} }}"))
        .await;
    let policies = answer.at("/duePolicies");
    let row = |policy: &Value| {
        let condition = &policy["condition"];
        assert_eq!(condition["teams"], json!([]));
        assert_eq!(condition["kinds"], json!([]));
        json!([
            policy["appliesTo"],
            condition["severities"],
            condition["priorities"],
            policy["dueInDays"],
            policy["businessDays"],
        ])
    };
    policies.as_array().unwrap().iter().map(row).collect()
}

on_both_databases! {
    /// The whole list goes in, and comes out as it is kept.
    async fn a_list_is_set_and_read(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let vi = app.user("Vi", Role::Viewer).await;
        let team = app.team(&ada, &[], &[]).await;
        assert_eq!(listed(app, &vi).await, json!([]));
        let condition = json!({ "severities": ["SEV2", "SEV1", "SEV2"], "teamIds": [team.id] });
        let mut first = policy(" Serious ", "REPORT", 5, condition);
        merge(&mut first, json!({ "businessDays": true, "remindDaysBefore": [7, 0, 1], "escalateDaysAfter": [14, 7] }));
        let second = policy("Urgent", "RECOMMENDATION", 14, json!({ "priorities": ["P1", "P0"], "kinds": ["DETECT"] }));
        let made = set(app, &ada, json!([first, second])).await;
        assert_eq!(made.at("/version"), 1);
        let shown = listed(app, &vi).await;
        assert_eq!(made.at("/duePolicies"), shown);
        let mut expected = json!([
            {
                "name": "Serious", "version": 1, "position": 1, "appliesTo": "REPORT", "dueInDays": 5, "businessDays": true,
                "remindDaysBefore": [0, 1, 7], "escalateDaysAfter": [7, 14], "isInForce": true,
                "condition": { "severities": ["SEV1", "SEV2"], "priorities": [], "kinds": [], "teams": [{ "id": team.id }] },
            },
            {
                "name": "Urgent", "version": 1, "position": 2, "appliesTo": "RECOMMENDATION", "dueInDays": 14, "businessDays": false,
                "remindDaysBefore": [], "escalateDaysAfter": [], "isInForce": true,
                "condition": { "severities": [], "priorities": ["P0", "P1"], "kinds": ["DETECT"], "teams": [] },
            },
        ]);
        for (position, policy) in expected.as_array_mut().unwrap().iter_mut().enumerate() {
            policy["id"] = shown[position]["id"].clone();
            assert!(policy["id"].as_str().unwrap().starts_with("pol_"));
        }
        assert_eq!(shown, expected);
    }

    /// Each list has a version and closes the one before. The same list again changes nothing; an empty one has no version.
    async fn a_list_takes_the_place_of_another(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let any = |days| policy("Any", "RECOMMENDATION", days, json!({}));
        let first = set(app, &ada, json!([any(30)])).await.text("/duePolicies/0/id");
        let before = app.contents().await;
        assert_eq!(set(app, &ada, json!([any(30)])).await.text("/duePolicies/0/id"), first);
        assert_eq!(app.contents().await, before);
        let second = set(app, &ada, json!([any(20)])).await;
        assert_eq!((second.at("/version"), second.at("/duePolicies/0/version")), (json!(2), json!(2)));
        let query = "query ($id: ID!) { node(id: $id) { id ... on DuePolicy { dueInDays version isInForce } } }";
        let old = app.ask(&ada, query, json!({ "id": first })).await.at("/node");
        assert_eq!(old, json!({ "id": first, "dueInDays": 30, "version": 1, "isInForce": false }));
        let none = set(app, &ada, json!([])).await;
        assert_eq!(none.data(), &json!({ "version": 0, "duePolicies": [] }));
        let third = set(app, &ada, json!([any(20)])).await;
        assert_eq!(third.at("/version"), 3);
        let told = changes(app).await;
        let versions: Vec<Value> = told.iter().map(|event| event.payload["version"].clone()).collect();
        assert_eq!(versions, [json!(1), json!(2), json!(0), json!(3)]);
        assert_eq!(told[1].changes[0]["field"], "duePolicies");
        assert_eq!(told[1].changes[0]["from"][0]["dueInDays"], 30);
        assert_eq!(told[1].changes[0]["to"][0]["dueInDays"], 20);
    }

    /// Whoever has decided on another list than the one in force is told so.
    async fn a_faster_admin_is_not_overwritten(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let input = |expected: i64, days: i64| json!({ "policies": [policy("Any", "REPORT", days, json!({}))], "expectedVersion": expected });
        let send = async |expected, days| app.mutate(&ada, "setDuePolicies", input(expected, days), "version").await;
        assert_eq!(send(1, 3).await.code(), "CONFLICT");
        assert_eq!(send(0, 3).await.at("/version"), 1);
        let late = send(0, 4).await;
        assert_eq!(late.code(), "CONFLICT");
        assert_eq!(late.body.pointer("/errors/0/extensions/currentVersion"), Some(&json!(1)));
        assert_eq!(send(1, 4).await.at("/version"), 2);
        assert_eq!(changes(app).await.len(), 2);
    }

    /// Two lists that are set at once: one after the other.
    async fn two_admins_at_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let other = app.another_process().await;
        let list = |days| json!([policy("One", "REPORT", days, json!({})), policy("Two", "REPORT", days, json!({}))]);
        let (one, two) = tokio::join!(set(app, &ada, list(3)), set(&other, &ada, list(4)));
        let mut versions = [one.at("/version"), two.at("/version")].map(|version| version.as_i64().unwrap());
        versions.sort_unstable();
        // Whoever is first may read the other's list afterwards.
        assert!(versions == [1, 2] || versions == [2, 2], "{versions:?}");
        let shown = listed(app, &ada).await;
        assert_eq!(shown.as_array().unwrap().len(), 2);
        assert!(shown.as_array().unwrap().iter().all(|policy| policy["version"] == 2), "{shown}");
    }

    async fn only_admins_set_policies(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let before = app.contents().await;
        for role in [Role::Viewer, Role::Member] {
            let somebody = app.user("Somebody", role).await;
            assert_eq!(set(app, &somebody, json!([policy("Any", "REPORT", 3, json!({}))])).await.code(), "FORBIDDEN");
        }
        let after = app.contents().await;
        assert_eq!((&before["due_policy"], before["event"].len() + 2), (&after["due_policy"], after["event"].len()));
        assert_eq!(listed(app, &ada).await, json!([]));
    }

    /// All that is wrong is told at once, and where it stands.
    async fn a_bad_list_is_refused(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let nobody = "team_00000000000000000000000000";
        let before = app.contents().await;
        let mut first = policy(" ", "REPORT", 0, json!({ "priorities": ["P0"], "kinds": ["REPAIR"], "teamIds": [nobody] }));
        merge(&mut first, json!({ "remindDaysBefore": [1, 1], "escalateDaysAfter": [366] }));
        let mut third = policy("URGENT", "RECOMMENDATION", 3_651, json!({}));
        merge(&mut third, json!({ "remindDaysBefore": (0..11).collect::<Vec<_>>(), "escalateDaysAfter": [-1] }));
        let bad = set(app, &ada, json!([first, policy("Urgent", "REPORT", 3_650, json!({})), third])).await;
        assert_eq!(bad.code(), "VALIDATION_FAILED");
        let problems = bad.problems();
        let expected = [
            ("0.name", "REQUIRED"), ("0.dueInDays", "OUT_OF_RANGE"), ("0.remindDaysBefore", "DUPLICATE"),
            ("0.escalateDaysAfter", "OUT_OF_RANGE"), ("0.condition.priorities", "NOT_APPLICABLE"),
            ("0.condition.kinds", "NOT_APPLICABLE"), ("2.name", "DUPLICATE"), ("2.dueInDays", "OUT_OF_RANGE"),
            ("2.remindDaysBefore", "TOO_MANY"), ("2.escalateDaysAfter", "OUT_OF_RANGE"),
            ("0.condition.teamIds.0", "UNKNOWN_TEAM"),
        ];
        assert_eq!(problems, expected.map(|(path, code)| (format!("policies.{path}"), code.to_owned())));
        let many: Vec<Value> = (0..51).map(|number| policy(&format!("Policy {number}"), "REPORT", 3, json!({}))).collect();
        assert_eq!(set(app, &ada, json!(many)).await.problems(), [("policies".to_owned(), "TOO_MANY".to_owned())]);
        let wrong = policy("Wrong", "REPORT", 3, json!({ "teamIds": [ada.id] }));
        let wrong = set(app, &ada, json!([wrong])).await;
        assert_eq!(wrong.problems(), [("policies.0.condition.teamIds.0".to_owned(), "WRONG_ID_TYPE".to_owned())]);
        for input in [json!({}), json!({ "preset": "GITLAB", "policies": [] })] {
            let answer = app.mutate(&ada, "setDuePolicies", input, "version").await;
            assert_eq!(answer.problems(), [("policies".to_owned(), "PRESET_OR_POLICIES".to_owned())]);
        }
        assert_eq!(app.contents().await, before);
        assert_eq!(set(app, &ada, json!(many[..50])).await.at("/duePolicies").as_array().unwrap().len(), 50);
    }

    /// The numbers of docs/policies.md.
    async fn presets_have_the_published_numbers(app) {
        let ada = app.user("Ada", Role::Admin).await;
        assert_eq!(preset(app, &ada, "GOOGLE").await, [json!(["REPORT", ["SEV1", "SEV2", "SEV3"], [], 7, false])]);
        assert_eq!(preset(app, &ada, "ATLASSIAN").await, [
            json!(["REPORT", ["SEV1", "SEV2"], [], 10, true]),
            json!(["RECOMMENDATION", [], ["P0"], 28, false]),
            json!(["RECOMMENDATION", [], ["P1"], 56, false]),
        ]);
        assert_eq!(preset(app, &ada, "PAGERDUTY").await, [
            json!(["REPORT", ["SEV1"], [], 3, false]),
            json!(["REPORT", ["SEV2"], [], 5, true]),
            json!(["RECOMMENDATION", ["SEV1"], ["P0", "P1"], 15, false]),
            json!(["RECOMMENDATION", ["SEV2"], [], 30, false]),
        ]);
        assert_eq!(preset(app, &ada, "GITLAB").await, [
            json!(["REPORT", ["SEV1"], [], 14, false]),
            json!(["RECOMMENDATION", ["SEV1"], [], 7, false]),
            json!(["RECOMMENDATION", ["SEV2"], [], 30, false]),
            json!(["RECOMMENDATION", ["SEV3"], [], 60, false]),
            json!(["RECOMMENDATION", ["SEV4"], [], 90, false]),
        ]);
        assert_eq!(changes(app).await.last().unwrap().payload, json!({ "version": 4, "preset": "GITLAB" }));
    }

    /// Every severity with every team under lists of every shape: the getter, the filter and its opposite say the same.
    async fn which_incidents_require_a_report(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let teams = [app.team(&ada, &[], &[]).await, app.team(&ada, &[], &[]).await];
        let owners = [Some(teams[0].id.as_str()), Some(teams[1].id.as_str()), None];
        for severity in Severity::ALL {
            for owner in owners {
                let row = incident::Model { severity: *severity, team_id: owner.map(|id| id.parse().unwrap()), ..app.incident_row() };
                app.store([row]).await;
            }
        }
        let report = |name, condition| policy(name, "REPORT", 3, condition);
        let one = &teams[0].id;
        for (policies, required) in [
            (json!([]), 0),
            (json!([policy("Items", "RECOMMENDATION", 3, json!({}))]), 0),
            (json!([report("All", json!({}))]), 15),
            (json!([report("Worst", json!({ "severities": ["SEV1", "SEV2"] }))]), 6),
            (json!([report("Ours", json!({ "teamIds": [one] }))]), 5),
            (json!([report("Our worst", json!({ "severities": ["SEV1"], "teamIds": [one, teams[1].id] }))]), 2),
            (json!([report("Worst", json!({ "severities": ["SEV1"] })), report("Ours", json!({ "teamIds": [one] }))]), 7),
        ] {
            set(app, &ada, policies.clone()).await.data();
            let count = async |filter: &str| {
                let query = format!("{{ incidents(first: 100, filter: {filter}) {{ totalCount nodes {{ requiresReport }} }} }}");
                app.ask(&ada, &query, json!({})).await.at("/incidents")
            };
            for (filter, expected, says) in [
                ("{requiresReport: true}", required, true),
                ("{not: {requiresReport: false}}", required, true),
                ("{requiresReport: false}", 15 - required, false),
                ("{not: {requiresReport: true}}", 15 - required, false),
            ] {
                let found = count(filter).await;
                assert_eq!(found["totalCount"], expected, "{filter} {policies}");
                let nodes = found["nodes"].as_array().unwrap();
                assert!(nodes.iter().all(|node| node["requiresReport"] == says), "{filter} {policies}");
            }
        }
        // A token that brings incidents in is told so of its own.
        let token = app.machine(&ada, &["INGEST"], json!({})).await;
        set(app, &ada, json!([report("All", json!({}))])).await.data();
        let input = json!({ "title": "Disk full", "severity": "SEV3", "startedAt": "2026-03-01T10:00:00Z" });
        let made = app.mutate(&token, "createIncident", input, "incident { requiresReport reports { totalCount } }").await;
        assert_eq!(made.data(), &json!({ "incident": { "requiresReport": true, "reports": { "totalCount": 0 } } }));
    }
}

/// Holidays are in order and once, wherever they come from.
#[test]
fn holidays_are_sorted() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let given = Settings {
        holidays: ["2026-12-26", "2026-12-25", "2026-12-26"].map(day).to_vec(),
        ..Settings::default()
    };
    assert_eq!(given.check().unwrap().holidays, ["2026-12-25", "2026-12-26"].map(day));
}

/// Events of a database that was made before there were policies are all there afterwards, in their order, and so are the
/// indexes of their table.
async fn history_survives_the_upgrade(engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    // One connection, as the steps have when a release runs them.
    let databases = Databases::new(&database.url, 1, 0).expect("a usable database URL");
    let db = databases.here().await.expect("a pool");
    let steps = Migrator::migrations();
    let before = steps
        .iter()
        .position(|step| step.name() == "m0012_policies")
        .expect("the step");
    Migrator::up(&db, u32::try_from(before).ok())
        .await
        .expect("the earlier steps");
    let catalogue = if databases.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'event' ORDER BY name"
    } else {
        "SELECT indexname::text FROM pg_indexes WHERE tablename = 'event' ORDER BY indexname"
    };
    let indexes = async || -> Vec<String> {
        let statement = sea_orm::Statement::from_string(db.get_database_backend(), catalogue);
        let rows = db.query_all_raw(statement).await.expect("the catalogue");
        rows.iter()
            .map(|row| row.try_get_by_index(0).expect("a name"))
            .collect()
    };
    let blob = |number: u8| {
        let hex = format!("{:032x}", u128::from(number));
        if databases.is_sqlite() {
            format!("x'{hex}'")
        } else {
            format!("'{hex}'::uuid")
        }
    };
    let insert = |number: u8, kind: &str| {
        format!(
            "INSERT INTO event (id, event_type, schema_version, occurred_at, actor_kind, actor_name, subject_kind, subject_id, changes, payload) \
             VALUES ({}, 'x', 1, '2026-03-02T09:00:00+00:00', 'USER', 'Ada', '{kind}', {}, '[]', '{{}}')",
            blob(number),
            blob(number)
        )
    };
    for number in 1..=3 {
        db.execute_unprepared(&insert(number, "API_TOKEN"))
            .await
            .expect("an event");
    }
    assert!(db.execute_unprepared(&insert(4, "DUE_POLICY")).await.is_err());
    let (rows, names) = (event::Entity::find().all(&db).await.expect("events"), indexes().await);
    Migrator::up(&db, None).await.expect("the later steps");
    assert_eq!(event::Entity::find().all(&db).await.expect("events"), rows);
    let now = indexes().await;
    assert!(
        names.iter().all(|name| now.contains(name)),
        "{now:?} lacks some of {names:?}"
    );
    db.execute_unprepared(&insert(5, "DUE_POLICY"))
        .await
        .expect("an event about a policy");
    assert!(db.execute_unprepared(&insert(6, "WEATHER")).await.is_err());
    let sequences: Vec<i64> = event::Entity::find()
        .order_by_asc(event::Column::Sequence)
        .all(&db)
        .await
        .expect("events")
        .iter()
        .map(|row| row.sequence)
        .collect();
    assert_eq!(sequences[..3], [1, 2, 3]);
    assert!(sequences[3] > 3);
    let later = u32::try_from(steps.len() - before).unwrap();
    Migrator::down(&db, Some(later)).await.expect("the way back");
    Migrator::up(&db, None).await.expect("the way there again");
    drop(db);
    database.drop().await;
}

#[actix_web::test]
async fn history_survives_the_upgrade_on_sqlite() {
    history_survives_the_upgrade(Engine::Sqlite).await;
}

#[actix_web::test]
async fn history_survives_the_upgrade_on_postgres() {
    history_survives_the_upgrade(Engine::Postgres).await;
}
