//! Which causes a recommendation treats.

use entity::{
    ids::{RecommendationId, RootCauseId},
    recommendation_root_cause, root_cause,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{create::no_cause, event, hold, store};
use crate::{
    auth::{Session, scope},
    events::service::record,
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, Problems, check_version},
    },
};

/// The causes of these ids, each once, in the order given; all must be visible.
pub(super) async fn visible_causes(
    session: &Session,
    tx: &Tx,
    ids: &[RootCauseId],
) -> Result<Vec<root_cause::Model>, Error> {
    if ids.is_empty() {
        return Err(no_cause());
    }
    let found = scope::root_causes(&session.viewer)
        .filter(root_cause::Column::Id.is_in(ids.iter().copied()))
        .all(&**tx)
        .await?;
    let mut problems = Problems::default();
    let mut causes: Vec<root_cause::Model> = Vec::with_capacity(ids.len());
    for (position, id) in ids.iter().enumerate() {
        match found.iter().find(|cause| cause.id == *id) {
            Some(_) if causes.iter().any(|cause| cause.id == *id) => {}
            Some(cause) => causes.push(cause.clone()),
            None => problems.add(
                format!("rootCauseIds.{position}"),
                "UNKNOWN_ROOT_CAUSE",
                "There is no such root cause, or you may not see it.",
            ),
        }
    }
    problems.finish()?;
    Ok(causes)
}

pub(super) async fn insert_links(
    session: &Session,
    tx: &Tx,
    id: RecommendationId,
    causes: &[RootCauseId],
) -> Result<(), Error> {
    if causes.is_empty() {
        return Ok(());
    }
    let rows = causes.iter().map(|cause| recommendation_root_cause::ActiveModel {
        recommendation_id: Set(id),
        root_cause_id: Set(*cause),
        created_at: Set(session.now()),
    });
    recommendation_root_cause::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Replaces the set of causes that an item treats. Causes that the viewer may not see stay: they cannot have meant to remove
/// them.
pub async fn address_root_causes(
    session: &Session,
    id: RecommendationId,
    causes: &[RootCauseId],
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    held.item().may_edit(&session.viewer)?;
    check_version(expected_version, held.row.version)?;
    let wanted: Vec<RootCauseId> = visible_causes(session, &tx, causes)
        .await?
        .iter()
        .map(|cause| cause.id)
        .collect();
    let linked = recommendation_root_cause::Entity::find()
        .filter(recommendation_root_cause::Column::RecommendationId.eq(id))
        .all(&*tx)
        .await?;
    let visible: Vec<RootCauseId> = scope::root_causes(&session.viewer)
        .filter(root_cause::Column::Id.is_in(linked.iter().map(|link| link.root_cause_id)))
        .all(&*tx)
        .await?
        .into_iter()
        .map(|cause| cause.id)
        .collect();
    let gone: Vec<RootCauseId> = visible
        .iter()
        .copied()
        .filter(|cause| !wanted.contains(cause))
        .collect();
    let added: Vec<RootCauseId> = wanted
        .iter()
        .copied()
        .filter(|cause| !linked.iter().any(|link| link.root_cause_id == *cause))
        .collect();
    if gone.is_empty() && added.is_empty() {
        return Ok(());
    }
    recommendation_root_cause::Entity::delete_many()
        .filter(recommendation_root_cause::Column::RecommendationId.eq(id))
        .filter(recommendation_root_cause::Column::RootCauseId.is_in(gone))
        .exec(&*tx)
        .await?;
    insert_links(session, &tx, id, &added).await?;
    let mut after = held.row.clone();
    store(session, &tx, &held.row, &mut after).await?;
    let sorted = |mut ids: Vec<RootCauseId>| {
        ids.sort();
        ids
    };
    let changes = Changes::new().field("rootCauseIds", &sorted(visible), &sorted(wanted));
    record(
        session,
        &tx,
        vec![event("recommendation.updated", &after, changes, json!({}))],
    )
    .await?;
    tx.commit().await
}
