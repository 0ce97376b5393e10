//! How far an event reaches into figures: which answers about follow-through it can alter.
//!
//! A type that is in neither list alters all of them, so a new one is safe where it stands.

/// What an event can alter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No figure: it tells of something, or changes what no figure looks at.
    Nothing,
    /// What counts the recommendation that it is about: its row, and rows that are its own. Where its team was changed, the event
    /// says from which to which.
    OneItem,
    /// Anything.
    Everything,
}

/// What is told or sent, and who may come in as whom.
const NOTHING: &[&str] = &[
    "api_token.created",
    "api_token.revoked",
    "calendar_feed.created",
    "calendar_feed.revoked",
    "calendar_feed.rotated",
    "comment.added",
    "recommendation.due_soon",
    "recommendation.effectiveness_due",
    "recommendation.escalated",
    "recommendation.overdue",
    "report.due_soon",
    "report.escalated",
    "report.overdue",
    "report.read",
    "team.weekly_digest",
    "tracker.conflict",
    "tracker.failed",
    "tracker.linked",
    "tracker.settled",
    "tracker.synced",
    "tracker.unlinked",
    "tracker_connection.created",
    "tracker_connection.credentials_changed",
    "tracker_connection.deleted",
    "tracker_connection.updated",
    "user.identity_linked",
    "user.identity_unlinked",
    "webhook_endpoint.created",
    "webhook_endpoint.deleted",
    "webhook_endpoint.disabled",
    "webhook_endpoint.redelivered",
    "webhook_endpoint.secret_rotated",
    "webhook_endpoint.tested",
    "webhook_endpoint.updated",
];

const ONE_ITEM: &[&str] = &[
    "recommendation.accepted",
    "recommendation.assigned",
    "recommendation.blocked",
    "recommendation.created",
    "recommendation.declined",
    "recommendation.due_changed",
    "recommendation.implemented",
    "recommendation.ineffective",
    "recommendation.reopened",
    "recommendation.risk_expired",
    "recommendation.started",
    "recommendation.updated",
    "recommendation.verified",
];

/// How far an event of a type reaches.
pub fn reach(event_type: &str) -> Reach {
    if NOTHING.contains(&event_type) {
        Reach::Nothing
    } else if ONE_ITEM.contains(&event_type) {
        Reach::OneItem
    } else {
        Reach::Everything
    }
}

#[cfg(test)]
mod tests {
    use super::{NOTHING, ONE_ITEM};
    use crate::events::model::names::find;

    #[test]
    fn what_is_listed_is_in_the_catalogue_once() {
        for name in NOTHING.iter().chain(ONE_ITEM) {
            assert!(find(name).is_some(), "{name}");
        }
        assert!(NOTHING.iter().all(|name| !ONE_ITEM.contains(name)));
    }
}
