//! What statements are read with, outside of a transaction.
//!
//! The pool of the library asks each connection that comes back whether it is well, and a task of its own waits for the answer: one
//! more trip to the database for every statement. So a request keeps the connection of its first statement ([`Reader::keeping`]) and
//! gives it back once. Its statements wait for each other: who holds a connection must not wait for a second one, or all of them
//! could. Only a connection whose statement went well is kept. One whose statement failed, or was given up half way, goes back to the
//! pool, which asks it.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
    sqlx::{self, AssertSqlSafe, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use tokio::{runtime::Handle, sync::Mutex};

use super::connect::Watch;
use crate::platform::keys::is_postgres;

/// A connection that nobody else uses.
enum Taken {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

/// The connection of a request, between two statements.
#[derive(Default)]
struct Kept(Option<Taken>);

impl Drop for Kept {
    fn drop(&mut self) {
        // A connection goes back to its pool by a task. A thread that is ending has none any more, and nobody who would use it.
        if Handle::try_current().is_err() {
            match self.0.take() {
                Some(Taken::Postgres(connection)) => drop(connection.leak()),
                Some(Taken::Sqlite(connection)) => drop(connection.leak()),
                None => {}
            }
        }
    }
}

/// Reads from the pool of one thread.
pub struct Reader {
    pool: DatabaseConnection,
    watch: Arc<Watch>,
    kept: Option<Mutex<Kept>>,
}

impl Reader {
    pub(super) fn new(pool: DatabaseConnection, watch: Arc<Watch>) -> Self {
        Self {
            pool,
            watch,
            kept: None,
        }
    }

    /// The same, and a connection is kept from the first statement on. For what ends soon, holds no other connection, and waits for
    /// nobody but the database.
    #[must_use]
    pub fn keeping(self) -> Self {
        Self {
            kept: Some(Mutex::default()),
            ..self
        }
    }

    async fn take(&self) -> Result<Taken, sqlx::Error> {
        if is_postgres(&self.pool) {
            let pool = self.pool.get_postgres_connection_pool();
            pool.acquire().await.map(Taken::Postgres)
        } else {
            let pool = self.pool.get_sqlite_connection_pool();
            pool.acquire().await.map(Taken::Sqlite)
        }
    }

    /// Gives back what is kept. Whoever is about to wait for another connection does so first.
    pub async fn give_back(&self) {
        if let Some(kept) = &self.kept {
            kept.lock().await.0.take();
        }
    }

    /// Runs a statement on the connection that is kept, or on another one.
    async fn run<T>(
        &self,
        statement: Statement,
        on: impl AsyncFnOnce(&mut Taken, AssertSqlSafe<&str>, SqlxValues) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut kept = match &self.kept {
            Some(kept) => Some(kept.lock().await),
            None => None,
        };
        let mut taken = match kept.as_mut().and_then(|kept| kept.0.take()) {
            Some(taken) => taken,
            None => self.take().await?,
        };
        let Statement { sql, values, .. } = statement;
        let values = SqlxValues(values.unwrap_or_else(|| sea_orm::Values(Vec::new())));
        let begun = Instant::now();
        let outcome = on(&mut taken, AssertSqlSafe(sql.as_str()), values).await;
        self.watch.ran(&sql, begun.elapsed(), outcome.is_err());
        if let (Ok(_), Some(mut kept)) = (&outcome, kept) {
            kept.0 = Some(taken);
        }
        outcome
    }
}

fn of_query(error: sqlx::Error) -> DbErr {
    of(error, DbErr::Query)
}

fn of_change(error: sqlx::Error) -> DbErr {
    of(error, DbErr::Exec)
}

fn of(error: sqlx::Error, kind: fn(RuntimeErr) -> DbErr) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => kind(RuntimeErr::SqlxError(error.into())),
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let done = self.run(statement, async |taken, sql, values| match taken {
            Taken::Postgres(connection) => {
                let done = sqlx::query_with(sql, values).execute(&mut **connection).await;
                done.map(ExecResult::from)
            }
            Taken::Sqlite(connection) => {
                let done = sqlx::query_with(sql, values).execute(&mut **connection).await;
                done.map(ExecResult::from)
            }
        });
        done.await.map_err(of_change)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.give_back().await;
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let found = self.run(statement, async |taken, sql, values| match taken {
            Taken::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
            Taken::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
        });
        found.await.map_err(of_query)
    }
}
