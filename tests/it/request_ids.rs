//! Every answer bears the id of its request, whatever answers: what its caller has sent, or one of ours.

use std::time::Duration;

use entity::enums::Role;
use postmortem_api::platform::{db::Turn, settings::Settings};
use postmortem_tests::{
    TestApp, TestUser, on_both_databases, pause,
    processes::raw,
    served::{Heard, Served, once},
};

/// Method, path, further headers, body.
type Route = (&'static str, &'static str, &'static str, &'static str);

const JSON: &str = "Content-Type: application/json\r\n";
const STREAM: &str = "Content-Type: application/json\r\nAccept: text/event-stream\r\n";
const WRITE: &str = r#"{"query": "mutation { createIncident(input: {title: \"Busy\", severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { key } } }"}"#;
const WHO: &str = r#"{"query": "{ viewer { user { email } } }"}"#;

/// Something at every route, and at none.
const ROUTES: &[Route] = &[
    ("GET", "/healthz", "", ""),
    ("HEAD", "/healthz", "", ""),
    ("GET", "/readyz", "", ""),
    ("HEAD", "/readyz", "", ""),
    ("GET", "/.well-known/jwks.json", "", ""),
    ("GET", "/events/schemas", "", ""),
    ("GET", "/events/schemas/nothing", "", ""),
    ("GET", "/export/reports/PM-1.md", "", ""),
    ("GET", "/export/recommendations.csv", "", ""),
    ("HEAD", "/export/recommendations.csv", "", ""),
    ("GET", "/export/nothing", "", ""),
    ("POST", "/hooks/trackers/nothing", JSON, "{}"),
    ("GET", "/calendar/nothing.ics", "", ""),
    ("GET", "/graphql?query=%7B__typename%7D", "", ""),
    ("POST", "/graphql", JSON, WHO),
    ("POST", "/graphql", JSON, "no JSON"),
    ("POST", "/graphql", STREAM, WHO),
    ("PUT", "/graphql", "", ""),
    ("DELETE", "/graphql", "", ""),
    ("PATCH", "/graphql", "", ""),
    ("GET", "/login", "", ""),
    ("POST", "/login", "", ""),
    ("GET", "/login/style.css", "", ""),
    ("GET", "/login/token.js", "", ""),
    ("GET", "/login/oidc/0", "", ""),
    ("GET", "/login/callback", "", ""),
    ("POST", "/logout", "", ""),
    ("GET", "/metrics", "", ""),
    ("HEAD", "/metrics", "", ""),
    ("GET", "/graphiql", "", ""),
    ("HEAD", "/graphiql", "", ""),
    ("GET", "/graphiql/", "", ""),
    ("GET", "/graphiql/explorer.js", "Accept-Encoding: gzip\r\n", ""),
    ("GET", "/graphiql/nothing", "", ""),
    ("GET", "/", "", ""),
    ("GET", "/recommendations", "", ""),
    ("POST", "/recommendations", "", ""),
    ("GET", "/nothing", "", ""),
];

/// The one id on an answer; "" if there is none, or more than one.
fn id_on(text: &str) -> &str {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut ids = head.lines().filter_map(|line| line.strip_prefix("x-request-id: "));
    match (ids.next(), ids.next()) {
        (Some(id), None) => id,
        _ => "",
    }
}

fn request(who: &TestUser, (method, path, headers, body): Route, id: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{id}{headers}Content-Length: {}\r\n\r\n{body}",
        who.token,
        body.len()
    )
}

async fn ask(server: &Served, who: &TestUser, route: Route, id: &str) -> Heard {
    server
        .speak(once(request(who, route, id)), Duration::from_secs(10))
        .await
}

/// With an id of the caller's, with one that is none, and without.
async fn is_identified(server: &Served, who: &TestUser, route: Route) {
    let own = ask(server, who, route, "x-request-id: from-a-script.7\r\n").await;
    assert_eq!(id_on(&own.text), "from-a-script.7", "{route:?}: {}", own.text);
    for id in ["x-request-id: no id!\r\n", ""] {
        let fresh = ask(server, who, route, id).await;
        assert_eq!(id_on(&fresh.text).len(), 32, "{route:?}: {}", fresh.text);
    }
}

on_both_databases! {
    /// A socket is no request that ends.
    async fn every_answer_bears_the_id_of_its_request(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let server = app.serve_whole().await;
        for route in ROUTES {
            is_identified(&server, &ada, *route).await;
        }
        let reserved = ask(&server, &ada, ("PUT", "/graphql", "", ""), "").await;
        assert_eq!(reserved.status(), 201, "{}", reserved.text);
        let streamed = ask(&server, &ada, ("POST", "/graphql", STREAM, WHO), "").await;
        assert!(streamed.status() == 200 && streamed.text.contains("text/event-stream"), "{}", streamed.text);
        server.stop().await;
    }

    /// Who is told to come back can say which request it was.
    async fn so_does_what_is_refused_because_it_is_too_much(app) {
        let busy = TestApp::with_settings(app.engine, |settings| Settings {
            requests_per_minute_per_address: 1,
            ..settings
        }).await;
        let ada = busy.user("Ada", Role::Admin).await;
        let server = busy.serve_whole().await;
        for path in ["/", "/login", "/export/recommendations.csv", "/graphql?query=%7B__typename%7D"] {
            is_identified(&server, &ada, ("GET", path, "", "")).await;
        }
        let refused = ask(&server, &ada, ("PUT", "/graphql", "", ""), "").await;
        assert_eq!(refused.status(), 429, "{}", refused.text);
        is_identified(&server, &ada, ("PUT", "/graphql", "", "")).await;
        server.stop().await;
        busy.finish().await;
    }

    async fn so_does_what_is_refused_because_the_process_is_full(app) {
        let full = TestApp::with_settings(app.engine, |settings| Settings {
            concurrent_requests: 1,
            queued_requests: 0,
            workers: 2,
            ..settings
        }).await;
        let ada = full.user("Ada", Role::Admin).await;
        let server = full.serve_whole().await;
        let turn = full.app.databases.begin().await.unwrap();
        turn.take_turn(Turn::NumberEvents).await.unwrap();
        // It waits for its turn to write, and there is room for no other.
        let working = server.speak(once(request(&ada, ("POST", "/graphql", JSON, WRITE), "")), Duration::from_secs(10));
        pause(Duration::from_millis(500)).await;
        for route in [
            ("GET", "/", "", ""),
            ("GET", "/login", "", ""),
            ("GET", "/export/recommendations.csv", "", ""),
            ("GET", "/.well-known/jwks.json", "", ""),
            ("POST", "/graphql", JSON, WHO),
        ] {
            let refused = ask(&server, &ada, route, "").await;
            assert_eq!(refused.status(), 503, "{route:?}: {}", refused.text);
            is_identified(&server, &ada, route).await;
        }
        turn.commit().await.unwrap();
        assert_eq!(working.await.status(), 200);
        server.stop().await;
        full.finish().await;
    }

    async fn so_does_a_process_without_an_api(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let server = app.serve_probes().await;
        for path in ["/healthz", "/readyz", "/metrics", "/nothing"] {
            is_identified(&server, &ada, ("GET", path, "", "")).await;
        }
        let apart = server.metrics.unwrap().to_string();
        for path in ["/metrics", "/nothing"] {
            let bytes = raw(&apart, path, &[("x-request-id", "from-a-script.8")]).await;
            assert_eq!(id_on(&String::from_utf8_lossy(&bytes)), "from-a-script.8", "{path}");
        }
        server.stop().await;
    }
}
