//! What `make chaos` has found once: clocks that are set back, transactions that a database ends by itself, and networks that fall
//! silent.

use std::time::Duration as Span;

use chrono::Duration;
use entity::{enums::Role, scheduler_lease};
use futures_util::future::join;
use postmortem_api::{
    jobs,
    platform::{db::Databases, error::Error, settings::Settings},
    trackers, webhooks,
};
use postmortem_tests::{Engine, Receiver, TestApp, TestTracker, on_both_databases};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

/// How long the clock was ahead.
fn ahead() -> Duration {
    Duration::hours(26)
}

on_both_databases! {
    /// What was queued under a clock that was ahead, and what a worker has in hand that was killed then, is sent all the same.
    async fn webhooks_do_not_wait_for_a_clock_that_was_ahead(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.created"] })).await;
        app.advance(ahead());
        app.report(&ada, json!({})).await;
        app.report(&ada, json!({})).await;
        let operator = app.operator().await;
        assert!(!webhooks::service::fan_out(&operator).await.unwrap());
        let endpoint = entity::webhook_endpoint::Entity::find().one(&operator.db).await.unwrap().unwrap();
        assert_eq!(webhooks::service::claim::claim(&operator, endpoint.id).await.unwrap().len(), 1);
        app.advance(-ahead());
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 2);
    }

    /// An issue is made of what was accepted under a clock that was ahead.
    async fn trackers_do_not_wait_for_a_clock_that_was_ahead(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let tracker = TestTracker::new();
        app.connect(&ada, &tracker, json!({ "autoCreate": true })).await;
        app.advance(ahead());
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        for _ in 0..2 {
            let item = app.item(&ada, &[&cause], json!({})).await;
            app.accept(&ada, &item, &ada, app.day(30)).await;
        }
        let operator = app.operator().await;
        while trackers::service::follow(&operator).await.unwrap() {}
        let connection = entity::tracker_connection::Entity::find().one(&operator.db).await.unwrap().unwrap();
        assert!(trackers::service::claim::claim(&operator, connection.id).await.unwrap().is_some());
        app.advance(-ahead());
        app.keep_trackers().await;
        assert_eq!(tracker.issues().len(), 2);
    }

    /// A process takes the background work over although the lease of another ends in a day.
    async fn the_background_work_does_not_wait_for_a_clock_that_was_ahead(app) {
        app.advance(ahead());
        jobs::run_once(&app.app).await.unwrap();
        app.advance(-ahead());
        let other = app.another_process().await;
        jobs::run_once(&other.app).await.unwrap();
        let lease = scheduler_lease::Entity::find().one(&app.operator().await.db).await.unwrap().unwrap();
        assert_eq!(lease.holder, other.app.process);
    }
}

/// SQLite ends a transaction by itself when the disk is full; here a trigger does. Nobody is locked out by what is left of it, and what
/// is acknowledged afterwards is there for everybody.
#[actix_web::test]
async fn a_transaction_that_sqlite_ends_by_itself_locks_nobody_out() {
    let app = TestApp::new(Engine::Sqlite).await;
    let ada = app.user("Ada", Role::Admin).await;
    let report = app.report(&ada, json!({})).await;
    let db = &app.operator().await.db;
    // The whole transaction is over, or only the statement is.
    for (name, body, ends) in [("full", "Too much", "ROLLBACK"), ("refused", "Refused", "ABORT")] {
        let trigger = format!(
            "CREATE TRIGGER {name} BEFORE INSERT ON comment WHEN NEW.body = '{body}' \
             BEGIN SELECT RAISE({ends}, 'database or disk is full'); END"
        );
        db.execute_unprepared(&trigger).await.unwrap();
    }
    let say = |body: &str| json!({ "subjectId": report.id, "body": body });
    // Each connection of the pool meets the one, and then the other.
    for body in ["Too much", "Refused", "Too much", "Refused"] {
        for _ in 0..10 {
            let refused = app.mutate(&ada, "addComment", say(body), "comment { id }").await;
            assert_eq!(refused.code(), "INTERNAL");
        }
    }
    let other = app.another_process().await;
    for (process, body) in [(&app, "Here"), (&other, "There")] {
        process
            .mutate(&ada, "addComment", say(body), "comment { id }")
            .await
            .data();
    }
    let stored = entity::comment::Entity::find()
        .all(&other.operator().await.db)
        .await
        .unwrap();
    assert_eq!(stored.len(), 2);
    app.finish().await;
}

/// Connections whose answer never came do not keep their places in the pool: who comes next gets another.
#[actix_web::test]
async fn a_connection_that_never_answers_is_not_waited_for() {
    let app = TestApp::new(Engine::Postgres).await;
    let databases = Databases::new(&app.app.settings.database_url, 2, 60_000).unwrap();
    let db = databases.here().await.unwrap();
    let wait = || async {
        let waited = db.execute_unprepared("SELECT pg_sleep(30)").await;
        waited.map(drop).map_err(Error::from)
    };
    let time = Span::from_millis(500);
    let (one, other) = join(databases.within(time, wait()), databases.within(time, wait())).await;
    assert!(one.is_err() && other.is_err());
    // Within the time that anybody waits for a connection.
    databases.ping().await.unwrap();
    db.close().await.unwrap();
    app.finish().await;
}

/// What a request was loading ends with it, and its connection is not used again: others do not wait for it.
#[actix_web::test]
async fn what_a_request_was_loading_ends_with_it() {
    let app = TestApp::new(Engine::Postgres).await;
    let ada = app.user("Ada", Role::Admin).await;
    let report = app.report(&ada, json!({})).await;
    let few = app
        .another_process_with(|settings| Settings {
            database_connections: 2,
            // Longer than it takes until there is doubt about the connection.
            request_timeout_ms: 3_500,
            ..settings
        })
        .await;
    let blocking = app.app.databases.begin().await.unwrap();
    let lock = "LOCK TABLE report_approval IN ACCESS EXCLUSIVE MODE";
    blocking.execute_unprepared(lock).await.unwrap();
    let approvals = "query ($id: ID!) { report(id: $id) { approvals { decision } } }";
    let ask = || few.ask(&ada, approvals, json!({ "id": report.id }));
    let (one, other) = join(ask(), ask()).await;
    assert_eq!((one.code(), other.code()), ("QUERY_TOO_COMPLEX", "QUERY_TOO_COMPLEX"));
    few.ask(
        &ada,
        "query ($id: ID!) { report(id: $id) { key } }",
        json!({ "id": report.id }),
    )
    .await
    .data();
    drop(blocking);
    ask().await.data();
    app.finish().await;
}
