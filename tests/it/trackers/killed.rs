//! Workers that are killed in the middle of a call, on PostgreSQL, where there are several of them.

use std::{path::Path, time::Duration};

use entity::enums::Role;
use postmortem_tests::{Engine, TestApp, TestTracker, pause, rushed::Workers};
use serde_json::{Value, json};

const WORKER: &str = env!("CARGO_BIN_EXE_rushed-worker");
const ITEMS: usize = 12;
/// How many seconds all may take. A run on two processors takes a quarter of it.
const PATIENCE: u32 = 240;

/// Waits, as long as somebody is patient.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..PATIENCE * 10 {
        if is_so().await {
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
    panic!("it did not come about in {PATIENCE} seconds");
}

/// Every time a worker has made an issue and waits for the answer, all of them are killed. There is one issue for each
/// recommendation all the same, and every link comes to be in step.
#[actix_web::test]
async fn no_issue_is_made_twice_when_workers_are_killed() {
    let app = TestApp::new(Engine::Postgres).await;
    let ada = app.user("Ada", Role::Admin).await;
    let tracker = TestTracker::new();
    let people = json!([{ "external": "ada-l", "userId": ada.id }]);
    app.connect(&ada, &tracker, json!({ "autoCreate": true, "userMap": people }))
        .await;
    let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    let mut items = Vec::new();
    for number in 0..ITEMS {
        let item = app
            .item(&ada, &[&cause], json!({ "title": format!("Item {number}") }))
            .await;
        app.accept(&ada, &item, &ada, app.day(30)).await;
        items.push(item);
    }
    tracker.hold();
    let mut workers = Workers::start(Path::new(WORKER), &app.app.settings.database_url, 2);
    for killed in 1..=3 {
        until(async || tracker.issues().len() == killed).await;
        workers.replace(0);
        workers.replace(1);
        // Whoever comes next finds what was made, and makes the next one.
        tracker.release();
        until(async || {
            tracker
                .calls()
                .iter()
                .filter(|call| call.path == "/issues" && call.method == "GET")
                .count()
                >= killed
        })
        .await;
        tracker.hold();
    }
    tracker.release();
    until(async || {
        for item in &items {
            let links = app.links(&ada, &item.id).await;
            if links.first().is_none_or(|link| link["state"] != "IN_SYNC") {
                return false;
            }
        }
        true
    })
    .await;
    let mut titles: Vec<Value> = tracker.issues().iter().map(|issue| issue["title"].clone()).collect();
    titles.sort_by_key(Value::to_string);
    titles.dedup();
    assert_eq!((titles.len(), tracker.issues().len()), (ITEMS, ITEMS));
    drop(workers);
    app.finish().await;
}
