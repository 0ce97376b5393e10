//! Connections that rest beside the pool: who reads next takes them, and nobody waits for them.

use std::sync::Arc;

use futures_util::{
    future::{join, join_all},
    poll,
};
use postmortem_api::platform::{
    db::Databases,
    error::{Error, chain},
};
use postmortem_tests::{Engine, TestApp, on_both_databases};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::{sync::oneshot, task::yield_now};

fn few(app: &TestApp, connections: u32) -> Databases {
    Databases::new(&app.app.settings.database_url, connections, 60_000).expect("a usable database URL")
}

/// Which connection answers.
async fn backend(databases: &Databases) -> i32 {
    let db = databases.reader().await.expect("a reader");
    let which = Statement::from_string(db.get_database_backend(), "SELECT pg_backend_pid()");
    let row = db
        .query_one_raw(which)
        .await
        .expect("the database to answer")
        .expect("a row");
    row.try_get_by_index(0).expect("a number")
}

#[actix_web::test]
async fn the_next_who_reads_takes_what_rests() {
    let app = TestApp::new(Engine::Postgres).await;
    let databases = few(&app, 3);
    let first = backend(&databases).await;
    for _ in 0..5 {
        assert_eq!(backend(&databases).await, first);
    }
    // What failed is tested before it is used again, and it is well.
    let db = databases.reader().await.unwrap();
    assert!(db.execute_unprepared("SELECT 1 / 0").await.is_err());
    backend(&databases).await;
    app.finish().await;
}

/// Who waits for something else than the database keeps no connection, also when another part of the same request has read meanwhile.
#[actix_web::test]
async fn who_waits_for_something_else_keeps_none() {
    let app = TestApp::new(Engine::Postgres).await;
    let databases = few(&app, 1);
    let db = databases.reader().await.unwrap().keeping();
    db.execute_unprepared("SELECT 1").await.unwrap();
    let (tell, told) = oneshot::channel();
    let others = async {
        backend(&databases).await;
        db.execute_unprepared("SELECT 2").await.unwrap();
        backend(&databases).await;
        tell.send(()).unwrap();
    };
    let (told, ()) = join(db.idle(told), others).await;
    told.unwrap();
    // And keeps one again afterwards.
    db.execute_unprepared("SELECT 3").await.unwrap();
    assert!(
        databases
            .reader()
            .await
            .unwrap()
            .execute_unprepared("SELECT 4")
            .await
            .is_err()
    );
    drop(db);
    backend(&databases).await;
    app.finish().await;
}

#[actix_web::test]
async fn what_was_given_up_while_it_began_leaves_nothing_open() {
    let app = TestApp::new(Engine::Postgres).await;
    let databases = few(&app, 1);
    for polls in 1..=30 {
        let mut beginning = Box::pin(databases.begin());
        for _ in 0..polls {
            if poll!(&mut beginning).is_ready() {
                break;
            }
            yield_now().await;
        }
        drop(beginning);
        // The only connection there is answers once it has been given back, or another in its place.
        backend(&databases).await;
        let left = Statement::from_string(
            DbBackend::Postgres,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        );
        let others = app.app.databases.reader().await.unwrap();
        let row = others.query_one_raw(left).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "after {polls} polls");
    }
    app.finish().await;
}

#[actix_web::test]
async fn what_was_given_up_by_a_thread_that_ends_is_let_go() {
    let app = TestApp::new(Engine::Postgres).await;
    for polls in 1..=12 {
        let databases = few(&app, 1);
        backend(&databases).await;
        let mut beginning = Box::pin(async move { databases.begin().await.map(drop) });
        for _ in 0..polls {
            if poll!(&mut beginning).is_ready() {
                break;
            }
            yield_now().await;
        }
        // There is no runtime on it, as there is none any more when a worker has ended.
        let ended = std::thread::spawn(move || drop(beginning)).join();
        assert!(ended.is_ok(), "after {polls} polls");
    }
    app.finish().await;
}

#[actix_web::test]
async fn what_the_server_rolls_back_is_not_called_committed() {
    let app = TestApp::new(Engine::Postgres).await;
    let databases = few(&app, 2);
    let tx = databases.begin().await.unwrap();
    assert!(tx.execute_unprepared("SELECT 1 / 0").await.is_err());
    let error = tx.commit().await.expect_err("nothing was stored");
    assert!(chain(&error).contains("nothing of it is stored"), "{}", chain(&error));
    let tx = databases.begin().await.unwrap();
    tx.execute_unprepared("SELECT 1").await.unwrap();
    tx.commit().await.unwrap();
    app.finish().await;
}

on_both_databases! {
    /// However few connections there are, and whoever has used them last.
    async fn nobody_waits_for_what_rests(app) {
        for connections in 1..=3 {
            let databases = Arc::new(few(app, connections));
            let read = async || {
                let db = databases.reader().await?;
                db.execute_unprepared("SELECT 1").await.map_err(Error::from).map(drop)
            };
            let keep = async || {
                let db = databases.reader().await?.keeping();
                for _ in 0..3 {
                    db.execute_unprepared("SELECT 1").await?;
                }
                Ok::<_, Error>(())
            };
            let write = async || {
                let tx = databases.begin().await?;
                tx.execute_unprepared("SELECT 1").await?;
                tx.commit().await
            };
            let look = async || {
                let snapshot = databases.snapshot().await?;
                snapshot.execute_unprepared("SELECT 1").await.map_err(Error::from).map(drop)
            };
            let by_the_pool = async || {
                let db = databases.here().await?;
                db.execute_unprepared("SELECT 1").await.map_err(Error::from).map(drop)
            };
            for _ in 0..3 {
                let reads = join_all((0..8).map(|_| join(read(), keep())));
                let writes = join_all((0..8).map(|_| join(write(), look())));
                let ((reads, writes), tools) = join(join(reads, writes), join_all((0..4).map(|_| by_the_pool()))).await;
                for (one, other) in reads.into_iter().chain(writes) {
                    one.and(other).unwrap_or_else(|error| panic!("{connections} connections: {error}"));
                }
                for tool in tools {
                    tool.unwrap_or_else(|error| panic!("{connections} connections: {error}"));
                }
            }
            assert!(databases.ping().await.is_ok());
        }
    }
}
