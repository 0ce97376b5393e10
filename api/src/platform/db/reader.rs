//! What statements are read with, outside of a transaction.
//!
//! A request keeps the connection of its first statement ([`Reader::keeping`]) and gives it back once. Its statements wait for each
//! other: who holds a connection must not wait for a second one, or all of them could. Only a connection whose statement went well is
//! kept. One whose statement failed, or was given up half way, goes back to the pool, which asks it.
//!
//! What a request waits for may itself need a connection. So while it waits for anything else ([`Reader::idle`]), it keeps none.

use std::{future::Future, pin::pin, sync::Arc, task::Poll, time::Instant};

use async_trait::async_trait;
use futures_util::{future::join, poll};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, sqlx,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;

use super::{
    lender::{Lease, Lender},
    taken::Taken,
};
use crate::platform::tally::Tally;

/// The connection of a request, between two statements.
#[derive(Default)]
struct Kept(Option<Lease>);

impl Kept {
    fn give_back(&mut self) {
        if let Some(mut lease) = self.0.take() {
            lease.rest();
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Reads from the pool of one thread.
pub struct Reader {
    lender: Arc<Lender>,
    kept: Option<Mutex<Kept>>,
    /// How many parts of the request wait for something else than the database.
    idle: Tally,
}

impl Reader {
    pub(super) fn new(lender: Arc<Lender>) -> Self {
        Self {
            lender,
            kept: None,
            idle: Tally::default(),
        }
    }

    /// The same, and a connection is kept from the first statement on. For what ends soon, holds no other connection, and waits for
    /// nobody but the database, unless by [`Reader::idle`].
    #[must_use]
    pub fn keeping(self) -> Self {
        Self {
            kept: Some(Mutex::default()),
            ..self
        }
    }

    /// Gives back what is kept. Whoever is about to wait for another connection does so first.
    pub async fn give_back(&self) {
        if let Some(kept) = &self.kept {
            kept.lock().await.give_back();
        }
    }

    /// Waits for something else than the database, for which others may need a connection. None is kept meanwhile, whatever else of the
    /// request is read.
    pub async fn idle<T>(&self, wait: impl Future<Output = T>) -> T {
        let mut wait = pin!(wait);
        if let Poll::Ready(done) = poll!(&mut wait) {
            return done;
        }
        let _waits = self.idle.count();
        join(wait, self.give_back()).await.0
    }

    /// Runs a statement on the connection that is kept, or on another one.
    async fn run<T>(
        &self,
        statement: Statement,
        on: impl AsyncFnOnce(&mut Taken, &str, SqlxValues) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut kept = match &self.kept {
            Some(kept) => Some(kept.lock().await),
            None => None,
        };
        let mut lease = match kept.as_mut().and_then(|kept| kept.0.take()) {
            Some(lease) => lease,
            None => self.lender.lend().await?,
        };
        let (sql, values) = parts(statement);
        let begun = Instant::now();
        let outcome = on(lease.connection()?, &sql, values).await;
        self.lender.watch.ran(&sql, begun.elapsed(), outcome.is_err());
        if outcome.is_ok() {
            match kept {
                Some(mut kept) if !self.idle.is_any() => kept.0 = Some(lease),
                _ => lease.rest(),
            }
        }
        outcome
    }
}

/// The text of a statement, and its values as the engine's library has them.
pub(super) fn parts(statement: Statement) -> (String, SqlxValues) {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    (statement.sql, SqlxValues(values))
}

pub(super) fn of_query(error: sqlx::Error) -> DbErr {
    of(error, DbErr::Query)
}

pub(super) fn of_change(error: sqlx::Error) -> DbErr {
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
        self.lender.pool().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let done = self.run(statement, async |taken, sql, values| taken.execute(sql, values).await);
        done.await.map_err(of_change)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.get_database_backend(), sql);
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
