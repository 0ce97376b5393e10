//! A write transaction. Dropped without a commit, it is rolled back.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{ConnectionTrait, sea_query::UpdateStatement};
use tokio::sync::{Notify, OwnedMutexGuard};

use super::{lender::Lease, opened::Opened, rights::Changed, taken::Purpose};
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

impl Turn {
    /// Waits for it in this transaction.
    pub(super) async fn take(self, tx: &impl ConnectionTrait) -> Result<(), Error> {
        if is_postgres(tx) {
            let number = self as i64;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({number})"))
                .await?;
        }
        Ok(())
    }
}

/// A row that every transaction of a request changes, last of all: so whoever reads it knows of each of them whether it was
/// committed. Where the row is not there any more, another has taken the request's place, and nothing is committed.
#[derive(Debug, Clone)]
pub struct Witness(Arc<UpdateStatement>);

impl Witness {
    /// `change` must find exactly one row.
    pub fn new(change: UpdateStatement) -> Self {
        Self(Arc::new(change))
    }
}

/// Why a transaction was not committed that had a witness.
#[derive(Debug, thiserror::Error)]
#[error("another process has taken over this request, because it took longer than its lease")]
struct Overtaken;

/// One write. Only services begin one, and the issuer for its first key, and no network call happens inside.
pub struct Tx {
    inner: Opened,
    told: AtomicBool,
    written: Arc<Notify>,
    witness: Option<Witness>,
    rights: Changed,
    // Held until after the commit or rollback: fields drop in order.
    _gate: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    pub(super) async fn begin(
        lease: Lease,
        gate: Option<OwnedMutexGuard<()>>,
        written: Arc<Notify>,
        rights: Changed,
    ) -> Result<Self, Error> {
        Ok(Self {
            inner: Opened::begin(lease, Purpose::Writing).await?,
            told: AtomicBool::new(false),
            written,
            witness: None,
            rights,
            _gate: gate,
        })
    }

    /// The same before a witness, if there is one.
    #[must_use]
    pub fn before(mut self, witness: Option<Witness>) -> Self {
        self.witness = witness;
        self
    }

    /// Waits for its turn, and keeps it until the end. SQLite has one writer anyway.
    pub async fn take_turn(&self, turn: Turn) -> Result<(), Error> {
        turn.take(&self.inner).await
    }

    /// Tells those of this process who follow the log, once it is committed.
    pub(super) fn tell(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// Says that it changes who may do what.
    pub fn changes_rights(&self) {
        self.rights.say();
    }

    /// Makes it so.
    pub async fn commit(self) -> Result<(), Error> {
        if let Some(Witness(change)) = &self.witness
            && self.inner.execute(change.as_ref()).await?.rows_affected() != 1
        {
            return Err(Error::internal(Overtaken));
        }
        self.inner.commit().await?;
        if self.told.into_inner() {
            self.written.notify_one();
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Opened;
    fn deref(&self) -> &Opened {
        &self.inner
    }
}
