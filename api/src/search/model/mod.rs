//! Words, queries, ranks and likeness, as pure functions.

pub mod excerpt;
pub mod index;
pub mod likeness;
pub mod query;
pub mod rank;
pub mod words;
