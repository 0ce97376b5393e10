//! Connections that rest beside the pool: who reads next takes them, and nobody waits for them.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use postmortem_api::platform::{db::Databases, error::Error};
use postmortem_tests::{Engine, TestApp, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};

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
