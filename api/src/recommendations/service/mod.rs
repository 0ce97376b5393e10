//! Writes recommendations: what they say, whose they are, and where they stand.

mod bulk;
mod causes;
mod create;
mod due;
mod effect;
mod expiry;
mod fields;
mod held;
mod imported;
mod restored;
mod steps;
mod stored;
mod tracked;
mod versions;

use entity::{enums::SubjectKind, recommendation};
use serde_json::{Value, json};

pub use bulk::bulk_update;
pub use causes::address_root_causes;
pub use create::{create, create_within};
pub use effect::review_effectiveness;
pub use expiry::expire_risk_acceptance;
pub use fields::update;
pub use imported::{follow, mark_implemented};
pub use restored::{Restored, restore, treat_too};
pub use steps::{insert_evidence, step};
pub use tracked::{hold_to_edit, take_over};

use self::{held::hold, stored::store};
use crate::{events::model::NewEvent, platform::changes::Changes};

/// An event about a recommendation.
pub(super) fn event(event_type: &'static str, row: &recommendation::Model, changes: Changes, more: Value) -> NewEvent {
    let mut payload = json!({ "key": row.key, "title": row.title, "status": row.status });
    if let (Some(object), Value::Object(more)) = (payload.as_object_mut(), more) {
        object.extend(more);
    }
    NewEvent::new(event_type, SubjectKind::Recommendation, row.id, Some(row.report_id))
        .changes(changes)
        .payload(payload)
}

/// What differs between two states of an item, by the names of the API.
pub(super) fn differences(before: &recommendation::Model, after: &recommendation::Model) -> Changes {
    Changes::new()
        .field("status", &before.status, &after.status)
        .field("title", &before.title, &after.title)
        .field("description", &before.description, &after.description)
        .field("kind", &before.kind, &after.kind)
        .field("strength", &before.strength, &after.strength)
        .field("priority", &before.priority, &after.priority)
        .field("ownerId", &before.owner_id, &after.owner_id)
        .field("teamId", &before.team_id, &after.team_id)
        .field("dueOn", &before.due_on, &after.due_on)
        .field("duePolicyId", &before.due_policy_id, &after.due_policy_id)
        .field("originalDueOn", &before.original_due_on, &after.original_due_on)
        .field(
            "acceptanceCriterion",
            &before.acceptance_criterion,
            &after.acceptance_criterion,
        )
        .field("blockedReason", &before.blocked_reason, &after.blocked_reason)
        .field("verifiedById", &before.verified_by_id, &after.verified_by_id)
        .field("closureReason", &before.closure_reason, &after.closure_reason)
        .field("closureNote", &before.closure_note, &after.closure_note)
        .field(
            "riskAcceptedUntil",
            &before.risk_accepted_until,
            &after.risk_accepted_until,
        )
}
