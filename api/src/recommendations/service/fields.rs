//! Changes what an item says, whose it is and when it is due.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    due_change,
    enums::RecommendationStatus,
    ids::{DueChangeId, RecommendationId},
    recommendation, recommendation_label,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{create::insert_labels, differences, event, hold, store};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::{active_user, known_team},
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, Problems, check_version},
        text,
    },
    recommendations::model::RecommendationPatch,
    search::{self, model::index::Subject},
};

/// Changes one item.
pub async fn update(session: &Session, id: RecommendationId, patch: &RecommendationPatch) -> Result<(), Error> {
    let tx = session.begin().await?;
    let events = update_within(session, &tx, id, patch).await?;
    record(session, &tx, events).await?;
    tx.commit().await
}

/// The part of [`update`] inside a transaction. One event for each kind of change.
pub(super) async fn update_within(
    session: &Session,
    tx: &Tx,
    id: RecommendationId,
    patch: &RecommendationPatch,
) -> Result<Vec<NewEvent>, Error> {
    let held = hold(session, tx, id).await?;
    held.item().may_edit(&session.viewer)?;
    let before = held.row;
    check_version(patch.expected_version, before.version)?;

    let mut events = Vec::new();
    let mut after = before.clone();
    let labels = apply_text(&mut after, patch)?;
    let mut text = differences(&before, &after);
    if let Some(labels) = &labels {
        text = replace_labels(tx, id, labels, session.now_after(before.updated_at), text).await?;
    }
    if !text.is_empty() {
        events.push(event("recommendation.updated", &after, text, json!({})));
    }
    let with_text = after.clone();
    apply_assignment(session, tx, &mut after, patch).await?;
    let assignment = differences(&with_text, &after);
    if !assignment.is_empty() {
        events.push(event("recommendation.assigned", &after, assignment, json!({})));
    }
    if let Some((due_on, reason)) = &patch.due
        && before.due_on != Some(*due_on)
    {
        let reason = move_due_date(session, tx, &mut after, *due_on, reason).await?;
        let changes = Changes::new().field("dueOn", &before.due_on, &after.due_on).field(
            "duePolicyId",
            &before.due_policy_id,
            &after.due_policy_id,
        );
        events.push(event(
            "recommendation.due_changed",
            &after,
            changes,
            json!({ "reason": reason }),
        ));
    }
    if !events.is_empty() {
        store(session, tx, &before, &mut after).await?;
        search::service::refresh(tx, &[Subject::Recommendation(id)]).await?;
    }
    Ok(events)
}

fn apply_text(after: &mut recommendation::Model, patch: &RecommendationPatch) -> Result<Option<Vec<String>>, Error> {
    let mut problems = Problems::default();
    if let Some(title) = &patch.title {
        after.title = problems.take(text::title("title", title)).unwrap_or_default();
    }
    if let Some(description) = &patch.description {
        after.description = problems
            .take(text::markdown("description", description))
            .unwrap_or_default();
    }
    if let Some(criterion) = &patch.acceptance_criterion {
        let criterion = text::optional_note("acceptanceCriterion", criterion.as_deref());
        after.acceptance_criterion = problems.take(criterion).flatten();
    }
    let labels = patch
        .labels
        .as_deref()
        .and_then(|labels| problems.take(text::labels("labels", labels)));
    problems.finish()?;
    after.kind = patch.kind.unwrap_or(after.kind);
    after.priority = patch.priority.unwrap_or(after.priority);
    after.strength = patch.strength.unwrap_or(after.strength);
    Ok(labels)
}

async fn apply_assignment(
    session: &Session,
    tx: &Tx,
    after: &mut recommendation::Model,
    patch: &RecommendationPatch,
) -> Result<(), Error> {
    if let Some(owner) = patch.owner {
        // Else its owner could give it away and then verify it.
        if after.status == RecommendationStatus::Implemented && owner != after.owner_id {
            return Err(Error::invalid(
                "ownerId",
                "AWAITS_VERIFICATION",
                format!(
                    "{} waits for somebody else than its owner to verify it; reopen it to give it another owner.",
                    after.key
                ),
            ));
        }
        if let Some(new) = owner.filter(|new| Some(*new) != after.owner_id) {
            active_user(&**tx, "ownerId", new).await?;
            if after.verified_by_id == Some(new) {
                return Err(Error::invalid(
                    "ownerId",
                    "VERIFIED_IT",
                    format!(
                        "{} was verified by this user, who cannot be its owner too; choose somebody else.",
                        after.key
                    ),
                ));
            }
        }
        after.owner_id = owner;
    }
    if let Some(team) = patch.team {
        let team = session.viewer.team_for_new("teamId", team)?;
        if let Some(team) = team {
            known_team(&**tx, "teamId", team).await?;
        }
        after.team_id = team;
    }
    Ok(())
}

/// A due date moves only with a reason, and only while the work is not finished.
async fn move_due_date(
    session: &Session,
    tx: &Tx,
    after: &mut recommendation::Model,
    due_on: NaiveDate,
    reason: &str,
) -> Result<String, Error> {
    if !after.status.is_open() && after.status != RecommendationStatus::Proposed {
        return Err(Error::invalid(
            "dueOn",
            "ITEM_CLOSED",
            format!(
                "{} is {}; reopen it to give it another due date.",
                after.key, after.status
            ),
        ));
    }
    let reason = text::note("reason", reason)?;
    let row = due_change::ActiveModel {
        id: Set(session.mint::<DueChangeId>()),
        recommendation_id: Set(after.id),
        from_on: Set(after.due_on),
        to_on: Set(Some(due_on)),
        reason: Set(reason.clone()),
        changed_by_id: Set(session.viewer.id()),
        changed_at: Set(session.now()),
    };
    due_change::Entity::insert(row).exec_without_returning(&**tx).await?;
    after.due_on = Some(due_on);
    // What was only proposed is no promise yet.
    if after.accepted_at.is_some() {
        after.due_moves += 1;
    }
    after.due_policy_id = None;
    Ok(reason)
}

async fn replace_labels(
    tx: &Tx,
    id: RecommendationId,
    labels: &[String],
    at: DateTime<Utc>,
    changes: Changes,
) -> Result<Changes, Error> {
    let of_this = recommendation_label::Column::RecommendationId.eq(id);
    let old = recommendation_label::Entity::find()
        .filter(of_this.clone())
        .order_by_asc(recommendation_label::Column::Label)
        .all(&**tx)
        .await?;
    let mut old: Vec<String> = old.into_iter().map(|row| row.label).collect();
    old.sort();
    recommendation_label::Entity::delete_many()
        .filter(of_this)
        .exec(&**tx)
        .await?;
    insert_labels(tx, id, labels, at).await?;
    Ok(changes.field("labels", &old, &labels.to_vec()))
}
