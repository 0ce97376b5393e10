//! What a feed has shown, and what follows for what it shows next.
//!
//! | it was | it is to be shown | it has left | it is done for long, or among too many |
//! |---|---|---|---|
//! | unknown | SHOWN, sequence 0 | – | – |
//! | SHOWN | SHOWN, one higher if it differs | CANCELLED, one higher | GONE |
//! | CANCELLED | SHOWN, one higher | CANCELLED, one higher if it differs; GONE when its time is over | GONE |
//! | GONE | SHOWN, one higher | – | – |

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::enums::FeedItemState;

use super::{CANCELLED_DAYS, Item, Progress};

/// What is known of one thing in one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whether it is shown.
    pub state: FeedItemState,
    /// Rises with each change of what is shown.
    pub sequence: i64,
    /// A digest of what was shown last.
    pub fingerprint: String,
    /// The due date that was shown last.
    pub due_on: NaiveDate,
    /// When what is shown was last changed.
    pub changed_at: DateTime<Utc>,
    /// When it was cancelled.
    pub left_at: Option<DateTime<Utc>>,
}

/// What becomes of it. None: nothing that is to be kept.
///
/// `item` is what is to be shown now, with its digest; none when it is not to be shown, though nothing was cancelled. `updated_at` is
/// when the thing was last changed.
pub fn next(
    before: Option<&Kept>,
    item: Option<(&Item, String)>,
    updated_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Kept> {
    let Some((item, fingerprint)) = item else {
        return before.map(|before| Kept {
            state: FeedItemState::Gone,
            left_at: None,
            ..before.clone()
        });
    };
    let is_cancelled = item.progress == Progress::Cancelled;
    let state = if is_cancelled {
        FeedItemState::Cancelled
    } else {
        FeedItemState::Shown
    };
    let Some(before) = before else {
        return (!is_cancelled).then(|| Kept {
            state,
            sequence: 0,
            fingerprint,
            due_on: item.due_on,
            changed_at: updated_at.unwrap_or(now).min(now),
            left_at: None,
        });
    };
    let left_at = is_cancelled.then(|| before.left_at.unwrap_or(now));
    if left_at.is_some_and(|at| is_over(at, now)) {
        return Some(Kept {
            state: FeedItemState::Gone,
            left_at: None,
            ..before.clone()
        });
    }
    if before.state == state && before.fingerprint == fingerprint {
        return Some(before.clone());
    }
    Some(Kept {
        state,
        sequence: before.sequence + 1,
        fingerprint,
        due_on: item.due_on,
        changed_at: now.max(before.changed_at),
        left_at,
    })
}

/// Has something been shown as cancelled for long enough?
fn is_over(left_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - left_at >= Duration::days(CANCELLED_DAYS)
}
