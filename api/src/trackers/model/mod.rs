//! What is kept in step, and how it is decided. Pure.

use chrono::Duration;

pub mod connection;
pub mod harmless;
pub mod issue_text;
pub mod path;
pub mod reconcile;
pub mod statuses;

pub use self::connection::{Connection, ConnectionPatch, Person};
pub use self::reconcile::{Choice, Conflict, Decision, Field, RULES, Side, Values, reconcile};
/// How long a worker has a link in hand: longer than all the calls of one synchronisation take. One that is gone holds it up as long.
pub const LEASE: Duration = Duration::seconds(180);

/// A link that nothing happened to is looked at again after this: its issue may be gone without a notice.
pub const SAFETY: Duration = Duration::hours(24);

/// How often each connection is asked what has changed.
pub const POLL_INTERVAL: Duration = Duration::minutes(10);

pub use self::statuses::{Mapping, StatusMap};
