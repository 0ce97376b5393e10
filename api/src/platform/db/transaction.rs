//! A write transaction. Dropped without a commit, it is rolled back.

use std::ops::Deref;

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::OwnedMutexGuard;

use crate::platform::error::Error;

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
