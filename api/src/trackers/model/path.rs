//! From one status to another by the steps that there are.

use entity::enums::RecommendationStatus;

use crate::recommendations::model::Step;

/// The steps that a change in a tracker may take. It neither accepts, which needs somebody who may decide, nor verifies, for which
/// it takes a second person.
const TAKEN: [Step; 5] = [Step::Start, Step::Block, Step::Implement, Step::Decline, Step::Reopen];

fn step(from: RecommendationStatus, to: RecommendationStatus) -> Option<Step> {
    let leads = |step: &Step| {
        let transition = step.transition();
        transition.is_some_and(|transition| transition.to == to && transition.from.contains(&from))
    };
    TAKEN.into_iter().find(leads)
}

/// The steps from one status to another: none, one, or a reopening and one more. Nothing when there is no way: what is under way
/// does not become untouched again, and what was only proposed is not done.
pub fn steps(from: RecommendationStatus, to: RecommendationStatus) -> Option<Vec<Step>> {
    if from == to {
        return Some(Vec::new());
    }
    if let Some(only) = step(from, to) {
        return Some(vec![only]);
    }
    let reopen = step(from, RecommendationStatus::Accepted)?;
    Some(vec![reopen, step(RecommendationStatus::Accepted, to)?])
}

#[cfg(test)]
mod tests {
    use RecommendationStatus::{Accepted, Blocked, Declined, Implemented, InProgress, Proposed, Verified};

    use super::*;
    use crate::recommendations::model::STEPS;

    #[test]
    fn the_table_names_every_step() {
        assert_eq!(STEPS.len(), TAKEN.len() + 2);
    }

    #[test]
    fn the_shortest_way_is_taken() {
        let cases: [(_, _, Option<&[Step]>); 12] = [
            (Accepted, Accepted, Some(&[])),
            (Accepted, Implemented, Some(&[Step::Implement])),
            (Blocked, Implemented, Some(&[Step::Implement])),
            (Implemented, Accepted, Some(&[Step::Reopen])),
            (Verified, InProgress, Some(&[Step::Reopen, Step::Start])),
            (Declined, Implemented, Some(&[Step::Reopen, Step::Implement])),
            (Implemented, Declined, Some(&[Step::Reopen, Step::Decline])),
            (Proposed, Declined, Some(&[Step::Decline])),
            (Accepted, Verified, None),
            (InProgress, Accepted, None),
            (Proposed, Implemented, None),
            (InProgress, Proposed, None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(steps(from, to).as_deref(), expected, "{from} to {to}");
        }
    }
}
