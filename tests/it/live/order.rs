//! Every event, once, in one order: in all processes, after an interruption, and not at the cost of others.

use std::{sync::Arc, time::Duration};

use entity::enums::Role;
use futures_util::future::join_all;
use postmortem_api::{
    events::queries::events_after,
    live::jobs::{Ended, Hub, REPLAYS},
    platform::settings::Settings,
};
use postmortem_tests::{
    Engine, TestApp, TestUser,
    live::{EventStream, Socket, types_of},
    on_both_databases, pause, wait_until,
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{EVENTS, app_with};

fn sequences(results: &[Value]) -> Vec<i64> {
    let sequence = |result: &Value| result["data"]["events"]["sequence"].as_str().unwrap().parse().unwrap();
    results.iter().map(sequence).collect()
}

/// Everything in the log, in order, as its reader in the database has it.
async fn log(app: &TestApp) -> Vec<i64> {
    let events = events_after(&app.operator().await.db, 0, 10_000).await.unwrap();
    events.iter().map(|event| event.sequence).collect()
}

async fn comments(app: &TestApp, user: &TestUser, subject: &str, number: usize) {
    for _ in 0..number {
        let comment = json!({ "subjectId": subject, "body": "Seen." });
        app.mutate(user, "addComment", comment, "comment { id }").await.data();
    }
}

on_both_databases! {
    /// A number that is still to come is no place of its own: whether there is such an event is nobody's business.
    async fn a_number_beyond_the_log_is_its_end(app) {
        let user = app.user("Ada", Role::Member).await;
        let report = app.report(&user, json!({})).await;
        let served = app.serve();
        let mut socket = Socket::of(&served, &user).await;
        socket.subscribe("1", EVENTS, json!({ "after": "12345678" })).await;
        let mut stream = EventStream::subscribe(&served, &user.token, EVENTS, json!({ "after": "12345678" })).await;
        comments(app, &user, &report.id, 1).await;
        assert_eq!(types_of(&stream.results_until("comment.added").await), ["comment.added"]);
        assert_eq!(types_of(&[socket.result("1").await]), ["comment.added"]);
    }

    /// Two processes write at once; subscribers of both have it all, in the order of the log.
    async fn subscribers_of_all_processes_have_the_same(app) {
        let user = app.user("Ada", Role::Member).await;
        let other = app.another_process().await;
        let report = app.report(&user, json!({})).await;
        let (here, there) = (app.serve(), other.serve());
        let before = log(app).await;
        let mut streams = Vec::new();
        for served in [&here, &there, &there] {
            streams.push(EventStream::subscribe(served, &user.token, EVENTS, json!({})).await);
        }
        let mut socket = Socket::of(&here, &user).await;
        socket.subscribe("1", EVENTS, json!({ "after": before.last().unwrap().to_string() })).await;
        join_all((0..4).map(|writer| comments(if writer % 2 == 0 { app } else { &other }, &user, &report.id, 5))).await;
        app.mutate(&user, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();
        let expected: Vec<i64> = log(app).await.into_iter().filter(|sequence| !before.contains(sequence)).collect();
        assert_eq!(expected.len(), 21);
        for stream in &mut streams {
            assert_eq!(sequences(&stream.results_until("report.archived").await), expected);
        }
        assert_eq!(sequences(&socket.results_until("1", "report.archived").await), expected);
    }

    /// Whoever comes back goes on where they were, while others write.
    async fn an_interruption_loses_and_doubles_nothing(app) {
        let user = app.user("Ada", Role::Member).await;
        let report = app.report(&user, json!({})).await;
        let served = app.serve();
        // More than are read at a time.
        comments(app, &user, &report.id, 210).await;
        let all = log(app).await;
        let write = async {
            comments(app, &user, &report.id, 20).await;
            app.mutate(&user, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();
        };
        let read = async {
            let (mut seen, mut after) = (Vec::new(), json!("0"));
            for turn in 0..20 {
                let mut stream = EventStream::subscribe(&served, &user.token, EVENTS, json!({ "after": after })).await;
                let results = if turn == 19 {
                    stream.results_until("report.archived").await
                } else {
                    let mut results = Vec::new();
                    for _ in 0..=turn {
                        results.push(stream.result().await);
                    }
                    results
                };
                let last = &results.last().unwrap()["data"]["events"];
                after = if turn % 2 == 0 { last["id"].clone() } else { last["sequence"].clone() };
                seen.extend(sequences(&results));
            }
            seen
        };
        let ((), seen) = futures_util::join!(write, read);
        let log = log(app).await;
        assert!(log.len() == all.len() + 21);
        // What happened to users is for admins.
        let expected: Vec<i64> = log.into_iter().filter(|sequence| *sequence >= seen[0]).collect();
        assert_eq!(seen, expected);
    }

    /// However many subscriptions of somebody read what is stored, two do at a time; nobody else waits for them, and each has it all.
    async fn what_is_stored_is_read_in_turns(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        let report = app.report(&ada, json!({})).await;
        // More than are read at a time.
        comments(app, &ada, &report.id, 105).await;
        app.mutate(&ada, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();
        let all = log(app).await;
        let served = app.serve();
        // Whether an event may be seen is asked of its report.
        let mut blocking = None;
        if app.engine == Engine::Postgres {
            let tx = app.app.databases.begin().await.unwrap();
            tx.execute_unprepared("LOCK TABLE report IN ACCESS EXCLUSIVE MODE").await.unwrap();
            blocking = Some(tx);
        }
        let turns = i64::try_from(REPLAYS).unwrap();
        let mut streams = Vec::new();
        for _ in 0..6 {
            streams.push(EventStream::subscribe(&served, &ada.token, EVENTS, json!({ "after": "0" })).await);
        }
        if blocking.is_some() {
            wait_until(async || app.waiting_for_locks().await >= turns).await;
            pause(Duration::from_millis(500)).await;
            assert_eq!(app.waiting_for_locks().await, turns);
        }
        streams.push(EventStream::subscribe(&served, &bo.token, EVENTS, json!({ "after": "0" })).await);
        if blocking.is_some() {
            wait_until(async || app.waiting_for_locks().await == turns + 1).await;
        }
        drop(blocking);
        for stream in &mut streams {
            let seen = sequences(&stream.results_until("report.archived").await);
            // What happened to users is for admins.
            let expected: Vec<i64> = all.iter().copied().filter(|sequence| *sequence >= seen[0]).collect();
            assert_eq!(seen, expected);
            assert!(seen.len() > 105);
        }
    }

    /// One that does not keep up is ended, with the place to go on from; one that does is not.
    async fn who_falls_behind_is_cut_off(app) {
        let app = &app_with(app.engine, |settings| Settings { live_backlog: 4, ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let report = app.report(&user, json!({})).await;
        let hub = Arc::new(Hub::new(app.app.clone()));
        let after = *log(app).await.last().unwrap();
        let (mut quick, mut slow) = (hub.subscribe(after).await.unwrap(), hub.subscribe(after).await.unwrap());
        for turn in 0..10 {
            comments(app, &user, &report.id, 1).await;
            let event = quick.next().await.expect("the next event");
            if turn == 0 {
                assert_eq!(slow.next().await.expect("the same event").sequence, event.sequence);
            }
        }
        let seen = after + 1;
        match slow.next().await {
            Err(Ended::Behind(place)) => assert_eq!(place, seen),
            other => panic!("{other:?}"),
        }
        let mut again = hub.subscribe(seen).await.unwrap();
        for sequence in seen + 1..=after + 10 {
            assert_eq!(again.next().await.expect("what was missed").sequence, sequence);
        }
    }
}
