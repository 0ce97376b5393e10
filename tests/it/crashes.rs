//! Processes and servers that die in the middle of their work, on PostgreSQL, where there are several of them.

use std::{cell::Cell, collections::BTreeMap, path::Path, time::Duration};

use entity::{comment, enums::Role, event, webhook_delivery};
use futures_util::future::{join, join_all};
use postmortem_tests::{
    Engine, Receiver, TestApp, TestUser,
    database::migrate,
    pause,
    postgres::throwaway,
    receiver::{Answering, Received, status},
    rushed::Workers,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

const WORKER: &str = env!("CARGO_BIN_EXE_rushed-worker");
const TYPE: &str = "comment.added";
/// How long all may take. A run on two processors takes a third of it.
const PATIENCE: u32 = 300;

/// A third of all calls fail: of ten events six arrive at once, three at the second attempt and one at the third.
fn fails_a_third(request: &Received, before: usize) -> Answering {
    let id = request.header("webhook-id").bytes();
    let kind = id.fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 10;
    let failures = match kind {
        0..=5 => 0,
        6..=8 => 1,
        _ => 2,
    };
    status(if before < failures { 500 } else { 204 })
}

/// What the writers write: comments on each of some reports.
async fn write(app: &TestApp, user: &TestUser, subjects: &[String], writer: usize, number: usize) -> Vec<String> {
    let mut written = Vec::new();
    while written.len() < number {
        let subject = &subjects[(writer * 37 + written.len() * 11) % subjects.len()];
        let comment = json!({ "subjectId": subject, "body": format!("{writer}: {}", written.len()) });
        let answer = app.mutate(user, "addComment", comment, "comment { id }").await;
        if answer.is_ok() {
            written.push(answer.text("/comment/id"));
        } else {
            // The server is gone for a moment; whoever waits for it meanwhile lets others go on.
            pause(Duration::from_millis(50)).await;
        }
    }
    written
}

/// Everything in the feed, as somebody who polls it as fast as possible meets it. Ends when there is nothing new after the writers.
async fn poll(app: &TestApp, user: &TestUser, is_written: &Cell<bool>) -> Vec<String> {
    let query =
        "query ($after: String) { it: events(after: $after, first: 100) { nodes { id } pageInfo { endCursor } } }";
    let (mut met, mut after) = (Vec::new(), Value::Null);
    loop {
        let was_written = is_written.get();
        let answer = app.ask(user, query, json!({ "after": after })).await;
        let page = answer.at("/it");
        let nodes = page["nodes"].as_array().unwrap();
        met.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if nodes.is_empty() {
            if was_written {
                return met;
            }
            pause(Duration::from_millis(5)).await;
        }
    }
}

async fn log(app: &TestApp) -> Vec<event::Model> {
    let log = event::Entity::find().order_by_asc(event::Column::Sequence);
    log.all(&app.operator().await.db).await.unwrap()
}

/// The deliveries that are not done.
async fn undone(app: &TestApp) -> u64 {
    let undone = webhook_delivery::Entity::find().filter(webhook_delivery::Column::NextAttemptAt.is_not_null());
    undone.count(&app.operator().await.db).await.unwrap()
}

/// Waits until a number of events has arrived and nothing more is to be sent, doing something every second.
async fn until_all_arrived(app: &TestApp, receiver: &Receiver, number: usize, mut meanwhile: impl FnMut(u32)) {
    for second in 0..PATIENCE {
        if arrived(receiver).len() == number && undone(app).await == 0 {
            return;
        }
        meanwhile(second);
        pause(Duration::from_secs(1)).await;
    }
    panic!(
        "of {number} events {} arrived, and {} deliveries are not done",
        arrived(receiver).len(),
        undone(app).await
    );
}

/// The events that arrived, each by its id, with its number and its subject, in the order of their first arrival.
fn arrived(receiver: &Receiver) -> Vec<(String, i64, String)> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut arrived = Vec::new();
    for request in receiver.received().iter().filter(|request| request.answered == 204) {
        let id = request.header("webhook-id").to_owned();
        if known.insert(id.clone(), arrived.len()).is_none() {
            let data = &request.json()["data"];
            assert_eq!(data["id"], json!(id), "the id of a delivery is that of its event");
            let sequence = data["sequence"].as_str().unwrap().parse().unwrap();
            arrived.push((id, sequence, data["subject"]["id"].as_str().unwrap().to_owned()));
        }
    }
    arrived
}

