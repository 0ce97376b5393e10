//! Effectiveness reviews: did it help?

use entity::{
    effectiveness_review,
    enums::{EffectivenessOutcome, RecommendationStatus},
    ids::{EffectivenessReviewId, RecommendationId},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{event, hold, steps::move_on, store};
use crate::{
    auth::Session,
    events::service::record,
    platform::{
        changes::Changes,
        error::{Error, check_version},
        text,
    },
    recommendations::model::{ReviewOutcome, Step, StepInput},
};

/// Holds the next planned review of verified work, or one out of turn. INEFFECTIVE reopens the work.
pub async fn review_effectiveness(session: &Session, id: RecommendationId, review: ReviewOutcome) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    held.item().may_edit(&session.viewer)?;
    check_version(review.expected_version, held.row.version)?;
    if held.row.status != RecommendationStatus::Verified {
        return Err(Error::invalid(
            "id",
            "NOT_VERIFIED",
            format!(
                "{} is {}; only verified work is reviewed for its effect.",
                held.row.key, held.row.status
            ),
        ));
    }
    let note = text::optional_note("note", review.note.as_deref())?;
    if review.outcome == EffectivenessOutcome::Ineffective && note.is_none() {
        return Err(Error::invalid(
            "note",
            "REQUIRED",
            "Say how you know that it did not help; the work is reopened with that.",
        ));
    }
    let planned = effectiveness_review::Entity::find()
        .filter(effectiveness_review::Column::RecommendationId.eq(id))
        .filter(effectiveness_review::Column::Outcome.is_null())
        .order_by_asc(effectiveness_review::Column::DueOn)
        .one(&*tx)
        .await?;
    let (known, row_id, due_on) = match planned {
        Some(row) => (true, row.id, row.due_on),
        None => (false, session.mint::<EffectivenessReviewId>(), session.today()),
    };
    let row = effectiveness_review::ActiveModel {
        id: Set(row_id),
        recommendation_id: Set(id),
        due_on: Set(due_on),
        outcome: Set(Some(review.outcome)),
        note: Set(note.clone()),
        reviewed_by_id: Set(session.viewer.id()),
        reviewed_at: Set(Some(session.now())),
    };
    if known {
        row.update(&*tx).await?;
    } else {
        effectiveness_review::Entity::insert(row)
            .exec_without_returning(&*tx)
            .await?;
    }
    let payload = json!({ "outcome": review.outcome, "note": note });
    let mut events = Vec::new();
    if review.outcome == EffectivenessOutcome::Ineffective {
        events.push(event("recommendation.ineffective", &held.row, Changes::new(), payload));
        let transition = Step::Reopen
            .transition()
            .ok_or_else(|| Error::internal("no row for reopening"))?;
        let reason = note.unwrap_or_default();
        let input = StepInput::Reopen {
            reason,
            owner: review.owner,
            due_on: review.due_on,
        };
        let (_, reopened) = move_on(session, &tx, &held.row, transition, input).await?;
        events.push(reopened);
    } else {
        let changes = Changes::new().created("effectivenessReview", &payload);
        let mut after = held.row.clone();
        store(session, &tx, &held.row, &mut after).await?;
        events.push(event("recommendation.updated", &after, changes, payload));
    }
    record(session, &tx, events).await?;
    tx.commit().await
}
