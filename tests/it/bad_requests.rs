//! Requests that are too large, too deep or not text, and values that no field holds.

use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use crate::bad_input::{check_refusal, stage};

const INVALID: &str = "VALIDATION_FAILED";
const COMPLEX: &str = "QUERY_TOO_COMPLEX";

async fn refused(app: &TestApp, user: &TestUser, what: &str, body: String, code: &str) {
    let before = app.contents().await;
    let answer = app.post_text(Some(&user.token), body).await;
    check_refusal(what, &answer, code);
    assert_eq!(app.contents().await, before, "{what} wrote something");
}

async fn refused_query(app: &TestApp, user: &TestUser, query: &str, variables: Value, code: &str) {
    let what: String = query.chars().take(120).collect();
    refused(
        app,
        user,
        &what,
        json!({ "query": query, "variables": variables }).to_string(),
        code,
    )
    .await;
}

async fn refused_field(app: &TestApp, user: &TestUser, name: &str, good: &Value, change: Value) {
    let mut input = good.clone();
    let what: String = format!("{name} {change}").chars().take(200).collect();
    postmortem_tests::fixtures::merge(&mut input, change);
    let before = app.contents().await;
    let answer = app.mutate(user, name, input, "__typename").await;
    check_refusal(&what, &answer, INVALID);
    assert_eq!(app.contents().await, before, "{what} wrote something");
}

fn nested(open: &str, depth: usize, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
}

