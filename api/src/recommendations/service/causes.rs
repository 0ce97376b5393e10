//! Which causes a recommendation treats.

use chrono::{DateTime, Utc};
use entity::{
    ids::{RecommendationId, ReportId, RootCauseId},
    recommendation_root_cause, recommendation_root_cause_version, root_cause,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{create::no_cause, event, hold, store};
use crate::{
    auth::{Session, scope},
    events::service::record,
    platform::{
        changes::Changes,
        db::{Hold, Tx, renew_members},
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
        .order_by_asc(root_cause::Column::Id)
        .keep()
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
    tx: &Tx,
    id: RecommendationId,
    causes: &[RootCauseId],
    at: DateTime<Utc>,
) -> Result<(), Error> {
    if causes.is_empty() {
        return Ok(());
    }
    let rows = causes.iter().map(|cause| recommendation_root_cause::ActiveModel {
        recommendation_id: Set(id),
        root_cause_id: Set(*cause),
        created_at: Set(at),
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
    let named = visible_causes(session, &tx, causes).await?;
    let wanted: Vec<RootCauseId> = named.iter().map(|cause| cause.id).collect();
    let linked = recommendation_root_cause::Entity::find()
        .filter(recommendation_root_cause::Column::RecommendationId.eq(id))
        .all(&*tx)
        .await?;
    let treated = scope::root_causes(&session.viewer)
        .filter(root_cause::Column::Id.is_in(linked.iter().map(|link| link.root_cause_id)))
        .all(&*tx)
        .await?;
    let visible: Vec<RootCauseId> = treated.iter().map(|cause| cause.id).collect();
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
        .filter(recommendation_root_cause::Column::RootCauseId.is_in(gone.iter().copied()))
        .exec(&*tx)
        .await?;
    let at = session.now_after(held.row.updated_at);
    insert_links(&tx, id, &added, at).await?;
    let kept = linked
        .iter()
        .map(|link| link.root_cause_id)
        .filter(|cause| !gone.contains(cause));
    let treats: Vec<RootCauseId> = kept.chain(added.iter().copied()).collect();
    renew_members::<recommendation_root_cause_version::Entity>(&tx, id, &treats, at).await?;
    let mut after = held.row.clone();
    store(session, &tx, &held.row, &mut after).await?;
    let sorted = |mut ids: Vec<RootCauseId>| {
        ids.sort();
        ids
    };
    let changes = Changes::new().field("rootCauseIds", &sorted(visible), &sorted(wanted));
    // One event for each report that a cause comes from or goes to: whoever may not see that report must not hear of it.
    let mut reports: Vec<ReportId> = named
        .iter()
        .chain(&treated)
        .filter(|cause| added.contains(&cause.id) || gone.contains(&cause.id))
        .map(|cause| cause.report_id)
        .collect();
    reports.sort();
    reports.dedup();
    let told = |report| event("recommendation.updated", &after, changes.clone(), json!({})).telling_of(report);
    record(session, &tx, reports.into_iter().map(told).collect()).await?;
    tx.commit().await
}