/// Everything in the log arrived, and what happened to one thing in its order.
fn check(arrived: &[(String, i64, String)], log: &[event::Model]) {
    let mut ids: Vec<&str> = arrived.iter().map(|(id, ..)| id.as_str()).collect();
    let mut wanted: Vec<String> = log
        .iter()
        .filter(|event| event.event_type == TYPE)
        .map(|event| event.id.to_string())
        .collect();
    ids.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ids, wanted);
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, sequence, subject) in arrived {
        let before = last.insert(subject, *sequence);
        assert!(
            before.is_none_or(|before| before < *sequence),
            "{subject}: {sequence} came after {before:?}"
        );
    }
}

/// 5,000 changes by 8 writers, workers that are killed again and again, and a receiver that fails a third of the time.
#[actix_web::test]
async fn nothing_is_lost_when_workers_are_killed() {
    const EACH: usize = 625;
    let app = TestApp::new(Engine::Postgres).await;
    let ada = app.user("Ada", Role::Admin).await;
    let mut subjects = Vec::new();
    for _ in 0..200 {
        subjects.push(app.report(&ada, json!({})).await.id);
    }
    let receiver = Receiver::new();
    receiver.judge(fails_a_third);
    app.endpoint(&ada, &receiver, json!({ "eventTypes": [TYPE] })).await;
    let database_url = app.app.settings.database_url.clone();
    let mut workers = Workers::start(Path::new(WORKER), &database_url, 3);
    let is_written = Cell::new(false);
    let writers = async {
        join_all((0..8).map(|writer| write(&app, &ada, &subjects, writer, EACH))).await;
        is_written.set(true);
    };
    let killed = Cell::new(0);
    let kill = async {
        until_all_arrived(&app, &receiver, 8 * EACH, |second| {
            // At no regular place of what they do, and often enough that every one of them is met.
            if second % 2 == 1 {
                workers.replace((second * second + second / 3) as usize);
                killed.set(killed.get() + 1);
            }
        })
        .await;
    };
    let (met, ..) = join(poll(&app, &ada, &is_written), join(writers, kill)).await;
    let log = log(&app).await;
    let in_order: Vec<String> = log.iter().map(|event| event.id.to_string()).collect();
    assert!(
        met == in_order,
        "the feed gave {} events, and {} there are, or in another order",
        met.len(),
        in_order.len()
    );
    check(&arrived(&receiver), &log);
    let calls = receiver.count();
    let failed = receiver
        .received()
        .iter()
        .filter(|request| request.answered == 500)
        .count();
    assert!(killed.get() >= 5, "{} kills", killed.get());
    assert!(failed * 4 > calls, "{failed} of {calls} calls failed");
    drop(workers);
    app.finish().await;
}

/// The database server crashes while everybody writes, and comes back: what was answered is there, and all of it arrives.
#[actix_web::test]
async fn nothing_is_lost_when_the_server_crashes() {
    const EACH: usize = 100;
    let cluster = tokio::task::spawn_blocking(throwaway).await.unwrap().unwrap();
    // What is said to be committed is, as in a server that is not for tests.
    let url = format!("{}?options=-c%20synchronous_commit%3Don", cluster.url());
    migrate(&url).await;
    let app = TestApp::with_settings(Engine::Postgres, |settings| {
        postmortem_api::platform::settings::Settings {
            database_url: url.clone(),
            ..settings
        }
    })
    .await;
    let ada = app.user("Ada", Role::Admin).await;
    let mut subjects = Vec::new();
    for _ in 0..20 {
        subjects.push(app.report(&ada, json!({})).await.id);
    }
    let receiver = Receiver::new();
    app.endpoint(&ada, &receiver, json!({ "eventTypes": [TYPE] })).await;
    let mut workers = Workers::start(Path::new(WORKER), &url, 2);
    let crash = async {
        let mut cluster = cluster;
        for _ in 0..2 {
            pause(Duration::from_millis(1_500)).await;
            let crashed = tokio::task::spawn_blocking(move || {
                cluster.crash_and_restart().unwrap();
                cluster
            });
            cluster = crashed.await.unwrap();
        }
        cluster
    };
    let writers = join_all((0..8).map(|writer| write(&app, &ada, &subjects, writer, EACH)));
    let (cluster, written) = join(crash, writers).await;
    let stored: Vec<String> = comment::Entity::find()
        .all(&app.operator().await.db)
        .await
        .unwrap()
        .iter()
        .map(|row| row.id.to_string())
        .collect();
    for id in written.iter().flatten() {
        assert!(stored.contains(id), "{id} was answered and is gone");
    }
    // A change whose answer was lost with the server may be there all the same, and then it is told of as well.
    until_all_arrived(&app, &receiver, stored.len(), |_| ()).await;
    check(&arrived(&receiver), &log(&app).await);
    assert!(workers.all_run(), "a worker ended when the server did");
    drop(workers);
    app.finish().await;
    tokio::task::spawn_blocking(|| cluster.remove()).await.unwrap().unwrap();
}
