//! Reads that all see the database as it was at the first of them.

use std::ops::Deref;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use tokio::sync::OwnedSemaphorePermit;

use crate::platform::{error::Error, keys::is_postgres};

/// The database at one moment. Nothing can be written through it, and it holds up no writer. Drop it soon: PostgreSQL ends one that
/// asks nothing for a while, and until then a connection is taken.
pub struct Snapshot {
    inner: DatabaseTransaction,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Snapshot {
    #[allow(clippy::disallowed_methods, reason = "the one sanctioned place for reading")]
    pub(super) async fn take(db: &DatabaseConnection, turn: Option<OwnedSemaphorePermit>) -> Result<Self, Error> {
        let options = if is_postgres(db) {
            TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            }
        } else {
            // With a write-ahead log a reader keeps what it found when it began.
            TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            }
        };
        Ok(Self {
            inner: db.begin_with_options(options).await?,
            _turn: turn,
        })
    }
}

impl Deref for Snapshot {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
