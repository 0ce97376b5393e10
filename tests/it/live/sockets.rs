//! `graphql-transport-ws`, close code by close code, and that a socket answers as HTTP does.

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Engine, TestApp, live::Socket, on_both_databases};
use serde_json::{Value, json};

use super::{EVENTS, app_with};

const SLOW: &str = "subscription { events(types: [\"report.*\"]) { id } }";

on_both_databases! {
    /// What is no message, or not yet in order, closes the socket with the code that says so.
    async fn every_breach_has_its_code(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();

        let mut socket = Socket::open(&served, &[]).await;
        assert_eq!(socket.closed().await.0, 4406, "no subprotocol");
        let mut socket = Socket::silent(&served).await;
        socket.subscribe("1", "{ viewer { __typename } }", json!({})).await;
        assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
        for wrong in [
            "", "nothing", "[]", "null", "{}", "{\"type\":1}", "{\"type\":\"start\"}", "{\"type\":\"next\",\"id\":\"1\"}",
            "{\"type\":\"connection_ack\"}", "{\"type\":\"connection_init\",\"payload\":\"me\"}",
            "{\"type\":\"ping\",\"payload\":[]}", "{\"type\":\"complete\"}", "{\"type\":\"subscribe\"}",
            "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"1\"}", "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"{a}\",\"variables\":[]}}",
        ] {
            let mut socket = Socket::silent(&served).await;
            socket.say_text(wrong).await;
            let (code, reason) = socket.closed().await;
            assert_eq!(code, 4400, "{wrong}: {reason}");
            assert!(reason.starts_with("Invalid message: "), "{wrong}: {reason}");
        }
        let mut socket = Socket::silent(&served).await;
        socket.say_bytes(b"{\"type\":\"ping\"}").await;
        assert_eq!(socket.closed().await.0, 4400);
        for payload in [json!({}), json!({ "token": "x" }), json!({ "Authorization": user.token }), json!({ "authorization": "Bearer a.b.c" })] {
            let mut socket = Socket::silent(&served).await;
            socket.say(json!({ "type": "connection_init", "payload": payload })).await;
            let (code, reason) = socket.closed().await;
            assert_eq!(code, 4403, "{payload}");
            assert!(reason.starts_with("Forbidden: "), "{reason}");
        }
        let mut socket = Socket::of(&served, &user).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
        let mut socket = Socket::of(&served, &user).await;
        socket.subscribe("same", SLOW, json!({})).await;
        socket.subscribe("same", SLOW, json!({})).await;
        assert_eq!(socket.closed().await, (4409, "Subscriber for same already exists".to_owned()));
        let mut socket = Socket::silent(&served).await;
        socket.say_text(&"x".repeat(app.app.settings.body_limit_bytes + 1)).await;
        assert_eq!(socket.closed().await.0, 1009);
    }

    /// Whoever does not say who they are does not keep the socket.
    async fn who_says_nothing_is_not_waited_for(app) {
        let app = &app_with(app.engine, |settings| Settings { live_init_timeout_ms: 50, ..settings }).await;
        let served = app.serve();
        let mut socket = Socket::silent(&served).await;
        assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    }

    /// Pings are answered before and after the acknowledgement, with what came with them.
    async fn pings_are_answered(app) {
        let user = app.user("Ada", Role::Viewer).await;
        let served = app.serve();
        let mut socket = Socket::silent(&served).await;
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong" }));
        socket.say(json!({ "type": "pong" })).await;
        socket.say(json!({ "type": "connection_init", "payload": { "token": user.token } })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket.say(json!({ "type": "ping", "payload": { "at": 1 } })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "at": 1 } }));
        // Nobody waits for what nobody has.
        socket.say(json!({ "type": "complete", "id": "none" })).await;
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    }

    /// Queries and mutations have the same answers as over HTTP, and so have refusals.
    async fn a_socket_answers_as_http_does(app) {
        let user = app.user("Ada", Role::Member).await;
        let reader = app.user("Vera", Role::Viewer).await;
        let report = app.report(&user, json!({})).await;
        let served = app.serve();
        let aliases: String = (0..101).map(|n| format!("a{n}: __typename ")).collect();
        let deep = format!("{{ report(key: \"PM-1\") {}{} }}", "{ incident { reports { nodes ".repeat(20), "} } }".repeat(20));
        let add = "mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { body } } }";
        let comment = json!({ "input": { "subjectId": report.id, "body": "Seen." } });
        for who in [&user, &reader] {
            let mut socket = Socket::of(&served, who).await;
            for (query, variables) in [
                ("{ viewer { user { email role } } }", json!({})),
                ("query ($key: String) { report(key: $key) { title id } }", json!({ "key": report.key })),
                ("{ report(id: \"rep_1\") { id } }", json!({})),
                ("query A { viewer { __typename } } query B { viewer { __typename } }", json!({})),
                ("{", json!({})),
                ("{ nothing }", json!({})),
                ("query ($id: ID!) { node(id: $id) { id } }", json!({})),
                ("query ($key: String) { report(key: $key) { id } }", json!({ "key": "a\u{0}b" })),
                (aliases.as_str(), json!({})),
                (format!("{{ {aliases} }}").as_str(), json!({})),
                (deep.as_str(), json!({})),
                (add, comment.clone()),
                (add, json!({ "input": { "subjectId": report.id, "body": "" } })),
            ] {
                let over_http = app.ask(who, query, variables.clone()).await.body;
                socket.subscribe("1", query, variables).await;
                let message = socket.hear().await;
                if over_http.get("data").is_some() {
                    assert_eq!(message, json!({ "id": "1", "type": "next", "payload": over_http }), "{query}");
                    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }), "{query}");
                } else {
                    assert_eq!(message, json!({ "id": "1", "type": "error", "payload": over_http["errors"] }), "{query}");
                }
            }
        }
    }

    /// What a subscription cannot be is an error of that operation, and the socket goes on.
    async fn a_subscription_that_cannot_be_is_an_error(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let mut socket = Socket::of(&served, &user).await;
        for (query, variables, code) in [
            ("subscription { events { nothing } }", json!({}), "VALIDATION_FAILED"),
            ("subscription { events(types: [\"Report\"]) { id } }", json!({}), "VALIDATION_FAILED"),
            (EVENTS, json!({ "after": "evt_00000000000000000000000000" }), "VALIDATION_FAILED"),
            (EVENTS, json!({ "after": "-1" }), "VALIDATION_FAILED"),
            (EVENTS, json!({ "after": "\u{0}" }), "VALIDATION_FAILED"),
            ("subscription { a: events { id } b: events { id } }", json!({}), "VALIDATION_FAILED"),
            ("subscription { ...F } fragment F on Subscription { events { id } }", json!({}), "VALIDATION_FAILED"),
            ("subscription { reportChanged(filter: {id: {eq: \"x\"}}) { report { id } } }", json!({}), "VALIDATION_FAILED"),
            ("subscription { events(types: 1) { id } }", json!({}), "VALIDATION_FAILED"),
        ] {
            socket.subscribe("1", query, variables).await;
            let message = socket.hear().await;
            assert_eq!(message["type"], "error", "{query}: {message}");
            assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}: {message}");
        }
        let over_http = app.ask(&user, EVENTS, json!({})).await;
        assert_eq!(over_http.code(), "VALIDATION_FAILED");
    }

    /// So many sockets, and so many operations on each, and no more.
    async fn sockets_and_operations_are_counted(app) {
        let change = |settings| Settings { live_connections: 1, live_operations: 2, ..settings };
        let app = &app_with(app.engine, change).await;
        let (ada, bo) = (app.user("Ada", Role::Viewer).await, app.user("Bo", Role::Viewer).await);
        let served = app.serve();
        let mut socket = Socket::of(&served, &ada).await;
        let mut second = Socket::silent(&served).await;
        second.say(json!({ "type": "connection_init", "payload": { "token": ada.token } })).await;
        assert_eq!(second.closed().await.0, 4429);
        Socket::of(&served, &bo).await;
        for id in ["1", "2", "3"] {
            socket.subscribe(id, SLOW, json!({})).await;
        }
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("3")));
        assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
        socket.say(json!({ "id": "1", "type": "complete" })).await;
        socket.subscribe("3", "{ __typename }", json!({})).await;
        assert_eq!(socket.result("3").await, json!({ "data": { "__typename": "Query" } }));
    }

    /// A page of ours may use the cookie of its visitor; a page of another site may not.
    async fn a_cookie_counts_from_our_own_pages_only(app) {
        let user = app.user("Ada", Role::Viewer).await;
        let form = actix_web::test::TestRequest::post().uri("/login").set_form([("token", user.token.as_str()), ("return_to", "")]);
        let cookie = app.send(form).await.cookie("postmortem_session").expect("a session");
        let cookie = format!("{}={}", cookie.name(), cookie.value());
        let served = app.serve();
        let own = format!("http://{}", served.address);
        for (origin, let_in) in [(own.as_str(), true), ("http://postmortem.example", true), ("https://elsewhere.example", false), ("null", false)] {
            let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("cookie", cookie.as_str()), ("origin", origin)];
            let mut socket = Socket::open(&served, &headers).await;
            socket.say(json!({ "type": "connection_init" })).await;
            if let_in {
                assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }), "{origin}");
            } else {
                let (code, reason) = socket.closed().await;
                assert_eq!(code, 4403, "{origin}: {reason}");
                assert!(reason.contains("another site"), "{reason}");
            }
        }
    }

    /// A process that stops says so, and takes nobody more.
    async fn the_end_of_the_process_is_told(app) {
        let user = app.user("Ada", Role::Viewer).await;
        let served = app.serve();
        let mut socket = Socket::of(&served, &user).await;
        let mut silent = Socket::silent(&served).await;
        app.close_live();
        assert_eq!(socket.closed().await.0, 1001);
        assert_eq!(silent.closed().await.0, 1001);
        assert_eq!(Socket::silent(&served).await.closed().await.0, 1001);
    }
}

/// What was completed is not heard of again, and its id is free.
async fn completed(engine: Engine) {
    let app = TestApp::new(engine).await;
    let user = app.user("Ada", Role::Member).await;
    let served = app.serve();
    app.report(&user, json!({})).await;
    let mut socket = Socket::of(&served, &user).await;
    socket.subscribe("1", EVENTS, json!({ "after": "0" })).await;
    socket.result("1").await;
    socket.say(json!({ "id": "1", "type": "complete" })).await;
    socket.say(json!({ "type": "ping" })).await;
    while socket.hear().await["type"] != "pong" {}
    app.report(&user, json!({})).await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.result("1").await["data"]["__typename"], Value::from("Query"));
    app.finish().await;
}

#[actix_web::test]
async fn what_is_completed_is_over_on_sqlite() {
    completed(Engine::Sqlite).await;
}

#[actix_web::test]
async fn what_is_completed_is_over_on_postgres() {
    completed(Engine::Postgres).await;
}
