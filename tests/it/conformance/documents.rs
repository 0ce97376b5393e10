//! Automatic persisted queries: by hand, and as clients of npm speak them.

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Answer, TestApp, TestUser, live::Socket, on_both_databases, requests::Reply};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::examples;

const ME: &str = "{ viewer { user { name } } }";

fn sha256(text: &str) -> String {
    let bytes = digest(&SHA256, text.as_bytes());
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn ask(app: &TestApp, user: &TestUser, hash: &str, query: Option<&str>) -> Answer {
    let mut body = json!({ "extensions": named(hash) });
    if let Some(query) = query {
        body["query"] = json!(query);
    }
    app.post(Some(&user.token), body).await
}

async fn get(app: &TestApp, user: &TestUser, parameters: &[(&str, &str)]) -> Reply {
    let query = url_encoded(parameters);
    let request = actix_web::test::TestRequest::get()
        .uri(&format!("/graphql?{query}"))
        .insert_header(("Authorization", format!("Bearer {}", user.token)));
    app.send(request).await
}

fn url_encoded(parameters: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

on_both_databases! {
    /// Unknown at first; known once the text has come along and was run.
    async fn a_document_is_sent_once(app) {
        let user = app.user("Ada", Role::Member).await;
        let hash = sha256(ME);
        let unknown = ask(app, &user, &hash, None).await;
        assert_eq!((unknown.message(), unknown.code()), ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND"));
        assert!(unknown.body.get("data").is_none(), "{:#}", unknown.body);
        let first = ask(app, &user, &hash, Some(ME)).await;
        assert_eq!(first.text("/viewer/user/name"), "Ada");
        assert_eq!(ask(app, &user, &hash, None).await.body, first.body);
        // In capitals, as an id, and by GET.
        assert!(ask(app, &user, &hash.to_uppercase(), None).await.is_ok());
        let by_id = json!({ "documentId": format!("sha256:{hash}") });
        assert!(app.post(Some(&user.token), by_id).await.is_ok());
        let by_get = get(app, &user, &[("extensions", &named(&hash).to_string())]).await;
        assert_eq!(by_get.json(), first.body);
        // For others too, who see what is theirs.
        let other = app.user("Bea", Role::Viewer).await;
        assert_eq!(ask(app, &other, &hash, None).await.text("/viewer/user/name"), "Bea");
        assert_eq!(app.post(None, json!({ "extensions": named(&hash) })).await.code(), "UNAUTHENTICATED");
    }

    /// With variables and an operation's name, and held to the rules of its method.
    async fn a_kept_document_is_a_document(app) {
        let user = app.user("Ada", Role::Member).await;
        let query = "query One($key: String!) { report(key: $key) { title } } query Two { __typename } mutation Three { __typename }";
        let report = app.report(&user, json!({ "title": "Kept" })).await;
        let body = |more: Value| {
            let mut body = json!({ "extensions": named(&sha256(query)) });
            postmortem_tests::fixtures::merge(&mut body, more);
            body
        };
        let first = body(json!({ "query": query, "operationName": "Two" }));
        assert!(app.post(Some(&user.token), first).await.is_ok());
        let one = body(json!({ "operationName": "One", "variables": { "key": report.key } }));
        assert_eq!(app.post(Some(&user.token), one).await.text("/report/title"), "Kept");
        let none = body(json!({ "operationName": "One" }));
        assert_eq!(app.post(Some(&user.token), none).await.code(), "VALIDATION_FAILED");
        let extensions = named(&sha256(query)).to_string();
        let by_get = get(app, &user, &[("operationName", "Three"), ("extensions", &extensions)]).await;
        assert_eq!(by_get.status.as_u16(), 405);
    }

    /// What is wrong is said; what is wrong is not kept either.
    async fn what_is_wrong_is_refused_and_not_kept(app) {
        let user = app.user("Ada", Role::Member).await;
        let other = ask(app, &user, &sha256("{ other }"), Some(ME)).await;
        assert_eq!(other.code(), "VALIDATION_FAILED");
        assert!(other.message().starts_with("The sha256Hash is not that of the query"), "{}", other.message());
        assert_eq!(ask(app, &user, &sha256(ME), None).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        for wrong in ["{ nothing }", "{", "{ report(key: 7) { id } }"] {
            assert_eq!(ask(app, &user, &sha256(wrong), Some(wrong)).await.code(), "VALIDATION_FAILED");
            assert_eq!(ask(app, &user, &sha256(wrong), None).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        }
        // Nor what somebody sends who is not let in.
        let stranger = json!({ "query": ME, "extensions": named(&sha256(ME)) });
        assert_eq!(app.post(None, stranger).await.code(), "UNAUTHENTICATED");
        assert_eq!(ask(app, &user, &sha256(ME), None).await.code(), "PERSISTED_QUERY_NOT_FOUND");

        assert_eq!(ask(app, &user, "abc", None).await.code(), "VALIDATION_FAILED");
        for extension in [json!(null), json!(1), json!({}), json!({ "version": 2, "sha256Hash": sha256(ME) }), json!({ "version": 1 })] {
            let answer = app.post(Some(&user.token), json!({ "extensions": { "persistedQuery": extension } })).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (400, "VALIDATION_FAILED"), "{extension}");
        }
        for id in [json!(7), json!("")] {
            let answer = app.post(Some(&user.token), json!({ "documentId": id })).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (400, "VALIDATION_FAILED"), "{id}");
        }
        let twice = json!({ "documentId": "x", "extensions": named(&sha256(ME)) });
        assert_eq!(app.post(Some(&user.token), twice).await.status.as_u16(), 400);
        // Nobody here knows ids.
        let answer = app.post(Some(&user.token), json!({ "documentId": "overdue" })).await;
        assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
    }

    /// So many bytes and not more, the least used first; and none when they are switched off.
    async fn the_memory_is_bounded(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { persisted_query_bytes: 10_000, ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let padded = |number: usize| format!("{{ __typename }} # {number} {}", "x".repeat(2_500));
        for number in 0..4 {
            let query = padded(number);
            assert!(ask(app, &user, &sha256(&query), Some(&query)).await.is_ok());
            assert!(ask(app, &user, &sha256(&padded(0)), None).await.is_ok(), "what is used stays");
        }
        assert_eq!(ask(app, &user, &sha256(&padded(1)), None).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        assert!(ask(app, &user, &sha256(&padded(3)), None).await.is_ok());
        let large = format!("{{ __typename }} # {}", "x".repeat(12_000));
        assert!(ask(app, &user, &sha256(&large), Some(&large)).await.is_ok());
        assert_eq!(ask(app, &user, &sha256(&large), None).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        assert!(ask(app, &user, &sha256(&padded(0)), None).await.is_ok());

        let app = &TestApp::with_settings(app.engine, |settings| Settings { persisted_query_bytes: 0, ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let answer = ask(app, &user, &sha256(ME), None).await;
        assert_eq!((answer.message(), answer.code()), ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"));
        assert!(ask(app, &user, &sha256(ME), Some(ME)).await.is_ok());
    }

    /// On sockets as over HTTP: what was kept by one is known to the other.
    async fn sockets_name_documents_too(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let mut socket = Socket::of(&served, &user).await;
        let hash = sha256(ME);
        let subscribe = |id: &str, payload: Value| json!({ "type": "subscribe", "id": id, "payload": payload });
        socket.say(subscribe("1", json!({ "extensions": named(&hash) }))).await;
        let unknown = socket.hear().await;
        assert_eq!(unknown["type"], "error");
        assert_eq!(unknown["payload"][0]["message"], "PersistedQueryNotFound");
        socket.say(subscribe("1", json!({ "query": ME, "extensions": named(&hash) }))).await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["user"]["name"], "Ada");
        assert_eq!(socket.hear().await["type"], "complete");
        socket.say(subscribe("2", json!({ "extensions": named(&hash) }))).await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["user"]["name"], "Ada");
        assert!(ask(app, &user, &hash, None).await.is_ok());
    }

    /// The examples for automatic persisted queries: curl, and two clients that begin with the hash.
    async fn the_examples_run(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let workshop = examples("persisted-queries.md", &served, &user);
        let said = workshop.run("bash", &["persisted.sh"]).await;
        let said: Vec<&str> = said.lines().collect();
        assert!(said[0].contains("PersistedQueryNotFound"), "{said:?}");
        assert_eq!(said[1..], [r#"{"data":{"viewer":{"user":{"name":"Ada"}}}}"#; 2]);
        for client in ["apollo.mjs", "urql.mjs"] {
            // Once with the text, and once without.
            for _ in 0..2 {
                assert_eq!(workshop.run("node", &[client]).await.trim(), "Ada", "{client}");
            }
        }
    }
}
