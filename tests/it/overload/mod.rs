//! More than a process can do, and clients that are in no hurry: both are told so, and keep nobody else waiting.

mod slow_clients;

use std::time::Duration as Time;

use entity::enums::Role;
use futures_util::future::{join, join3};
use postmortem_api::platform::{
    db::{Turn, Tx},
    settings::Settings,
};
use postmortem_tests::{
    TestApp, TestUser, on_both_databases, pause,
    requests::{Reply, WHO, graphql},
    served::once,
};
use serde_json::json;

/// Everybody who writes waits for it.
async fn hold(app: &TestApp) -> Tx {
    let turn = app.app.databases.begin().await.unwrap();
    turn.take_turn(Turn::NumberEvents).await.unwrap();
    turn
}

async fn write(app: &TestApp, user: &TestUser) -> Reply {
    let query = "mutation { createIncident(input: {title: \"Busy\", severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { key } } }";
    ask(app, user, query).await
}

async fn ask(app: &TestApp, user: &TestUser, query: &str) -> Reply {
    let request = graphql(query).insert_header(("Authorization", format!("Bearer {}", user.token)));
    app.send(request).await
}

#[track_caller]
fn is_told_to_come_back(reply: &Reply) {
    assert_eq!(
        (reply.status.as_u16(), reply.header("retry-after")),
        (503, "1"),
        "{}",
        reply.body
    );
    let error = &reply.json()["errors"][0];
    assert_eq!(error["extensions"]["code"], "OVERLOADED");
    assert!(error["message"].as_str().unwrap().contains("wait 1 s"), "{error}");
}

on_both_databases! {
    /// So many at a time, so many wait for so long; the rest is refused at once, and what was refused was not done.
    async fn so_many_at_a_time(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings {
            concurrent_requests: 2,
            queued_requests: 1,
            queue_timeout_ms: 300,
            ..settings
        }).await;
        let ada = app.user("Ada", Role::Member).await;
        let turn = hold(app).await;
        let working = join(write(app, &ada), write(app, &ada));
        let others = async {
            // The two are on their way.
            pause(Time::from_millis(300)).await;
            let begun = std::time::Instant::now();
            let waits = async { (ask(app, &ada, WHO).await, begun.elapsed()) };
            let refused = async {
                pause(Time::from_millis(50)).await;
                (ask(app, &ada, WHO).await, begun.elapsed())
            };
            let (waited, refused) = join(waits, refused).await;
            turn.commit().await.unwrap();
            (waited, refused)
        };
        let ((first, second), ((waited, after), (refused, at_once))) = join(working, others).await;
        is_told_to_come_back(&waited);
        is_told_to_come_back(&refused);
        assert!(after >= Time::from_millis(300), "it waits for its turn: {after:?}");
        assert!(at_once < after, "{at_once:?}");
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200), "{} {}", first.body, second.body);
        assert_eq!(ask(app, &ada, WHO).await.status.as_u16(), 200, "all turns are given back");
        assert_eq!(ask(app, &ada, "{ nothing }").await.status.as_u16(), 400);
        assert_eq!(ask(app, &ada, WHO).await.status.as_u16(), 200, "also by what is refused");
    }

    /// Pages and files take their turn, too. Whether the process lives and what it measures can be asked at any time.
    async fn everything_but_probes_takes_its_turn(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings {
            concurrent_requests: 1,
            queued_requests: 0,
            workers: 2,
            ..settings
        }).await;
        let ada = app.user("Ada", Role::Member).await;
        let server = app.serve_whole().await;
        let get = |path: &str| {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n", ada.token);
            server.speak(once(head), Time::from_secs(10))
        };
        for path in ["/healthz", "/readyz", "/login", "/export/reports.csv", "/.well-known/jwks.json"] {
            assert_eq!(get(path).await.status(), 200, "{path}");
        }
        let turn = hold(app).await;
        // The test's own service has a gate of its own; this one goes through the server's.
        let body = json!({ "query": "mutation { createIncident(input: {title: \"Busy\", severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { key } } }" }).to_string();
        let post = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            ada.token, body.len()
        );
        let working = server.speak(once(post), Time::from_secs(10));
        pause(Time::from_millis(500)).await;
        for path in ["/login", "/export/reports.csv", "/", "/.well-known/jwks.json"] {
            let heard = get(path).await;
            assert_eq!(heard.status(), 503, "{path}: {}", heard.text);
            assert!(heard.text.contains("retry-after: 1") && heard.text.contains("wait 1 s"), "{path}: {}", heard.text);
        }
        let (health, ready, metrics) = join3(get("/healthz"), get("/readyz"), get("/metrics")).await;
        // A user's token is none for metrics, which is an answer, too.
        assert_eq!((health.status(), ready.status(), metrics.status()), (200, 200, 401));
        turn.commit().await.unwrap();
        assert_eq!(working.await.status(), 200);
        assert_eq!(get("/login").await.status(), 200);
        server.stop().await;
    }
}
