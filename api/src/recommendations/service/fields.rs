//! Changes what an item says, whose it is and when it is due.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    due_change,
    enums::RecommendationStatus,
    ids::{DueChangeId, RecommendationId},
    recommendation, recommendation_label,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    create::insert_labels,
    differences, event,
    held::{Held, hold},
    stored::{Change, store_all},
};
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

/// Changes one item. Returns it as it is then.
pub async fn update(
    session: &Session,
    id: RecommendationId,
    patch: &RecommendationPatch,
) -> Result<recommendation::Model, Error> {
    let tx = session.begin().await?;
    let (after, events) = update_within(session, &tx, id, patch).await?;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(after)
}

/// The part of [`update`] inside a transaction. One event for each kind of change.
pub(super) async fn update_within(
    session: &Session,
    tx: &Tx,
    id: RecommendationId,
    patch: &RecommendationPatch,
) -> Result<(recommendation::Model, Vec<NewEvent>), Error> {
    let mut patching = Patching::of(session, tx, patch);
    patching.add(hold(session, tx, id).await?).await?;
    let (mut rows, events) = patching.finish().await?;
    let row = rows.pop().ok_or_else(|| Error::not_found("recommendation"))?;
    Ok((row, events))
}

/// The same change to one item after another. What can be checked or written for all of them together is done once.
pub(super) struct Patching<'a> {
    session: &'a Session,
    tx: &'a Tx,
    patch: &'a RecommendationPatch,
    /// Whom it gives work to works here, and the team is there.
    has_owner: bool,
    has_team: bool,
    items: Vec<(Change, Vec<NewEvent>)>,
    due_changes: Vec<due_change::ActiveModel>,
}

impl<'a> Patching<'a> {
    pub fn of(session: &'a Session, tx: &'a Tx, patch: &'a RecommendationPatch) -> Self {
        Self {
            session,
            tx,
            patch,
            has_owner: false,
            has_team: false,
            items: Vec::new(),
            due_changes: Vec::new(),
        }
    }

    /// Changes one more item that is held.
    pub async fn add(&mut self, held: Held) -> Result<(), Error> {
        held.item().may_edit(&self.session.viewer)?;
        let before = held.row;
        check_version(self.patch.expected_version, before.version)?;

        let mut events = Vec::new();
        let mut after = before.clone();
        let labels = apply_text(&mut after, self.patch)?;
        let mut text = differences(&before, &after);
        if let Some(labels) = &labels {
            let at = self.session.now_after(before.updated_at);
            text = replace_labels(self.tx, before.id, labels, at, text).await?;
        }
        if !text.is_empty() {
            events.push(event("recommendation.updated", &after, text, json!({})));
        }
        let with_text = after.clone();
        self.assign(&mut after).await?;
        let assignment = differences(&with_text, &after);
        if !assignment.is_empty() {
            events.push(event("recommendation.assigned", &after, assignment, json!({})));
        }
        if let Some((due_on, reason)) = &self.patch.due
            && before.due_on != Some(*due_on)
        {
            let reason = self.move_due_date(&mut after, *due_on, reason)?;
            let changes = Changes::new().field("dueOn", &before.due_on, &after.due_on).field(
                "duePolicyId",
                &before.due_policy_id,
                &after.due_policy_id,
            );
            let reason = json!({ "reason": reason });
            events.push(event("recommendation.due_changed", &after, changes, reason));
        }
        self.items.push((Change { before, after }, events));
        Ok(())
    }

    /// Stores what has changed. Returns all items as they are then, and what is to be told of them.
    pub async fn finish(self) -> Result<(Vec<recommendation::Model>, Vec<NewEvent>), Error> {
        let mut rows = Vec::with_capacity(self.items.len());
        let mut changes = Vec::new();
        let mut events = Vec::new();
        for (change, told) in self.items {
            if told.is_empty() {
                rows.push(change.after);
            } else {
                changes.push(change);
                events.extend(told);
            }
        }
        if !self.due_changes.is_empty() {
            due_change::Entity::insert_many(self.due_changes)
                .exec_without_returning(&**self.tx)
                .await?;
        }
        store_all(self.session, self.tx, &mut changes).await?;
        let subjects = changes.iter().map(|change| Subject::Recommendation(change.after.id));
        search::service::refresh(self.tx, &subjects.collect::<Vec<_>>()).await?;
        rows.extend(changes.into_iter().map(|change| change.after));
        Ok((rows, events))
    }

    async fn assign(&mut self, after: &mut recommendation::Model) -> Result<(), Error> {
        if let Some(owner) = self.patch.owner {
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
                if !self.has_owner {
                    active_user(&**self.tx, "ownerId", new).await?;
                    self.has_owner = true;
                }
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
        if let Some(team) = self.patch.team {
            let team = self.session.viewer.team_for_old("teamId", team)?;
            if let Some(team) = team.filter(|_| !self.has_team) {
                known_team(&**self.tx, "teamId", team).await?;
                self.has_team = true;
            }
            after.team_id = team;
        }
        Ok(())
    }

    /// A due date moves only with a reason, and only while the work is not finished.
    fn move_due_date(
        &mut self,
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
        self.due_changes.push(due_change::ActiveModel {
            id: Set(self.session.mint::<DueChangeId>()),
            recommendation_id: Set(after.id),
            from_on: Set(after.due_on),
            to_on: Set(Some(due_on)),
            reason: Set(reason.clone()),
            changed_by_id: Set(self.session.viewer.id()),
            changed_at: Set(self.session.now()),
        });
        after.due_on = Some(due_on);
        // What was only proposed is no promise yet.
        if after.accepted_at.is_some() {
            after.due_moves += 1;
        }
        after.due_policy_id = None;
        Ok(reason)
    }
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
