//! A connection of either engine, and what is done with it.

use futures_util::{Stream, StreamExt, stream::BoxStream};
use sea_orm::{
    ExecResult, QueryResult,
    sqlx::{self, AssertSqlSafe, Postgres, SqlSafeStr, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use sqlx_core::transaction::TransactionManager;
use tokio::runtime::Handle;

type Managed<D> = <D as sqlx::Database>::TransactionManager;

/// What a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// SQLite is told from the beginning, so that it never fails half way for having begun as a reader.
    Writing,
    /// All statements see the same. SQLite with its write-ahead log keeps what it found when it began.
    Reading,
}

/// A connection that nobody else uses.
pub(super) enum Taken {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

impl Taken {
    pub async fn execute(&mut self, sql: &str, values: SqlxValues) -> Result<ExecResult, sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Postgres(connection) => sqlx::query_with(sql, values).execute(&mut **connection).await?.into(),
            Self::Sqlite(connection) => sqlx::query_with(sql, values).execute(&mut **connection).await?.into(),
        })
    }

    pub async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await?.into(),
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await?.into(),
        })
    }

    pub async fn query_all(&mut self, sql: &str, values: SqlxValues) -> Result<Vec<QueryResult>, sqlx::Error> {
        fn results<R: Into<QueryResult>>(rows: Vec<R>) -> Vec<QueryResult> {
            rows.into_iter().map(R::into).collect()
        }
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Postgres(connection) => results(sqlx::query_with(sql, values).fetch_all(&mut **connection).await?),
            Self::Sqlite(connection) => results(sqlx::query_with(sql, values).fetch_all(&mut **connection).await?),
        })
    }

    /// Its rows as they come.
    pub fn stream(&mut self, sql: String, values: SqlxValues) -> BoxStream<'_, Result<QueryResult, sqlx::Error>> {
        fn results<'a, R: Into<QueryResult>>(
            rows: impl Stream<Item = Result<R, sqlx::Error>> + Send + 'a,
        ) -> BoxStream<'a, Result<QueryResult, sqlx::Error>> {
            rows.map(|row| row.map(R::into)).boxed()
        }
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Postgres(connection) => results(sqlx::query_with(sql, values).fetch(&mut **connection)),
            Self::Sqlite(connection) => results(sqlx::query_with(sql, values).fetch(&mut **connection)),
        }
    }

    /// Begins a transaction.
    pub async fn begin(&mut self, purpose: Purpose) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(connection) => {
                let statement = match purpose {
                    Purpose::Writing => "BEGIN",
                    Purpose::Reading => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                };
                Managed::<Postgres>::begin(connection, Some(statement.into_sql_str())).await
            }
            Self::Sqlite(connection) => {
                let statement = match purpose {
                    Purpose::Writing => "BEGIN IMMEDIATE",
                    Purpose::Reading => "BEGIN",
                };
                Managed::<Sqlite>::begin(connection, Some(statement.into_sql_str())).await
            }
        }
    }

    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(connection) => Managed::<Postgres>::commit(connection).await,
            Self::Sqlite(connection) => Managed::<Sqlite>::commit(connection).await,
        }
    }

    /// Has it closed instead of given back, if it cannot be known whether a transaction has begun on it. That of SQLite rolls back by itself
    /// what nobody was told of. On a thread that is ending it is not given back anyway, and nothing could close it.
    pub fn distrust(&mut self) {
        if let Self::Postgres(connection) = self
            && Handle::try_current().is_ok()
        {
            connection.close_on_drop();
        }
    }

    /// Has the transaction rolled back before anything else is done. Nothing, if there is none.
    pub fn roll_back(&mut self) {
        match self {
            Self::Postgres(connection) => Managed::<Postgres>::start_rollback(connection),
            Self::Sqlite(connection) => Managed::<Sqlite>::start_rollback(connection),
        }
    }
}
