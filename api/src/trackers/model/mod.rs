//! What is kept in step, and how it is decided. Pure.

pub mod connection;
pub mod issue_text;
pub mod path;
pub mod reconcile;
pub mod statuses;

pub use self::connection::{Connection, ConnectionPatch, Person};
pub use self::reconcile::{Choice, Conflict, Decision, Field, RULES, Side, Values, reconcile};
pub use self::statuses::{Mapping, StatusMap};
