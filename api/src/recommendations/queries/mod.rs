//! Which recommendations a list holds, in what order, and with what joined to them.

mod filter;
pub mod flat;

pub use filter::{RecommendationFilter, RecommendationOrder, by_key, is_open, is_overdue, order};
