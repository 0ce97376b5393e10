//! The figures, as they were read.

use chrono::{DateTime, Utc};
use entity::enums::{RecommendationStatus, ReportStatus, Severity, SyncState};

use crate::follow_through::model::cell::Cell;

/// A day as Prometheus counts time.
pub const DAY_SECONDS: f64 = 86_400.0;
/// Up to how many days something is late, in each bucket.
pub const LATENESS: [f64; 6] = [7.0, 14.0, 30.0, 60.0, 90.0, 180.0];
/// Up to how many days ago something was accepted, in each bucket.
pub const AGES: [f64; 6] = [7.0, 30.0, 60.0, 90.0, 180.0, 365.0];
/// The label of what belongs to no team. No team can be called so.
pub const NO_TEAM: &str = "-";

/// All of them.
#[derive(Debug, Clone)]
pub struct Figures {
    /// When they were read.
    pub at: DateTime<Utc>,
    /// Recommendations that everybody may see: the short name of the team, or [`NO_TEAM`], and what is known of them.
    pub groups: Vec<(String, Cell)>,
    /// The same by team: its short name and its rates.
    pub teams: Vec<(String, Rates)>,
    /// Reports that everybody may see.
    pub reports: Vec<Reports>,
    /// Everything there is.
    pub all: Organisation,
    /// What waits.
    pub queues: Queues,
}

/// Shares from 0 to 1; none of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// `onTimeRate`.
    pub on_time: Option<f64>,
    /// `completionRate`.
    pub completion: Option<f64>,
}

/// Reports that have a status and a severity in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reports {
    /// Where they stand.
    pub status: ReportStatus,
    /// That of the incident.
    pub severity: Severity,
    /// How many.
    pub reports: i64,
    /// How many of these are overdue.
    pub overdue: i64,
}

/// Totals over everything, also what is RESTRICTED.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Organisation {
    /// Recommendations in each status.
    pub by_status: Vec<(RecommendationStatus, i64)>,
    /// Overdue recommendations.
    pub overdue: i64,
    /// Their rates.
    pub rates: Rates,
    /// Reports in each status.
    pub reports: Vec<(ReportStatus, i64)>,
}

/// What waits.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    /// One after the other.
    pub waiting: Vec<Queue>,
    /// Enabled connections to trackers.
    pub trackers: Vec<TrackerFigures>,
    /// Links of all of them in each state.
    pub links: Vec<(SyncState, i64)>,
}

/// One queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// What it is called.
    pub name: &'static str,
    /// How many wait.
    pub waiting: i64,
    /// How long the oldest has waited; 0 when none waits.
    pub oldest_seconds: f64,
}

/// One connection.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackerFigures {
    /// What it is called.
    pub name: String,
    /// How long the link has waited that should have been brought into step first; 0 when none waits.
    pub lag_seconds: f64,
    /// Calls that failed since the last that succeeded.
    pub failures: i64,
}
