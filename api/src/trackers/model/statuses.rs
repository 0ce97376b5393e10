//! Our statuses in the words of a tracker, and back.

use entity::enums::{ClosureReason, RecommendationStatus};
use serde::{Deserialize, Serialize};

use RecommendationStatus::{Accepted, Blocked, Declined, Implemented, InProgress, Proposed, Verified};

/// One of the tracker's statuses, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// The tracker's word.
    pub external: String,
    /// What an item is then.
    pub status: RecommendationStatus,
    /// Why it is declined then.
    pub closure_reason: Option<ClosureReason>,
}

/// All of them. Of several with one meaning the first is the one that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusMap(pub Vec<Mapping>);

/// The statuses that a tracker may stand for. The others are ours alone: PROPOSED, and VERIFIED, for which it takes four eyes.
pub const MAPPABLE: [RecommendationStatus; 5] = [Accepted, InProgress, Blocked, Implemented, Declined];

/// Each status, and what it is said as when the tracker has no word for it.
fn less_exactly(status: RecommendationStatus) -> Option<RecommendationStatus> {
    match status {
        Blocked => Some(InProgress),
        InProgress | Proposed => Some(Accepted),
        Verified => Some(Implemented),
        Accepted | Implemented | Declined => None,
    }
}

impl StatusMap {
    /// A status as the tracker can say it.
    pub fn canonical(&self, status: RecommendationStatus) -> Option<RecommendationStatus> {
        let mut status = status;
        loop {
            if self.0.iter().any(|mapping| mapping.status == status) {
                return Some(status);
            }
            status = less_exactly(status)?;
        }
    }

    /// The tracker's word for a status.
    pub fn external(&self, status: RecommendationStatus) -> Option<&str> {
        let status = self.canonical(status)?;
        let found = self.0.iter().find(|mapping| mapping.status == status);
        found.map(|mapping| mapping.external.as_str())
    }

    /// What the tracker's word means, whatever its case.
    pub fn meaning(&self, external: &str) -> Option<&Mapping> {
        let same = |mapping: &&Mapping| mapping.external.eq_ignore_ascii_case(external);
        self.0.iter().find(same)
    }
}

/// One mapping, in one line.
pub fn mapping(external: &str, status: RecommendationStatus, closure_reason: Option<ClosureReason>) -> Mapping {
    Mapping {
        external: external.to_owned(),
        status,
        closure_reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coarse() -> StatusMap {
        StatusMap(vec![
            mapping("open", Accepted, None),
            mapping("completed", Implemented, None),
            mapping("not_planned", Declined, Some(ClosureReason::Rejected)),
        ])
    }

    #[test]
    fn what_the_tracker_cannot_say_is_said_less_exactly() {
        let map = coarse();
        for status in [Proposed, Accepted, InProgress, Blocked] {
            assert_eq!(map.external(status), Some("open"));
        }
        assert_eq!(map.external(Verified), Some("completed"));
        assert_eq!(map.external(Declined), Some("not_planned"));
    }

    #[test]
    fn a_word_is_understood_whatever_its_case() {
        assert_eq!(coarse().meaning("Open").map(|found| found.status), Some(Accepted));
        assert_eq!(coarse().meaning("In review"), None);
    }
}
