//! Stores a recommendation as it was elsewhere.

use entity::{
    due_change, effectiveness_review, evidence,
    ids::{RecommendationId, RootCauseId},
    recommendation, recommendation_root_cause, recommendation_root_cause_version,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{
    causes::insert_links,
    create::{created, insert_labels},
    versions,
};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{
        db::{Tx, renew_members},
        error::Error,
        keys::{self, KeyKind},
    },
    search::{self, model::index::Subject},
};

/// A recommendation that was exported, and what stands in its own tables.
pub struct Restored {
    /// The recommendation, with the key that it had.
    pub row: recommendation::Model,
    /// Its labels.
    pub labels: Vec<String>,
    /// The causes it treats; all of them are here.
    pub causes: Vec<RootCauseId>,
    /// What shows it done.
    pub evidence: Vec<evidence::Model>,
    /// How its due date moved.
    pub due_changes: Vec<due_change::Model>,
    /// Whether it helped.
    pub reviews: Vec<effectiveness_review::Model>,
}

/// Stores it, with its key when that is free. What it is made of is known to be sound.
pub async fn restore(
    session: &Session,
    tx: &Tx,
    restored: Restored,
) -> Result<(recommendation::Model, NewEvent), Error> {
    session.viewer.require_admin()?;
    let Restored { mut row, .. } = restored;
    row.key = keys::keep::<recommendation::Entity>(tx, KeyKind::Recommendation, recommendation::Column::Key, &row.key)
        .await?;
    row.accepted_on = row.accepted_at.map(|at| session.day(at));
    row.implemented_on = row.implemented_at.map(|at| session.day(at));
    // Work that was found done has no time in which it was done.
    row.implement_micros = row
        .accepted_at
        .zip(row.implemented_at)
        .filter(|(accepted, implemented)| implemented > accepted)
        .and_then(|(accepted, implemented)| (implemented - accepted).num_microseconds());
    let active: recommendation::ActiveModel = row.clone().into();
    recommendation::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    insert_labels(tx, row.id, &restored.labels, row.updated_at).await?;
    insert_links(tx, row.id, &restored.causes, row.created_at).await?;
    renew_members::<recommendation_root_cause_version::Entity>(tx, row.id, &restored.causes, row.created_at).await?;
    for one in restored.evidence {
        evidence::Entity::insert(one.into_active_model())
            .exec_without_returning(&**tx)
            .await?;
    }
    for one in restored.due_changes.clone() {
        due_change::Entity::insert(one.into_active_model())
            .exec_without_returning(&**tx)
            .await?;
    }
    for one in restored.reviews {
        effectiveness_review::Entity::insert(one.into_active_model())
            .exec_without_returning(&**tx)
            .await?;
    }
    versions::restore(session, tx, &row, &restored.due_changes).await?;
    search::service::refresh(tx, &[Subject::Recommendation(row.id)]).await?;
    let event = created(&row, &restored.labels, &restored.causes);
    Ok((row, event))
}

/// Links a recommendation that is here already to a cause that has come back only now.
pub async fn treat_too(session: &Session, tx: &Tx, id: RecommendationId, cause: RootCauseId) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let linked = recommendation_root_cause::Entity::find()
        .filter(recommendation_root_cause::Column::RecommendationId.eq(id))
        .all(&**tx)
        .await?;
    let mut causes: Vec<RootCauseId> = linked.iter().map(|link| link.root_cause_id).collect();
    if causes.contains(&cause) {
        return Ok(());
    }
    causes.push(cause);
    let at = session.now();
    insert_links(tx, id, &[cause], at).await?;
    renew_members::<recommendation_root_cause_version::Entity>(tx, id, &causes, at).await
}