on_both_databases! {
    /// Too much of anything.
    async fn too_large(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let input = json!({ "id": stage.report, "executiveSummary": "x".repeat(10 * 1024 * 1024) });
        let update = "mutation ($input: UpdateReportInput!) { updateReport(input: $input) { report { id } } }";
        refused(app, ada, "10 MB", json!({ "query": update, "variables": { "input": input } }).to_string(), INVALID).await;
        refused(app, ada, "10 MB of blanks", format!("{{\"query\":\"{{viewer{{user{{id}}}}}}\"{}}}", " ".repeat(10 * 1024 * 1024)), INVALID).await;
        let aliases = |number: usize| -> String {
            let all: String = (0..number).map(|n| format!("a{n}: viewer {{ user {{ id }} }} ")).collect();
            format!("{{ {all} }}")
        };
        refused_query(app, ada, &aliases(101), json!({}), COMPLEX).await;
        refused_query(app, ada, &aliases(10_000), json!({}), COMPLEX).await;
        let mutations: String = (0..60).map(|n| format!("a{n}: addComment(input: {{subjectId: \"{}\", body: \"x\"}}) {{ comment {{ id }} }} ", stage.report)).collect();
        refused_query(app, ada, &format!("mutation {{ {mutations} }}"), json!({}), COMPLEX).await;
        let deep = nested("viewer{user{teams{members{", 1, &nested("user{teams{members{", 12, "isLead", "}}}"), "}}}}");
        refused_query(app, ada, &format!("{{{deep}}}"), json!({}), COMPLEX).await;
        for depth in [100, 10_000] {
            refused_query(app, ada, &nested("{a", depth, "", "}"), json!({}), COMPLEX).await;
            let list = nested("[", depth, "", "]");
            refused_query(app, ada, &format!("{{ nodes(ids: {list}) {{ id }} }}"), json!({}), COMPLEX).await;
        }
        let wide = "reports(first: 100) { nodes { recommendations(first: 100) { nodes { rootCauses(first: 100) { nodes { id } } } } } }";
        refused_query(app, ada, &format!("{{ {wide} }}"), json!({}), COMPLEX).await;
        let circle = "query { viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }";
        refused_query(app, ada, circle, json!({}), INVALID).await;
    }

    /// Filters without end.
    async fn large_filters(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let by_variable = "query ($f: RecommendationFilter) { recommendations(filter: $f) { nodes { id } } }";
        let wrap = |depth: usize, around: &dyn Fn(Value) -> Value| (0..depth).fold(json!({ "isOpen": true }), |inner, _| around(inner));
        for depth in [9, 15, 50] {
            for around in [
                &(|inner: Value| json!({ "not": inner })) as &dyn Fn(Value) -> Value,
                &|inner: Value| json!({ "and": [inner] }),
                &|inner: Value| json!({ "or": [inner] }),
            ] {
                refused_query(app, ada, by_variable, json!({ "f": wrap(depth, around) }), COMPLEX).await;
            }
        }
        let filter = format!("filter: {}", nested("{not: ", 50, "{isOpen: true}", "}"));
        refused_query(app, ada, &format!("{{ recommendations({filter}) {{ nodes {{ id }} }} }}"), json!({}), COMPLEX).await;
        let many: Vec<Value> = (0..1_000).map(|_| json!({ "isOpen": true })).collect();
        refused_query(app, ada, by_variable, json!({ "f": { "or": many } }), COMPLEX).await;
        let ids: Vec<String> = (0..10_000).map(|_| app.mint::<entity::ids::RecommendationId>().to_string()).collect();
        for comparator in ["in", "notIn"] {
            refused_query(app, ada, by_variable, json!({ "f": { "id": { comparator: ids } } }), COMPLEX).await;
        }
        let titles: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        refused_query(app, ada, by_variable, json!({ "f": { "title": { "in": titles } } }), COMPLEX).await;
    }

    /// Text that is not text, and JSON that is not JSON.
    async fn not_text(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        refused_query(app, ada, "{ report(key: \"\0\") { id } }", json!({}), INVALID).await;
        refused_query(app, ada, r#"{ report(key: "\u0000") { id } }"#, json!({}), INVALID).await;
        refused_query(app, ada, "query ($k: String) { report(key: $k) { id } }", json!({ "k": "PM\0" }), INVALID).await;
        refused_query(app, ada, "query ($k: StringFilter) { reports(filter: {title: $k}) { nodes { id } } }", json!({ "k": { "in": ["\0"] } }), INVALID).await;
        for lone in [r"\ud800", r"\udfff", r"\ud800\ud800"] {
            let body = format!(r#"{{"query":"query ($k: String) {{ report(key: $k) {{ id }} }}","variables":{{"k":"{lone}"}}}}"#);
            refused(app, ada, lone, body, INVALID).await;
            let body = format!(r#"{{"query":"{{ report(key: \"\{lone}\") {{ id }} }}"}}"#);
            refused(app, ada, lone, body, INVALID).await;
        }
        for body in ["", "{", "null", "[]", "\"x\"", "{}", r#"{"query":1}"#, r#"{"query":null}"#, r#"{"query":"{"}"#, r#"{"query":""}"#,
            r#"{"query":"{viewer{user{id}}}","variables":[]}"#, r#"{"query":"{viewer{user{id}}}","operationName":1}"#,
            r#"{"query":"{viewer{user{nothing}}}"}"#, r#"{"query":"{nothing}"}"#, r#"{"query":"subscription { x }"}"#] {
            refused(app, ada, body, body.to_owned(), INVALID).await;
        }
    }

    /// Values that a field does not hold.
    async fn values(app) {
        let stage = stage(app).await;
        let ada = &stage.ada;
        let incident = json!({ "title": "Incident", "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z" });
        for change in [
            json!({ "title": null }), json!({ "title": "" }), json!({ "title": "  " }), json!({ "title": "x".repeat(301) }),
            json!({ "title": "bell \u{7}" }), json!({ "title": "two\nlines" }), json!({ "title": 5 }), json!({ "title": ["x"] }),
            json!({ "severity": null }), json!({ "severity": "SEV9" }), json!({ "severity": "sev1" }), json!({ "severity": 1 }),
            json!({ "startedAt": null }), json!({ "serviceIds": [null] }), json!({ "unknown": 1 }),
            json!({ "externalRefs": [{ "system": "", "id": "1" }] }), json!({ "externalRefs": [{ "system": "pager", "id": "" }] }),
            json!({ "externalRefs": [{ "system": "pager" }] }),
        ] {
            refused_field(app, ada, "createIncident", &incident, change).await;
        }
        for url in ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/x", "//example.org", "example.org", "http://", "",
            "https://user:secret@example.org/", "https://user@example.org/", "file:///etc/passwd", "https://example.org/\u{7}\0x"] {
            let change = json!({ "externalRefs": [{ "system": "pager", "id": "1", "url": url }] });
            refused_field(app, ada, "createIncident", &incident, change).await;
            let moment = json!({ "reportId": stage.report, "occurredAt": "2026-03-01T10:00:00Z", "description": "x" });
            refused_field(app, ada, "addTimelineEvent", &moment, json!({ "sourceUrl": url })).await;
        }
        let long = format!("https://example.org/{}", "x".repeat(2_000));
        refused_field(app, ada, "createIncident", &incident, json!({ "externalRefs": [{ "system": "pager", "id": "1", "url": long }] })).await;

        let report = json!({ "id": stage.report });
        let labels: Vec<String> = (0..51).map(|number| format!("label {number}")).collect();
        for change in [
            json!({ "executiveSummary": "x".repeat(200_001) }), json!({ "executiveSummary": null, "title": "" }),
            json!({ "labels": labels }), json!({ "labels": ["x".repeat(61)] }), json!({ "labels": [""] }), json!({ "labels": ["a\tb"] }),
            json!({ "visibility": "SECRET" }), json!({ "expectedVersion": 1e30 }), json!({ "expectedVersion": "1" }),
            json!({ "expectedVersion": 9_223_372_036_854_775_808_u64 }),
            json!({ "impact": { "customersAffected": -1 } }), json!({ "impact": { "customersAffected": 3_000_000_000_i64 } }),
            json!({ "impact": { "requestsFailed": 2_147_483_648_i64 } }), json!({ "impact": { "downtimeSeconds": 1e300 } }),
            json!({ "impact": { "costMinorUnits": 9_223_372_036_854_775_807_i64, "currency": "EUR" } }),
            json!({ "impact": { "costMinorUnits": 5 } }), json!({ "impact": { "costMinorUnits": 5, "currency": "EURO" } }),
            json!({ "impact": { "costMinorUnits": 5, "currency": "xx" } }), json!({ "impact": { "dataLost": "yes" } }),
        ] {
            refused_field(app, ada, "updateReport", &report, change).await;
        }
        for change in [json!({ "email": "x" }), json!({ "email": "a@b@c" }), json!({ "email": "" }), json!({ "email": "A <a@example.org>" }),
            json!({ "role": "GOD" }), json!({ "name": "" }), json!({ "name": "x".repeat(301) }), json!({ "email": ada.email })] {
            refused_field(app, ada, "createUser", &json!({ "email": "new@example.org", "name": "New" }), change).await;
        }
        for slug in ["", "A", "a b", "-a", "a-", "a--b", "ä", "../x"] {
            refused_field(app, ada, "createTeam", &json!({ "slug": "a", "name": "A" }), json!({ "slug": slug })).await;
            refused_field(app, ada, "createService", &json!({ "slug": "a", "name": "A" }), json!({ "slug": slug })).await;
        }
        for change in [json!({ "body": "" }), json!({ "body": " \n " }), json!({ "body": null }), json!({ "subjectId": null })] {
            refused_field(app, ada, "addComment", &json!({ "subjectId": stage.report, "body": "Well." }), change).await;
        }
        let item = postmortem_tests::fixtures::TestItem { id: stage.item.clone(), key: String::new() };
        app.accept(ada, &item, ada, app.day(7)).await;
        let evidence = |url: &str| json!({ "evidence": [{ "url": url }] });
        for url in ["javascript:alert(1)", "https://a:b@example.org"] {
            refused_field(app, ada, "implementRecommendation", &json!({ "id": stage.item }), evidence(url)).await;
        }
        // All problems at once.
        let input = json!({ "rootCauseIds": ["x"], "title": "", "kind": "PREVENT", "priority": "P2", "ownerId": "y", "teamId": "z" });
        let answer = app.mutate(ada, "createRecommendation", input, "__typename").await;
        check_refusal("three bad ids", &answer, INVALID);
        let paths: Vec<String> = answer.problems().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["rootCauseIds.0", "ownerId", "teamId"]);
    }
}
