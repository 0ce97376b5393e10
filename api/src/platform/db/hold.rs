//! Holds rows that are about to change.

use sea_orm::{
    QuerySelect,
    sea_query::{IntoTableRef, LockBehavior, LockType},
};

/// Locks what a selection finds until the end of the transaction. SQLite has one writer and needs no lock.
///
/// Not as FOR UPDATE does: that also stops others from referring to the row. An event refers to its report and its actor, and is
/// written while all other events wait; somebody who holds the report so, and is about to write an event, would wait for it for
/// ever.
pub trait Hold: QuerySelect {
    /// For a change that leaves its keys alone.
    #[must_use]
    fn hold(self) -> Self {
        self.lock(LockType::NoKeyUpdate)
    }

    /// The same of this table alone: what is joined to it stays free.
    #[must_use]
    fn hold_alone(mut self, table: impl IntoTableRef) -> Self {
        QuerySelect::query(&mut self).lock_with_tables(LockType::NoKeyUpdate, [table]);
        self
    }

    /// The same for rows that any worker may take: finds nothing that another one holds.
    #[must_use]
    fn hold_if_free(self) -> Self {
        self.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
    }

    /// For removing it: waits for those who are about to refer to it.
    #[must_use]
    fn hold_to_remove(self) -> Self {
        self.lock(LockType::Update)
    }

    /// Against being removed while something is made that refers to it.
    #[must_use]
    fn keep(self) -> Self {
        self.lock(LockType::KeyShare)
    }
}

impl<S: QuerySelect> Hold for S {}
