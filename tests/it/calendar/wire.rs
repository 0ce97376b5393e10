//! How a feed is read: conditionally, by HEAD, by whom and how often; and that its address stays a secret.

use std::process::{Command, Stdio};

use actix_web::{http::Method, test::TestRequest};
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    Engine, TestApp, TestDatabase, get as fetch, on_both_databases,
    processes::{Killed, answers_well, ask, free_address},
};
use serde_json::json;

use super::{feed, get};
use crate::{recommendations::Crew, settings_and_cli::binary};

on_both_databases! {
    async fn a_feed_is_read_again_only_when_it_has_changed(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({ "reminderDaysBefore": 1 })).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let first = get(app, &made.path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        for (name, value) in [
            ("cache-control", "private, no-cache"), ("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex"), ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(first.header(name), value, "{name}");
        }
        let again = async |known: &str| {
            app.send(TestRequest::get().uri(&made.path).insert_header(("If-None-Match", known.to_owned()))).await
        };
        for known in [tag.clone(), tag.replace("W/", ""), format!("\"x\", {tag}"), "*".to_owned()] {
            let reply = again(&known).await;
            assert_eq!((reply.status.as_u16(), reply.body.as_str()), (304, ""), "{known}");
            assert_eq!(reply.header("etag"), tag);
            assert_eq!(reply.header("cache-control"), "private, no-cache");
        }
        assert_eq!(again("\"x\"").await.status.as_u16(), 200);
        app.step(&crew.bo, "startRecommendation", &item, json!({})).await.data();
        let changed = again(&tag).await;
        assert_eq!(changed.status.as_u16(), 200);
        assert_ne!(changed.header("etag"), tag);
    }

    async fn it_is_read_by_get_and_head_only(app) {
        let crew = Crew::new(app).await;
        let made = feed(app, &crew.bo, json!({})).await;
        let by = async |method: Method| app.send(TestRequest::default().method(method).uri(&made.path)).await;
        let head = by(Method::HEAD).await;
        assert_eq!((head.status.as_u16(), head.header("content-type")), (200, "text/calendar; charset=utf-8"));
        assert_eq!(head.header("etag"), get(app, &made.path).await.header("etag"));
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let reply = by(method.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, HEAD"), "{method}");
        }
    }

    /// By address, by whose feed it is, and those who guess sooner.
    async fn readings_are_limited(app) {
        let limits = |requests, guesses| move |settings| Settings { requests_per_minute: requests, failed_sign_ins_per_minute: guesses, ..settings };
        let app = &TestApp::with_settings(app.engine, limits(3, 2)).await;
        let crew = app.user("Bo", entity::enums::Role::Member).await;
        let made = feed(app, &crew, json!({})).await;
        for _ in 0..2 {
            assert_eq!(get(app, &made.path).await.status.as_u16(), 200);
        }
        let more = get(app, &made.path).await;
        assert_eq!((more.status.as_u16(), more.header("retry-after")), (429, "20"));
        assert!(more.body.contains("wait 20 s"), "{}", more.body);
        for expected in [404, 404, 429] {
            assert_eq!(get(app, "/calendar/pmcal_guess.ics").await.status.as_u16(), expected);
        }
    }
}

/// Whatever the log is told to tell, and whatever becomes of the request, the address is not in it.
#[actix_web::test]
async fn the_address_is_not_logged() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::new(Engine::Sqlite).await;
    let address = free_address();
    let command = |args: &[&str]| {
        let mut command = Command::new(binary());
        command
            .args(args)
            .env_clear()
            .env("DATABASE_URL", &database.url)
            .current_dir(folder.path());
        command
    };
    let made = command(&["token", "--email", "ada@example.org", "--role", "admin"])
        .output()
        .unwrap();
    let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    let log = folder.path().join("log");
    let server = command(&[
        "serve",
        "--listen",
        &address,
        "--log",
        "trace",
        "--public-url",
        "http://postmortem.example",
    ])
    .stdout(Stdio::null())
    .stderr(std::fs::File::create(&log).unwrap())
    .spawn()
    .unwrap();
    let server = Killed(server);
    let base = format!("http://{address}");
    answers_well(&format!("{base}/readyz")).await;
    let create = "mutation { createCalendarFeed(input: {}) { url } }";
    let answer = ask(&base, &token, create, json!({})).await;
    let url = answer["data"]["createCalendarFeed"]["url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let secret = url.rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned();
    let here = super::path_of(&url);
    assert_eq!(
        fetch(&format!("{base}{here}")).await.map(|(status, _)| status),
        Some(200)
    );
    assert_eq!(
        fetch(&format!("{base}{here}?x=1")).await.map(|(status, _)| status),
        Some(200)
    );
    assert_eq!(
        fetch(&format!("{base}/calendar/pmcal_guessed_one.ics"))
            .await
            .map(|(status, _)| status),
        Some(404)
    );
    drop(server);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.len() > 1000, "the log tells nothing: {log}");
    for hidden in [secret.as_str(), "guessed_one"] {
        if let Some(line) = log.lines().find(|line| line.contains(hidden)) {
            panic!("the log tells the address: {line}");
        }
    }
}
