//! Holds rows that are about to change.

use sea_orm::{
    ConnectionTrait, QuerySelect, Statement,
    sea_query::{LockBehavior, LockType, SelectStatement},
};

use crate::platform::keys::is_postgres;

/// Locks what a selection finds until the end of the transaction. SQLite has one writer and needs no lock.
///
/// Not as FOR UPDATE does: that also stops others from referring to the row, as every event does to its report and its actor.
pub trait Hold: QuerySelect {
    /// For a change that leaves its keys alone.
    #[must_use]
    fn hold(self) -> Self {
        self.lock(LockType::NoKeyUpdate)
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

/// Keeps the row that is joined under the first name, as [`Hold::keep`] does, and then holds that of the second.
///
/// A change of the first row may change the second one with it. Whoever makes such a change has the first, and wants the second; who
/// had the second already, and came for the first later, would wait for them for ever.
pub fn keep_and_hold(
    mut select: SelectStatement,
    kept: &'static str,
    held: &str,
    db: &impl ConnectionTrait,
) -> Statement {
    select.lock_with_tables(LockType::KeyShare, [kept]);
    let mut statement = db.get_database_backend().build(&select);
    if is_postgres(db) {
        statement.sql.push_str(&format!(" FOR NO KEY UPDATE OF \"{held}\""));
    }
    statement
}
