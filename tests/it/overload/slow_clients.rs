//! Raw connections: heads that never end, bodies that never come, and too much of both.

use std::time::Duration as Time;

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    Engine, TestApp,
    served::{Heard, Pieces, Served, once},
};
use serde_json::json;

/// Longer than any limit of these tests, shorter than a test may hang.
const PATIENCE: Time = Time::from_secs(20);

async fn hurried(request_timeout_ms: u64) -> (TestApp, Served) {
    let app = TestApp::with_settings(Engine::Sqlite, |settings| Settings {
        header_timeout_ms: 600,
        request_timeout_ms,
        body_limit_bytes: 2_000_000,
        concurrent_requests: 1,
        queued_requests: 0,
        workers: 2,
        ..settings
    })
    .await;
    let server = app.serve_whole().await;
    (app, server)
}

/// Drops of a text, one after another.
fn drops(text: &str, number: usize, pause: Time) -> Pieces {
    (0..number).map(|_| (text.as_bytes().to_vec(), pause)).collect()
}

#[track_caller]
fn is_cut_off(what: &str, heard: &Heard, status: u16) {
    assert!(heard.is_closed, "{what} is kept open: {heard:?}");
    assert_eq!(heard.status(), status, "{what}: {heard:?}");
    assert!(heard.took < Time::from_secs(15), "{what} took {:?}", heard.took);
}

#[actix_web::test]
async fn heads_that_do_not_end() {
    let (app, server) = hurried(800).await;
    let began = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    is_cut_off("silence", &server.speak(once(""), PATIENCE).await, 408);
    is_cut_off("half a head", &server.speak(once(began), PATIENCE).await, 408);
    let mut trickle = once(began);
    trickle.extend(drops("a", 100, Time::from_millis(50)));
    is_cut_off("a trickle", &server.speak(trickle, PATIENCE).await, 408);
    server.stop().await;
    app.finish().await;
}

#[actix_web::test]
async fn heads_that_are_too_large() {
    let (app, server) = hurried(800).await;
    let large = |size: usize| {
        format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n",
            "a".repeat(size)
        )
    };
    is_cut_off("200 kB", &server.speak(once(large(200_000)), PATIENCE).await, 431);
    let many: String = (0..200).map(|number| format!("X-{number}: a\r\n")).collect();
    let many = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n");
    is_cut_off("200 headers", &server.speak(once(many), PATIENCE).await, 431);
    let line = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let heard = server.speak(once(line), PATIENCE).await;
    assert!(heard.is_closed && (400..500).contains(&heard.status()), "{heard:?}");
    is_cut_off("no HTTP", &server.speak(once("\0\0\0\r\n\r\n"), PATIENCE).await, 400);
    // What is large and allowed is answered.
    let fine = large(20_000).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    assert_eq!(server.speak(once(fine), PATIENCE).await.status(), 200);
    server.stop().await;
    app.finish().await;
}

#[actix_web::test]
async fn bodies_that_do_not_come() {
    let (app, server) = hurried(800).await;
    let ada = app.user("Ada", Role::Member).await;
    let post = |path: &str, kind: &str, length: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n{length}\r\n\r\n",
            ada.token
        )
    };
    let form = "application/x-www-form-urlencoded";
    for (path, kind) in [
        ("/graphql", "application/json"),
        ("/login", form),
        ("/logout", form),
        ("/hooks/trackers/trc_01jeg8zm80eanvp89akc403jsg", "application/json"),
        ("/nowhere", "application/json"),
    ] {
        let head = post(path, kind, "Content-Length: 1000");
        let silent = server.speak(once(head.clone() + "{"), PATIENCE).await;
        is_cut_off(path, &silent, 408);
        assert!(
            silent.text.contains("did not arrive in time"),
            "{path}: {}",
            silent.text
        );
        let mut trickle = once(head);
        trickle.extend(drops(" ", 100, Time::from_millis(50)));
        is_cut_off(path, &server.speak(trickle, PATIENCE).await, 408);
        // Without an end, and without a length.
        let mut endless = once(post(path, kind, "Transfer-Encoding: chunked"));
        let chunk = format!("{:x}\r\n{}\r\n", 100_000, " ".repeat(100_000));
        endless.extend(drops(&chunk, 60, Time::ZERO));
        is_cut_off(path, &server.speak(endless, PATIENCE).await, 413);
        let announced = server
            .speak(once(post(path, kind, "Content-Length: 9000000000") + "{"), PATIENCE)
            .await;
        is_cut_off(path, &announced, 413);
    }
    server.stop().await;
    app.finish().await;
}

/// There is one turn, and nobody may wait; who has sent a head only has not taken it.
#[actix_web::test]
async fn who_is_slow_keeps_nobody_waiting() {
    let (app, server) = hurried(5_000).await;
    let ada = app.user("Ada", Role::Member).await;
    let head = |path: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
            ada.token
        )
    };
    let slow: Vec<_> = ["/graphql", "/login", "/graphql", "/logout"]
        .into_iter()
        .map(|path| server.speak(once(head(path, 100)), PATIENCE))
        .collect();
    postmortem_tests::pause(Time::from_millis(200)).await;
    let body = json!({ "query": "{ viewer { user { email } } }" }).to_string();
    let heard = server.speak(once(head("/graphql", body.len()) + &body), PATIENCE).await;
    assert_eq!(heard.status(), 200, "{heard:?}");
    assert!(heard.text.contains(&ada.email), "{heard:?}");
    for heard in slow {
        is_cut_off("a slow one", &heard.await, 408);
    }
    server.stop().await;
    app.finish().await;
}
