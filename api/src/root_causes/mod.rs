//! Root causes: why an incident happened, was noticed late or hurt for long. Records, not prose.
//!
//! A cause stands in one report. It may explain another cause of the same report (a chain of whys, without cycles), and it may
//! be the recurrence of a cause in an earlier incident: chains are flattened, so `recurrence_of` is always the first
//! occurrence. How a recurrence stands to the work on the earlier occurrences when the later incident began is computed from
//! the history ([`model::recurrence_kind`]), as is how far a cause is treated ([`model::coverage`]).
//!
//! A cause that somebody's recommendation treats cannot be removed: the work would lose its reason.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
