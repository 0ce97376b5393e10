//! A write transaction. Dropped without a commit, it is rolled back.

use std::ops::Deref;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::OwnedMutexGuard;

use crate::platform::{error::Error, keys::is_postgres};

/// What only one transaction does at a time, on PostgreSQL too. Any numbers, as long as nothing else locks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Changes the schema.
    Migrate = 7_043_001,
    /// Makes the first signing key.
    MakeKey = 7_043_002,
    /// Numbers events. Taken last in a transaction.
    NumberEvents = 7_043_003,
    /// Makes somebody an admin, or something else. Taken before the user's row is held.
    ChangeAdmins = 7_043_005,
    /// Puts a list of due policies in the place of another. Taken first.
    SetDuePolicies = 7_043_012,
    /// Links causes to their first occurrences. Taken first, before any row is held.
    LinkRecurrence = 7_043_004,
}

/// One write. Only services begin one, and the issuer for its first key, and no network call happens inside.
pub struct Tx {
    inner: DatabaseTransaction,
    // Held until after the commit or rollback: fields drop in order.
    _gate: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    #[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
    pub(super) async fn begin(db: &DatabaseConnection, gate: Option<OwnedMutexGuard<()>>) -> Result<Self, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Self {
            inner: db.begin_with_options(options).await?,
            _gate: gate,
        })
    }

    /// Waits for its turn, and keeps it until the end. SQLite has one writer anyway.
    pub async fn take_turn(&self, turn: Turn) -> Result<(), Error> {
        if is_postgres(&self.inner) {
            let number = turn as i64;
            self.inner
                .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({number})"))
                .await?;
        }
        Ok(())
    }

    /// Makes it so.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.inner.commit().await?)
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
