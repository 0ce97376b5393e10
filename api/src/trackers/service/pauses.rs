//! When to try again: a connection that fails is left alone for a while, longer each time.

use chrono::Duration;
use entity::tracker_connection;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{hold_connection, remote::Failure};
use crate::{auth::Session, platform::error::Error};

/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::seconds(30);
/// The longest wait of a connection that fails.
const LONGEST_WAIT: Duration = Duration::hours(1);

/// The wait after a number of failures in a row.
pub(super) fn wait(failures: i64, longest: Duration) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
    FIRST_WAIT
        .checked_mul(1_i32.checked_shl(doublings).unwrap_or(i32::MAX))
        .map_or(longest, |wait| wait.min(longest))
}

/// Leaves a connection alone for a while.
pub(super) async fn pause(
    session: &Session,
    connection: &tracker_connection::Model,
    failure: &Failure,
) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold_connection(&tx, connection.id).await?;
    // Somebody has changed it meanwhile, perhaps what was wrong.
    if let Some(row) = held.filter(|row| row.version == connection.version) {
        // A limit is no failure.
        let (failures, until) = match failure {
            Failure::Busy(until) => (row.failures, *until),
            _ => (row.failures + 1, session.now() + wait(row.failures + 1, LONGEST_WAIT)),
        };
        let mut row = row.into_active_model();
        row.failures = Set(failures);
        row.paused_until = Set(Some(until));
        row.last_error = Set(Some(failure.to_string()));
        row.update(&*tx).await?;
    }
    tx.commit().await
}

/// A connection works again.
pub(super) async fn works(session: &Session, connection: &tracker_connection::Model) -> Result<(), Error> {
    if connection.failures == 0 && connection.last_error.is_none() {
        return Ok(());
    }
    let tx = session.begin().await?;
    let held = hold_connection(&tx, connection.id).await?;
    if let Some(row) = held {
        let mut row = row.into_active_model();
        row.failures = Set(0);
        row.paused_until = Set(None);
        row.last_error = Set(None);
        row.update(&*tx).await?;
    }
    tx.commit().await
}
