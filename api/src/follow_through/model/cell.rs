//! Recommendations by all at once that dashboards cut them by.

use entity::enums::{Priority, RecommendationStatus, Severity};
use uuid::Uuid;

use super::counts::Counts;

/// Those that have a team, a severity and a priority in common.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Whose they are.
    pub team: Option<Uuid>,
    /// That of their incident.
    pub severity: Severity,
    /// Theirs.
    pub priority: Priority,
    /// How many are in each status, in the order of the statuses. DECLINED are all that were declined, accepted before or not.
    pub items: [i64; Self::STATUSES],
    /// What `followThrough` counts of them; of what costs more only `open_micros`.
    pub counts: Counts,
    /// By how many days each is late that is overdue.
    pub late_days: Vec<i64>,
}

impl Cell {
    /// How many statuses there are.
    pub const STATUSES: usize = RecommendationStatus::ALL.len();

    /// Numbers in the order of the statuses, by status.
    pub fn named(items: [i64; Self::STATUSES]) -> Vec<(RecommendationStatus, i64)> {
        RecommendationStatus::ALL.iter().copied().zip(items).collect()
    }

    /// How many are in each status.
    pub fn by_status(&self) -> Vec<(RecommendationStatus, i64)> {
        Self::named(self.items)
    }
}
