//! What Prometheus is told of the work: the figures of follow-through as of now, and what waits in the background.
//!
//! The definitions are those of docs/metrics.md, and the statements those of [`crate::follow_through`]. What stands under
//! RESTRICTED reports is in totals only, which have no label but the status: a series of a small team would else tell of it.
//! How it is written is the matter of `http::metrics`.

pub mod model;
pub mod queries;
