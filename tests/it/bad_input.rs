//! What is wrong is refused: with one error that has a code and a sentence, and with nothing written.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use entity::{
    enums::Role,
    ids::{CauseCategoryId, RecommendationId, ReportId, RootCauseId, ServiceId, TeamId, UserId},
};
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::merge, on_both_databases};
use serde_json::{Value, json};

const INVALID: &str = "VALIDATION_FAILED";
const MISSING: &str = "NOT_FOUND";

/// Somebody who may do everything, with something to do it to.
pub struct Stage {
    pub ada: TestUser,
    pub report: String,
    pub other_report: String,
    pub cause: String,
    pub child: String,
    pub foreign: String,
    pub item: String,
}

pub async fn stage(app: &TestApp) -> Stage {
    let ada = app.user("Ada", Role::Admin).await;
    let report = app.report(&ada, json!({})).await;
    let other = app.report(&ada, json!({})).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    let child = app.cause(&ada, &report, json!({ "parentId": cause })).await;
    let foreign = app.cause(&ada, &other, json!({})).await;
    let item = app.item(&ada, &[&cause], json!({})).await;
    Stage {
        ada,
        report: report.id,
        other_report: other.id,
        cause,
        child,
        foreign,
        item: item.id,
    }
}

/// The one clear error that an answer holds.
#[track_caller]
pub fn check_refusal(what: &str, answer: &Answer, code: &str) {
    assert!(
        answer.status.as_u16() < 500,
        "{what}: {} {:#}",
        answer.status,
        answer.body
    );
    let errors = answer.body["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("{what} was accepted: {:#}", answer.body));
    assert_eq!(errors.len(), 1, "{what}: {:#}", answer.body);
    assert_eq!(answer.code(), code, "{what}: {:#}", answer.body);
    let message = answer.message();
    assert!(message.ends_with(['.', '…']), "{what}: not a sentence: {message}");
    assert!(message.chars().count() < 600, "{what}: a long message: {message}");
    let inner = [
        "::",
        "Option<",
        "Vec<",
        "i32",
        "i64",
        "u64",
        "NaiveDate",
        "TypeId",
        "sqlx",
        "sea_orm",
        "DbErr",
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "constraint",
        "panicked",
        "postgres",
        "sqlite",
        "unwrap",
    ];
    for word in inner {
        assert!(
            !message.contains(word),
            "{what}: the message tells of our inner workings: {message}"
        );
    }
    if code == INVALID && answer.body.pointer("/data").is_some_and(|data| !data.is_null()) {
        for (path, code) in answer.problems() {
            assert!(!code.is_empty() && !path.is_empty(), "{what}: {:#}", answer.body);
        }
    }
}

/// Asks, and expects to be refused with nothing written.
async fn refused(app: &TestApp, user: &TestUser, what: &str, query: &str, variables: Value, code: &str) {
    let before = app.contents().await;
    let answer = app.ask(user, query, variables).await;
    check_refusal(what, &answer, code);
    assert_eq!(app.contents().await, before, "{what} wrote something");
}

/// The same for a mutation, whose input is a good one but for what `change` lays over it.
async fn refused_input(app: &TestApp, user: &TestUser, name: &str, (good, change): (Value, Value), code: &str) {
    let what = format!(
        "{name} with {}",
        change.to_string().chars().take(200).collect::<String>()
    );
    let mut input = good;
    merge(&mut input, change);
    let before = app.contents().await;
    let answer = app.mutate(user, name, input, "__typename").await;
    check_refusal(&what, &answer, code);
    assert_eq!(app.contents().await, before, "{what} wrote something");
}

fn incident() -> Value {
    json!({ "title": "Incident", "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z" })
}

fn report() -> Value {
    json!({ "incident": incident(), "title": "Report" })
}

on_both_databases! {
    /// Ids that are none, of the wrong kind, or of nothing.
    async fn ids(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        for id in ["", "nonsense", "rep_", "rep_0", "rep_01h455vb4pex5vsknk084sn02", "rep_81h455vb4pex5vsknk084sn02q",
            "REP_01H455VB4PEX5VSKNK084SN02Q", "00000000-0000-7000-8000-000000000000", "1", "rep_01h455vb4pex5vsknk084sn02q ", "💥"] {
            let variables = json!({ "id": id, "ids": [stage.report, id] });
            for query in ["report(id: $id) { id }", "node(id: $id) { id }", "rootCause(id: $id) { id }"] {
                refused(app, ada, &format!("{query} {id:?}"), &format!("query ($id: ID!) {{ {query} }}"), variables.clone(), INVALID).await;
            }
            refused(app, ada, &format!("nodes {id:?}"), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables.clone(), INVALID).await;
            for filter in ["eq: $id", "in: [$id]", "notIn: [$id]"] {
                let query = format!("query ($id: ID!) {{ reports(filter: {{id: {{{filter}}}}}) {{ nodes {{ id }} }} }}");
                refused(app, ada, &format!("filter {filter} {id:?}"), &query, variables.clone(), INVALID).await;
            }
        }
        let wrong = json!({ "id": stage.item });
        for query in ["report(id: $id) { id }", "incident(id: $id) { id }", "rootCause(id: $id) { id }",
            "reports(filter: {owner: {id: {eq: $id}}}) { nodes { id } }", "incidents(filter: {service: {id: {eq: $id}}}) { nodes { id } }",
            "rootCauses(filter: {category: {id: {eq: $id}}}) { nodes { id } }", "actionItems(filter: {team: {id: {eq: $id}}}) { nodes { id } }"] {
            refused(app, ada, query, &format!("query ($id: ID!) {{ {query} }}"), wrong.clone(), INVALID).await;
        }
        for query in ["report", "incident", "recommendation"] {
            refused(app, ada, query, &format!("{{ {query} {{ id }} }}"), json!({}), INVALID).await;
            refused(app, ada, query, &format!("{{ {query}(id: \"x\", key: \"y\") {{ id }} }}"), json!({}), INVALID).await;
        }
        let many: Vec<&str> = std::iter::repeat_n(stage.report.as_str(), 101).collect();
        refused(app, ada, "101 nodes", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": many }), INVALID).await;

        for bad in [json!("nonsense"), json!(stage.item), json!(""), json!(app.mint::<UserId>().to_string())] {
            refused_input(app, ada, "createReport", (report(), json!({ "ownerId": bad })), INVALID).await;
        }
        for bad in [json!("nonsense"), json!(stage.item), json!(app.mint::<TeamId>().to_string())] {
            refused_input(app, ada, "createReport", (report(), json!({ "teamId": bad })), INVALID).await;
            refused_input(app, ada, "createIncident", (incident(), json!({ "teamId": bad })), INVALID).await;
        }
        for bad in [json!("nonsense"), json!(stage.item), json!(app.mint::<ServiceId>().to_string())] {
            refused_input(app, ada, "createIncident", (incident(), json!({ "serviceIds": [bad] })), INVALID).await;
        }
        let cause = json!({ "reportId": stage.report, "title": "Cause", "role": "TRIGGER" });
        for bad in [json!("nonsense"), json!(stage.item), json!(app.mint::<CauseCategoryId>().to_string())] {
            refused_input(app, ada, "addRootCause", (cause.clone(), json!({ "categoryId": bad })), INVALID).await;
        }
        let member = |id: Value| json!({ "members": [{ "userId": id }] });
        let team = json!({ "slug": "a-team", "name": "A team" });
        for bad in [json!("nonsense"), json!(stage.item), json!(app.mint::<UserId>().to_string())] {
            refused_input(app, ada, "createTeam", (team.clone(), member(bad)), INVALID).await;
        }
        let gone = json!({ "id": app.mint::<ReportId>().to_string() });
        for name in ["updateReport", "submitReport", "publishReport", "reopenReport", "archiveReport"] {
            refused_input(app, ada, name, (gone.clone(), json!({})), MISSING).await;
            refused_input(app, ada, name, (gone.clone(), json!({ "id": stage.item })), INVALID).await;
        }
        let gone = json!({ "id": app.mint::<RecommendationId>().to_string() });
        for name in ["startRecommendation", "verifyRecommendation", "updateRecommendation", "assignRecommendation"] {
            refused_input(app, ada, name, (gone.clone(), json!({})), MISSING).await;
            refused_input(app, ada, name, (gone.clone(), json!({ "id": stage.report })), INVALID).await;
        }
    }

    /// Days and instants that are none, or that no calendar of ours reaches.
    async fn dates_and_instants(app) {
        let stage = stage(app).await;
        for day in ["2026-02-30", "2026-13-01", "0000-01-01", "0000-00-00", "1899-12-31", "+262000-01-01", "262000-01-01",
            "-0001-01-01", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", "tomorrow", "", " 2026-02-03", "2026-02-03\n"] {
            refused_input(app, &stage.ada, "createReport", (report(), json!({ "dueOn": day })), INVALID).await;
            let query = "query ($day: Date!) { reports(filter: {dueOn: {lt: $day}}) { nodes { id } } }";
            refused(app, &stage.ada, day, query, json!({ "day": day }), INVALID).await;
        }
        for wrong in [json!(20260203), json!(true), json!(["2026-02-03"]), json!({ "day": 1 })] {
            refused_input(app, &stage.ada, "createReport", (report(), json!({ "dueOn": wrong })), INVALID).await;
        }
        for instant in ["2026-03-01", "2026-03-01T25:00:00Z", "2026-03-01T10:00:00", "2026-02-30T10:00:00Z", "0000-01-01T00:00:00Z",
            "1899-12-31T23:59:59Z", "+262000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "1772359200", "now", ""] {
            refused_input(app, &stage.ada, "createIncident", (incident(), json!({ "startedAt": instant })), INVALID).await;
            let query = "query ($at: DateTime!) { incidents(filter: {startedAt: {gt: $at}}) { nodes { id } } }";
            refused(app, &stage.ada, instant, query, json!({ "at": instant }), INVALID).await;
        }
        for order in [json!({ "detectedAt": "2026-03-01T09:00:00Z" }), json!({ "resolvedAt": "2026-03-01T09:00:00Z" }),
            json!({ "mitigatedAt": "2026-03-01T12:00:00Z", "resolvedAt": "2026-03-01T11:00:00Z" })] {
            refused_input(app, &stage.ada, "createIncident", (incident(), order), INVALID).await;
        }
    }

    /// Page sizes and cursors.
    async fn pages(app) {
        let stage = stage(app).await;
        let lists = [
            "recommendations(%) { nodes { id } }".to_owned(),
            "users(%) { nodes { id } }".to_owned(),
            format!("report(id: \"{}\") {{ recommendations(%) {{ nodes {{ id }} }} }}", stage.report),
            format!("report(id: \"{}\") {{ timeline(%) {{ nodes {{ id }} }} }}", stage.report),
        ];
        let garbage = ["", "x", "!!!", "null", "e30", "W10", "WzEsMiwzXQ", "bm9uc2Vuc2U", "💥", "AAAA", "W251bGwsbnVsbCxudWxsXQ"];
        for list in &lists {
            for args in ["first: -1", "first: 101", "last: -1", "last: 101", "first: 2147483647", "first: -2147483648", "first: 2, last: 2"] {
                refused(app, &stage.ada, args, &format!("{{ {} }}", list.replace('%', args)), json!({}), INVALID).await;
            }
            for cursor in garbage {
                for side in ["after", "before"] {
                    let query = format!("query ($c: String) {{ {} }}", list.replace('%', &format!("{side}: $c")));
                    refused(app, &stage.ada, cursor, &query, json!({ "c": cursor }), INVALID).await;
                }
            }
        }
        for args in ["first: -1", "first: 101"] {
            refused(app, &stage.ada, args, &format!("{{ actionItems({args}) {{ nodes {{ id }} }} }}"), json!({}), INVALID).await;
            refused(app, &stage.ada, args, &format!("{{ viewer {{ actionItems({args}) {{ nodes {{ id }} }} }} }}"), json!({}), INVALID).await;
        }
        for wrong in [json!("3"), json!(1.5), json!(99_999_999_999_i64), json!(1e30), json!(true), json!([1])] {
            let query = "query ($n: Int) { reports(first: $n) { nodes { id } } }";
            refused(app, &stage.ada, &wrong.to_string(), query, json!({ "n": wrong }), INVALID).await;
        }
        // A cursor that is good where it was given out and nowhere else.
        let cursor = |query: &'static str, pointer: &'static str| async move {
            let answer = app.ask(&stage_user(app).await, query, json!({})).await;
            answer.text(pointer)
        };
        let created = cursor(
            "{ recommendations(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { pageInfo { endCursor } } }",
            "/recommendations/pageInfo/endCursor",
        )
        .await;
        let due = cursor("{ recommendations(first: 1) { pageInfo { endCursor } } }", "/recommendations/pageInfo/endCursor").await;
        let items = cursor("{ actionItems(first: 1) { pageInfo { endCursor } } }", "/actionItems/pageInfo/endCursor").await;
        let places = [
            (&created, "recommendations(after: $c) { nodes { id } }"),
            (&created, "recommendations(after: $c, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { id } }"),
            (&created, "recommendations(before: $c, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { id } }"),
            (&created, "reports(after: $c) { nodes { id } }"),
            (&created, "rootCauses(before: $c) { nodes { id } }"),
            (&created, "actionItems(after: $c) { nodes { id } }"),
            (&created, "users(after: $c) { nodes { id } }"),
            (&due, "reports(after: $c, orderBy: {field: DUE_ON, direction: ASC}) { nodes { id } }"),
            (&due, "actionItems(after: $c) { nodes { id } }"),
            (&items, "recommendations(after: $c) { nodes { id } }"),
        ];
        for (cursor, list) in places {
            refused(app, &stage.ada, list, &format!("query ($c: String) {{ {list} }}"), json!({ "c": cursor }), INVALID).await;
        }
        for cut in 1..created.len() {
            let list = "query ($c: String) { recommendations(after: $c, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { id } } }";
            refused(app, &stage.ada, "a cut cursor", list, json!({ "c": &created[..cut] }), INVALID).await;
        }
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&created).unwrap()).unwrap();
        let parts: Vec<Value> = serde_json::from_str(&plain).unwrap();
        for value in ["2026-02-30T00:00:00Z", "x", "\0", "", "'; DROP TABLE report; --", "+262000-01-01T00:00:00Z"] {
            let forged = BASE64_URL_SAFE_NO_PAD.encode(json!([parts[0], value, parts[2]]).to_string());
            let list = "query ($c: String) { recommendations(after: $c, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { id } } }";
            refused(app, &stage.ada, value, list, json!({ "c": forged }), INVALID).await;
        }
    }

    /// Null clears: to nothing where nothing is possible, and else it is refused by name. Absent keeps.
    async fn nulls(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let text = json!({ "id": stage.report, "background": "A system.", "conclusion": "So.", "labels": ["x"], "impact": { "dataLost": true } });
        app.mutate(ada, "updateReport", text, "__typename").await.data();
        let clear = json!({ "id": stage.report, "background": null, "labels": null, "impact": null });
        let after = app.mutate(ada, "updateReport", clear, "report { background conclusion labels impact { dataLost } }").await;
        assert_eq!(after.at("/report"), json!({ "background": "", "conclusion": "So.", "labels": [], "impact": { "dataLost": null } }));
        for (name, id) in [("updateReport", &stage.report), ("updateRootCause", &stage.cause), ("updateRecommendation", &stage.item)] {
            let answer = app.mutate(ada, name, json!({ "id": id, "title": null }), "__typename").await;
            assert_eq!(answer.problems(), [("title".to_owned(), "REQUIRED".to_owned())], "{name}");
        }
    }

    /// Members listed twice, and places in a list that no calendar has.
    async fn lists(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let team = app.team(ada, &[ada], &[]).await;
        let twice = json!([{ "userId": ada.id }, { "userId": ada.id, "isLead": true }]);
        let answer = app.mutate(ada, "updateTeam", json!({ "id": team.id, "members": twice }), "__typename").await;
        assert_eq!(answer.problems(), [("members.1.userId".to_owned(), "DUPLICATE".to_owned())]);
        // A cursor of ours with another day in it.
        let page = app.ask(ada, "{ actionItems(first: 1) { pageInfo { endCursor } } }", json!({})).await;
        let cursor = page.text("/actionItems/pageInfo/endCursor");
        let parts: Value = serde_json::from_slice(&BASE64.decode(cursor).unwrap()).unwrap();
        let order = parts[0].as_str().unwrap();
        for day in ["-100000-01-01", "+99999-01-01", "1899-12-31", "10000-01-01"] {
            let forged = BASE64.encode(json!([order, day, parts[2]]).to_string());
            refused(app, ada, day, &format!("{{ actionItems(after: \"{forged}\") {{ nodes {{ key }} }} }}"), json!({}), INVALID).await;
        }
    }

    /// Root causes that explain themselves, stand in another report, or recur in themselves.
    async fn relations(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let parent = |id: &str, parent: &str| (json!({ "id": id }), json!({ "parentId": parent }));
        refused_input(app, ada, "updateRootCause", parent(&stage.cause, &stage.cause), INVALID).await;
        refused_input(app, ada, "updateRootCause", parent(&stage.cause, &stage.child), INVALID).await;
        refused_input(app, ada, "updateRootCause", parent(&stage.cause, &stage.foreign), INVALID).await;
        refused_input(app, ada, "updateRootCause", parent(&stage.cause, &app.mint::<RootCauseId>().to_string()), INVALID).await;
        let cause = json!({ "reportId": stage.report, "title": "Cause", "role": "TRIGGER" });
        refused_input(app, ada, "addRootCause", (cause.clone(), json!({ "parentId": stage.foreign })), INVALID).await;
        refused_input(app, ada, "addRootCause", (cause.clone(), json!({ "recurrenceOfId": stage.cause })), INVALID).await;
        refused_input(app, ada, "addRootCause", (cause, json!({ "reportId": app.mint::<ReportId>().to_string() })), MISSING).await;
        let link = |id: &str, earlier: &str| (json!({ "rootCauseId": id }), json!({ "recurrenceOfId": earlier }));
        refused_input(app, ada, "linkRecurrence", link(&stage.cause, &stage.cause), INVALID).await;
        refused_input(app, ada, "linkRecurrence", link(&stage.cause, &stage.child), INVALID).await;
        refused_input(app, ada, "linkRecurrence", link(&stage.cause, &stage.item), INVALID).await;
        let item = json!({ "rootCauseIds": [stage.cause], "title": "Do it", "kind": "PREVENT", "priority": "P2" });
        for (causes, code) in [
            (json!([]), INVALID), (json!([stage.item]), INVALID), (json!(["x"]), INVALID), (json!([null]), INVALID),
            (json!([stage.cause, app.mint::<RootCauseId>().to_string()]), INVALID),
        ] {
            refused_input(app, ada, "createRecommendation", (item.clone(), json!({ "rootCauseIds": causes })), code).await;
            let set = (json!({ "id": stage.item }), json!({ "rootCauseIds": causes }));
            refused_input(app, ada, "addressRootCauses", set, code).await;
        }
        let both = json!({ "incidentId": "inc_01h455vb4pex5vsknk084sn02q" });
        refused_input(app, ada, "createReport", (report(), both), INVALID).await;
        refused_input(app, ada, "createReport", (json!({ "title": "Report" }), json!({})), INVALID).await;
        let neither = json!({ "subjectId": stage.cause, "body": "Well." });
        refused_input(app, ada, "addComment", (neither, json!({})), INVALID).await;
        let ids: Vec<String> = (0..201).map(|_| app.mint::<RecommendationId>().to_string()).collect();
        let bulk = (json!({ "ids": ids, "patch": { "priority": "P1" } }), json!({}));
        refused_input(app, ada, "bulkUpdateRecommendations", bulk, INVALID).await;
        let bulk = (json!({ "ids": [stage.item, app.mint::<RecommendationId>().to_string()], "patch": { "priority": "P1" } }), json!({}));
        refused_input(app, ada, "bulkUpdateRecommendations", bulk, MISSING).await;
        refused_input(app, ada, "removeRootCause", (json!({ "id": stage.cause }), json!({})), INVALID).await;
        assert_ne!(stage.report, stage.other_report);
    }
}

/// The user of the stage, to read with.
async fn stage_user(app: &TestApp) -> TestUser {
    app.user("Reader", Role::Viewer).await
}
