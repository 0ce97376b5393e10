//! A connection on which a transaction is open.
//!
//! The library's own transactions give their connection back to its pool, which asks it whether it is well: one more trip to the
//! database for each of them. The connection of one that went well rests instead, as after a reading.

use std::{
    future::ready,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use async_stream::stream;
use async_trait::async_trait;
use futures_util::{StreamExt, stream::BoxStream};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait, sqlx};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;

use super::{
    lender::Lease,
    reader::{of_change, of_query, parts},
    taken::{Purpose, Taken},
};

/// The transaction. Dropped without a commit, it is rolled back.
pub struct Opened {
    lease: Mutex<Lease>,
    backend: DbBackend,
    state: State,
    /// Has a statement failed? PostgreSQL then rolls back whatever is said at the end.
    has_failed: AtomicBool,
}

#[derive(PartialEq, Eq)]
enum State {
    /// What begins it has been sent.
    Beginning,
    Open,
    Over,
}

impl Opened {
    pub(super) async fn begin(lease: Lease, purpose: Purpose) -> Result<Self, DbErr> {
        let mut opened = Self {
            backend: lease.backend(),
            lease: Mutex::new(lease),
            state: State::Beginning,
            has_failed: AtomicBool::new(false),
        };
        let lease = opened.lease.get_mut();
        lease
            .connection()
            .map_err(of_query)?
            .begin(purpose)
            .await
            .map_err(of_query)?;
        opened.state = State::Open;
        Ok(opened)
    }

    /// Makes it so.
    pub(super) async fn commit(mut self) -> Result<(), DbErr> {
        if self.backend == DbBackend::Postgres && *self.has_failed.get_mut() {
            let why = "a statement of this transaction has failed, so nothing of it is stored";
            return Err(DbErr::Custom(why.to_owned()));
        }
        let lease = self.lease.get_mut();
        lease
            .connection()
            .map_err(of_change)?
            .commit()
            .await
            .map_err(of_change)?;
        lease.rest();
        self.state = State::Over;
        Ok(())
    }

    /// Runs a statement.
    async fn run<T>(
        &self,
        statement: Statement,
        on: impl AsyncFnOnce(&mut Taken, &str, SqlxValues) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut lease = self.lease.lock().await;
        let (sql, values) = parts(statement);
        let begun = Instant::now();
        let outcome = on(lease.connection()?, &sql, values).await;
        lease.watch().ran(&sql, begun.elapsed(), outcome.is_err());
        if outcome.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let Ok(taken) = self.lease.get_mut().connection() else {
            return;
        };
        match self.state {
            State::Beginning => taken.distrust(),
            State::Open => taken.roll_back(),
            State::Over => {}
        }
    }
}

#[async_trait]
impl ConnectionTrait for Opened {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let done = self.run(statement, async |taken, sql, values| taken.execute(sql, values).await);
        done.await.map_err(of_change)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.backend, sql);
        let done = self.run(statement, async |taken, sql, _| taken.execute_unprepared(sql).await);
        done.await.map_err(of_change)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let found = self.run(statement, async |taken, sql, values| taken.query_all(sql, values).await);
        found.await.map_err(of_query)
    }
}

impl StreamTrait for Opened {
    type Stream<'a> = BoxStream<'a, Result<QueryResult, DbErr>>;

    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    /// No other statement runs until the stream is dropped.
    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + Send + 'a>> {
        let rows = stream! {
            let mut lease = self.lease.lock().await;
            let (sql, values) = parts(statement);
            let taken = match lease.connection() {
                Ok(taken) => taken,
                Err(error) => {
                    yield Err(of_query(error));
                    return;
                }
            };
            let mut rows = taken.stream(sql, values);
            while let Some(row) = rows.next().await {
                if row.is_err() {
                    self.has_failed.store(true, Ordering::Relaxed);
                }
                yield row.map_err(of_query);
            }
        };
        Box::pin(ready(Ok(rows.boxed())))
    }
}
