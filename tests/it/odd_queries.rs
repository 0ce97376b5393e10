//! GraphQL that asks for too much, for what is not to be told, or that is odd: each gets a coded answer, and soon.

use std::time::{Duration as Time, Instant};

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Answer, TestApp, TestUser, on_both_databases, requests::graphql};
use serde_json::{Value, json};

const COMPLEX: &str = "QUERY_TOO_COMPLEX";
/// In a build that is not optimised, on a machine that has other things to do.
const SOON: Time = Time::from_secs(10);

/// The first error of an answer, which has nothing else.
#[track_caller]
fn error(answer: &Answer) -> Value {
    assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
    answer.body["errors"][0].clone()
}

/// Is it a good answer, or a refusal with a code, that is not our fault?
#[track_caller]
fn is_sane(what: &str, answer: &Answer, begun: Instant) {
    assert!(begun.elapsed() < SOON, "{what} took {:?}", begun.elapsed());
    assert!(answer.status.as_u16() < 500, "{what}: {}", answer.status);
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(
            ["VALIDATION_FAILED", COMPLEX, "NOT_FOUND"].contains(&code),
            "{what}: {error}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.chars().count() <= 310 && !message.contains('\n'),
            "{what}: {message}"
        );
    }
}

async fn tried(app: &TestApp, user: &TestUser, what: &str, query: &str, variables: Value) -> Answer {
    let begun = Instant::now();
    let answer = app.ask(user, query, variables).await;
    is_sane(what, &answer, begun);
    answer
}

