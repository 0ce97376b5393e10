//! Coverage and recurrence, as pure functions.

use entity::{
    enums::{CauseRole, RecommendationStatus},
    ids::{CauseCategoryId, ReportId, RootCauseId},
};

/// How far a cause is treated: the furthest that any recommendation on it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// Nothing, and no reason.
    Uncovered,
    /// Nothing, with a reason.
    NoAction,
    /// Proposed.
    Proposed,
    /// Accepted, in progress or blocked.
    Committed,
    /// Implemented.
    Implemented,
    /// Verified.
    Verified,
}

impl Coverage {
    /// Every value, from the least.
    pub const ALL: &'static [Self] = &[
        Self::Uncovered,
        Self::NoAction,
        Self::Proposed,
        Self::Committed,
        Self::Implemented,
        Self::Verified,
    ];
}

/// How far a status takes a cause; none for declined work.
pub fn reach(status: RecommendationStatus) -> Option<Coverage> {
    match status {
        RecommendationStatus::Proposed => Some(Coverage::Proposed),
        RecommendationStatus::Accepted | RecommendationStatus::InProgress | RecommendationStatus::Blocked => {
            Some(Coverage::Committed)
        }
        RecommendationStatus::Implemented => Some(Coverage::Implemented),
        RecommendationStatus::Verified => Some(Coverage::Verified),
        RecommendationStatus::Declined => None,
    }
}

/// The coverage of a cause with these recommendations.
pub fn coverage(statuses: &[RecommendationStatus], has_no_action_reason: bool) -> Coverage {
    let rank = |coverage: &Coverage| Coverage::ALL.iter().position(|other| other == coverage);
    statuses
        .iter()
        .filter_map(|status| reach(*status))
        .max_by_key(rank)
        .unwrap_or(if has_no_action_reason {
            Coverage::NoAction
        } else {
            Coverage::Uncovered
        })
}

/// How a cause that came back stands to the work on its earlier occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecurrenceKind {
    /// Committed work was still open.
    WhileOpen,
    /// All committed work had been implemented.
    AfterFix,
    /// The work had been declined.
    AfterDeclined,
    /// Nothing had been committed.
    Unaddressed,
}

impl RecurrenceKind {
    /// The value as the API shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhileOpen => "WHILE_OPEN",
            Self::AfterFix => "AFTER_FIX",
            Self::AfterDeclined => "AFTER_DECLINED",
            Self::Unaddressed => "UNADDRESSED",
        }
    }
}

/// From the statuses that the recommendations on the earlier occurrences had when the later incident began.
pub fn recurrence_kind(then: &[RecommendationStatus]) -> RecurrenceKind {
    use RecommendationStatus::{Declined, Implemented, Verified};
    if then.iter().any(|status| status.is_open()) {
        RecurrenceKind::WhileOpen
    } else if then.iter().any(|status| matches!(status, Implemented | Verified)) {
        RecurrenceKind::AfterFix
    } else if then.contains(&Declined) {
        RecurrenceKind::AfterDeclined
    } else {
        RecurrenceKind::Unaddressed
    }
}

/// A cause to add.
#[derive(Debug, Clone)]
pub struct NewRootCause {
    /// To which report.
    pub report: ReportId,
    /// In a line.
    pub title: String,
    /// At length.
    pub description: String,
    /// The part it played.
    pub role: CauseRole,
    /// What kind of cause.
    pub category: Option<CauseCategoryId>,
    /// What it explains.
    pub parent: Option<RootCauseId>,
    /// An earlier occurrence.
    pub recurrence_of: Option<RootCauseId>,
}

/// What to change of a cause; none keeps.
#[derive(Debug, Clone, Default)]
pub struct RootCausePatch {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another part.
    pub role: Option<CauseRole>,
    /// Another category, or none.
    pub category: Option<Option<CauseCategoryId>>,
    /// Another parent, or none.
    pub parent: Option<Option<RootCauseId>>,
    /// True: something is to be done after all.
    pub clear_no_action: bool,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}
