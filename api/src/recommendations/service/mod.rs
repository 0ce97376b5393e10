//! Writes recommendations: what they say, whose they are, and where they stand.

mod bulk;
mod causes;
mod create;
mod due;
mod effect;
mod expiry;
mod fields;
mod imported;
mod restored;
mod steps;
mod tracked;
mod versions;

use entity::{enums::SubjectKind, ids::RecommendationId, recommendation, report, report_participant};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
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

use super::policy::Item;
use crate::{
    auth::{Session, scope},
    events::model::NewEvent,
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::Error,
    },
};

/// A recommendation that is about to change: locked, and known to be visible.
pub(super) struct Held {
    pub row: recommendation::Model,
    report: report::Model,
    participants: Vec<report_participant::Model>,
}

impl Held {
    pub fn item(&self) -> Item<'_> {
        Item {
            row: &self.row,
            report: &self.report,
            participants: &self.participants,
        }
    }
}

pub(super) async fn hold(session: &Session, tx: &Tx, id: RecommendationId) -> Result<Held, Error> {
    let row = scope::recommendations(&session.viewer)
        .filter(recommendation::Column::Id.eq(id))
        .hold()
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::not_found("recommendation"))?;
    session.note_shown::<recommendation::Entity>(std::iter::once(&row));
    let report = report::Entity::find_by_id(row.report_id).one(&**tx).await?;
    let report = report.ok_or_else(|| Error::internal("a recommendation without a report"))?;
    let participants = report_participant::Entity::find()
        .filter(report_participant::Column::ReportId.eq(report.id))
        .all(&**tx)
        .await?;
    Ok(Held {
        row,
        report,
        participants,
    })
}

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

/// Stores an item's next state, and its history with it.
pub(super) async fn store(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    after: &mut recommendation::Model,
) -> Result<(), Error> {
    after.updated_at = session.now_after(before.updated_at);
    after.version = before.version + 1;
    let active: recommendation::ActiveModel = after.clone().into();
    active.reset_all().update(&**tx).await?;
    versions::renew(session, tx, before, after).await
}