on_both_databases! {
    /// What is too expensive is told what it costs, and what it may.
    async fn the_price_is_told(app) {
        let ada = app.user("Ada", Role::Member).await;
        let wide = "{ reports(first: 100) { nodes { recommendations(first: 100) { nodes { rootCauses(first: 100) { nodes { id } } } } } } }";
        let refused = error(&app.ask(&ada, wide, json!({})).await);
        let extensions = &refused["extensions"];
        assert_eq!((&extensions["code"], &extensions["limit"]), (&json!(COMPLEX), &json!(20_000)));
        let price = extensions["complexity"].as_u64().unwrap();
        assert!(price > 1_000_000, "{refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(&price.to_string()) && message.contains("20000"), "{message}");
        // By variables, also when the document was run before.
        let paged = "query ($n: Int!) { reports(first: $n) { nodes { recommendations(first: $n) { nodes { id key title } } } } }";
        let small = app.ask(&ada, paged, json!({ "n": 5 })).await;
        assert!(small.is_ok(), "{:#}", small.body);
        let (once, twice) = (error(&app.ask(&ada, paged, json!({ "n": 100 })).await), error(&app.ask(&ada, paged, json!({ "n": 100 })).await));
        assert_eq!((&once["extensions"]["limit"], &once), (&json!(20_000), &twice));
        assert!(once["extensions"]["complexity"].as_u64().is_some_and(|price| price > 20_000), "{once}");
        // The price is that of the limit.
        let exact = once["extensions"]["complexity"].as_u64().unwrap();
        for (limit, is_ok) in [(exact, true), (exact - 1, false)] {
            let limit = usize::try_from(limit).unwrap();
            let app = app.another_process_with(|settings| Settings { query_complexity: limit, ..settings }).await;
            assert_eq!(app.ask(&ada, paged, json!({ "n": 100 })).await.is_ok(), is_ok, "{limit}");
        }
        // Depth.
        let deep = format!("{{ viewer {{ {} isLead {} }} }}", "user { teams { members { ".repeat(8), "} } }".repeat(8));
        let refused = error(&app.ask(&ada, &deep, json!({})).await);
        assert_eq!(refused["extensions"]["code"], COMPLEX, "{refused}");
        let shallow = app.another_process_with(|settings| Settings { query_depth: 2, ..settings }).await;
        let refused = error(&shallow.ask(&ada, "{ viewer { user { teams { slug } } } }", json!({})).await);
        assert_eq!(refused["extensions"], json!({ "code": COMPLEX, "depth": 4, "limit": 2 }), "{refused}");
        // A mutation, which then was not carried out.
        let narrow = app.another_process_with(|settings| Settings { query_complexity: 2, ..settings }).await;
        let before = app.contents().await;
        let refused = narrow.mutate(&ada, "createIncident", json!({ "title": "x", "severity": "SEV1", "startedAt": "2026-03-01T10:00:00Z" }), "incident { id key title }").await;
        assert_eq!(error(&refused)["extensions"], json!({ "code": COMPLEX, "complexity": 5, "limit": 2 }));
        assert_eq!(app.contents().await, before);
    }

    /// Whoever has not signed in hears the same about every name, and nobody is helped to guess one.
    async fn strangers_learn_no_names(app) {
        let ada = app.user("Ada", Role::Member).await;
        let mut heard = Vec::new();
        for query in ["{ reports { nodes { id } } }", "{ reprots { nodes { id } } }", "{ viewer { usr } }", "mutation { createIncdent { x } }",
            "{ ... on Qery { viewer { user { id } } } }", "{ __schema { types { name } } }", "{ __type(name: \"Report\") { name } }", "{ _service { sdl } }"] {
            let answer = app.post(None, json!({ "query": query })).await;
            assert_eq!(answer.status.as_u16(), 401, "{query}");
            heard.push(answer.body);
        }
        assert!(heard.iter().all(|body| *body == heard[0]), "{heard:#?}");
        for query in ["{ reprots { nodes { id } } }", "{ viewer { usr { id } } }", "{ reports(frist: 1) { nodes { id } } }", "{ ... on Qery { __typename } }",
            "query ($x: Reprt) { __typename }", "{ viewer @skp(if: true) { __typename } }", "{ incidents(filter: {sverity: {eq: SEV1}}) { nodes { id } } }"] {
            let answer = tried(app, &ada, query, query, json!({})).await;
            let text = answer.body.to_string().to_lowercase();
            assert!(!text.contains("did you mean") && text.contains("validation_failed"), "{query}: {text}");
        }
    }

    /// Switched off, the schema is told to nobody, by no way.
    async fn introspection_can_be_switched_off(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let closed = app.another_process_with(|settings| Settings { introspection: false, ..settings }).await;
        for query in ["{ __schema { queryType { name } } }", "{ __type(name: \"Report\") { name } }", "{ _service { sdl } }",
            "{ innocent: __schema { queryType { name } } }", "{ ...F } fragment F on Query { __schema { queryType { name } } }",
            "{ ... on Query { ... { __type(name: \"Report\") { name } } } }"] {
            assert!(app.ask(&ada, query, json!({})).await.is_ok(), "{query}");
            let refused = error(&closed.ask(&ada, query, json!({})).await);
            assert_eq!(refused["extensions"]["code"], "FORBIDDEN", "{query}: {refused}");
            let stream = graphql(query).insert_header(("Authorization", format!("Bearer {}", ada.token))).insert_header(("Accept", "text/event-stream"));
            let stream = closed.send(stream).await.body;
            assert!(stream.contains("FORBIDDEN") && !stream.contains("queryType"), "{query}: {stream}");
        }
        let answer = closed.ask(&ada, "{ __typename viewer { __typename user { name } } }", json!({})).await;
        assert_eq!(answer.text("/viewer/__typename"), "Viewer");
    }

    /// Values and names without end.
    async fn huge_literals(app) {
        let ada = app.user("Ada", Role::Member).await;
        let long = 700_000;
        let report = |key: &str| format!("{{ report(key: {key}) {{ id }} }}");
        for (what, query) in [
            ("a string", report(&format!("\"{}\"", "x".repeat(long)))),
            ("a block string", report(&format!("\"\"\"{}\"\"\"", "x\n".repeat(long / 2)))),
            ("escapes", report(&format!("\"{}\"", "\\u0041".repeat(long / 6)))),
            ("a number", report(&"9".repeat(100_000))),
            ("a number with an exponent", report("1e999999999")),
            ("a fraction", report(&format!("0.{}", "1".repeat(100_000)))),
            ("a page of 10^100000", format!("{{ reports(first: 1{}) {{ nodes {{ id }} }} }}", "0".repeat(100_000))),
            ("a name", format!("{{ {} }}", "x".repeat(long))),
            ("an alias", format!("{{ {}: __typename }}", "x".repeat(long))),
            ("a comment", format!("{{ __typename # {}\n}}", "x".repeat(long))),
            ("commas", format!("{{ __typename {} }}", ",".repeat(long))),
            ("an enum", format!("{{ reports(filter: {{status: {{eq: {}}}}}) {{ nodes {{ id }} }} }}", "X".repeat(long))),
            ("ids", format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"a\",".repeat(4_000))),
            ("objects", format!("{{ reports(filter: {{or: [{}]}}) {{ nodes {{ id }} }} }}", "{isOverdue:true}".repeat(1_500))),
            ("directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(1_000))),
            ("unknown directives", format!("{{ {} }}", "__typename @x @y @z ".repeat(40))),
            ("fragments of one name", format!("{{ ...F }} {}", "fragment F on Query { __typename } ".repeat(50))),
            ("fields of one name with other arguments", format!("{{ {} }}", "report(key: \"A\") { id } report(key: \"B\") { id } ".repeat(25))),
        ] {
            tried(app, &ada, what, &query, json!({})).await;
        }
        for value in [json!("x".repeat(long)), json!(vec!["x"; 100_000]), json!({ "x": "y".repeat(long) }), json!(1e300), json!(u64::MAX)] {
            tried(app, &ada, "a variable", "query ($k: String) { report(key: $k) { id } }", json!({ "k": value })).await;
        }
        let begun = Instant::now();
        let batch: Vec<Value> = (0..10_000).map(|_| json!({ "query": "{ __typename }" })).collect();
        let answer = app.post(Some(&ada.token), Value::Array(batch)).await;
        is_sane("a batch", &answer, begun);
        assert_eq!(error(&answer)["extensions"]["code"], "VALIDATION_FAILED");
    }

    /// Characters that are not what they seem.
    async fn odd_characters(app) {
        let ada = app.user("Ada", Role::Member).await;
        // Text of any script is text, and comes back as it was sent.
        for title in ["Ausfall 😀", "سقوط الخدمة", "障害", "e\u{301}clair", "👨\u{200d}👩\u{200d}👧", "a\u{301}\u{302}\u{303}\u{304}b", "İi", "ﬁ ＡＢ"] {
            let new = json!({ "title": title, "severity": "SEV3", "startedAt": "2026-03-01T10:00:00Z" });
            let answer = app.mutate(&ada, "createIncident", new, "incident { title }").await;
            assert_eq!(answer.text("/incident/title"), title);
        }
        let escaped = r#"mutation { createIncident(input: {title: "\uD83D\uDE00 ok", severity: SEV3, startedAt: "2026-03-01T10:00:00Z"}) { incident { title } } }"#;
        tried(app, &ada, "a pair of escapes", escaped, json!({})).await;
        for (what, query) in [
            ("a mark at the beginning", "\u{feff}{ __typename }"),
            ("a mark in the middle", "{ \u{feff}__typename }"),
            ("a joiner in a name", "{ view\u{200d}er { user { id } } }"),
            ("a Cyrillic letter", "{ r\u{435}ports { nodes { id } } }"),
            ("full width", "{ ｖｉｅｗｅｒ { user { id } } }"),
            ("a space that is none", "{\u{a0}__typename\u{2003}}"),
            ("lines that are none", "{ __typename \u{2028} \u{85} }"),
            ("from right to left", "{ report(key: \"\u{202e}1-MP\u{202c}\") { id } }"),
            ("an unknown escape", r#"{ report(key: "\x41") { id } }"#),
            ("an escape in braces", r#"{ report(key: "\u{1F600}") { id } }"#),
            ("half an escape", r#"{ report(key: "\u00") { id } }"#),
            ("half a pair", r#"{ report(key: "\uD83D") { id } }"#),
            ("a character beyond all", r#"{ report(key: "\u{FFFFFFFF}") { id } }"#),
            ("control characters", "{ report(key: \"\u{1}\u{7f}\u{9f}\") { id } }"),
            ("no character", "{ report(key: \"\u{ffff}\u{fdd0}\") { id } }"),
            ("marks without end", &format!("{{ report(key: \"a{}\") {{ id }} }}", "\u{301}".repeat(100_000))),
        ] {
            tried(app, &ada, what, query, json!({})).await;
        }
        for bytes in [&b"{\"query\":\"{ report(key: \\\"\xff\\\") { id } }\"}"[..], b"{\"query\":\"\xc0\xaf\"}", b"{\"query\":\"\xed\xa0\x80\"}", b"\xef\xbb\xbf{\"query\":\"{__typename}\"}", b"\xff\xfe{\x00}\x00"] {
            let begun = Instant::now();
            let request = graphql("").insert_header(("Authorization", format!("Bearer {}", ada.token))).set_payload(bytes.to_vec());
            let reply = app.send(request).await;
            let answer = Answer { status: reply.status, body: reply.json() };
            is_sane("bytes", &answer, begun);
            assert_eq!(error(&answer)["extensions"]["code"], "VALIDATION_FAILED");
        }
    }
}
