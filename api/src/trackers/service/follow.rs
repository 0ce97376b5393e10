//! From the event log to links that are due.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    enums::{SubjectKind, Visibility},
    event,
    ids::{RecommendationId, ReportId},
    recommendation, report, tracker_connection, tracker_cursor, tracker_link,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::{links::new_link, mark};
use crate::{
    auth::Session,
    events::queries::{events_after, last_sequence},
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
};

/// Events of one transaction.
const BATCH: u64 = 500;

/// What happens to a recommendation and may have to be told.
const TOLD: [&str; 12] = [
    "recommendation.accepted",
    "recommendation.assigned",
    "recommendation.blocked",
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

/// Whether a report is shown to others since, or hidden from them: then its items may leave, or may not any more.
fn is_shown_or_hidden(event: &&event::Model) -> bool {
    let mut changes = event.changes.as_array().into_iter().flatten();
    event.subject_kind == SubjectKind::Report
        && changes.any(|change| change.get("field").is_some_and(|field| field == "visibility"))
}

/// Goes through the events after the cursor: marks the links of what has changed, and makes a link of what was accepted for each
/// connection that asks for it. True when there may be more.
pub async fn follow(session: &Session) -> Result<bool, Error> {
    let cursor = tracker_cursor::Entity::find().one(&session.db).await?;
    let last = last_sequence(&session.db).await?;
    if cursor.is_some_and(|cursor| cursor.sequence >= last) {
        return Ok(false);
    }
    let tx = session.begin().await?;
    let Some(cursor) = tracker_cursor::Entity::find().hold_if_free().one(&*tx).await? else {
        return Ok(false);
    };
    let events = events_after(&*tx, cursor.sequence, BATCH).await?;
    let Some(reached) = events.last().map(|event| event.sequence) else {
        tx.commit().await?;
        return Ok(false);
    };
    let may_be_more = u64::try_from(events.len()).is_ok_and(|found| found == BATCH);
    let about_items = events
        .iter()
        .filter(|event| event.subject_kind == SubjectKind::Recommendation)
        .filter(|event| TOLD.contains(&event.event_type.as_str()));
    let mut changed = BTreeSet::new();
    let mut accepted = BTreeMap::new();
    for event in about_items {
        let id = RecommendationId(event.subject_id);
        changed.insert(id);
        if event.event_type == "recommendation.accepted" {
            accepted.insert(id, event.sequence);
        }
    }
    let shown = events.iter().filter(is_shown_or_hidden);
    let shown: BTreeSet<ReportId> = shown.map(|event| ReportId(event.subject_id)).collect();
    // Connections are held before links, here as everywhere.
    if !accepted.is_empty() {
        create_links(session, &tx, &accepted).await?;
    }
    if !changed.is_empty() || !shown.is_empty() {
        let which = Condition::any()
            .add(tracker_link::Column::RecommendationId.is_in(changed))
            .add(tracker_link::Column::ReportId.is_in(shown));
        mark(&tx, which, false, session.now()).await?;
    }
    let mut cursor = cursor.into_active_model();
    cursor.sequence = Set(reached);
    cursor.update(&*tx).await?;
    tx.commit().await?;
    Ok(may_be_more)
}

/// A link for each connection that makes issues by itself, unless there is or was one: who unlinked it meant that.
async fn create_links(session: &Session, tx: &Tx, accepted: &BTreeMap<RecommendationId, i64>) -> Result<(), Error> {
    let connections = tracker_connection::Entity::find()
        .filter(tracker_connection::Column::IsEnabled.eq(true))
        .filter(tracker_connection::Column::AutoCreate.eq(true))
        .keep()
        .all(&**tx)
        .await?;
    if connections.is_empty() {
        return Ok(());
    }
    let items = recommendation::Entity::find()
        .filter(recommendation::Column::Id.is_in(accepted.keys().copied()))
        .all(&**tx)
        .await?;
    let secret: Vec<ReportId> = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::Id.is_in(items.iter().map(|item| item.report_id)))
        .filter(report::Column::Visibility.eq(Visibility::Restricted))
        .into_tuple()
        .all(&**tx)
        .await?;
    let known = tracker_link::Entity::find()
        .filter(tracker_link::Column::RecommendationId.is_in(accepted.keys().copied()))
        .all(&**tx)
        .await?;
    let mut rows = Vec::new();
    for item in &items {
        for connection in &connections {
            let is_known = known
                .iter()
                .any(|link| link.recommendation_id == item.id && link.connection_id == connection.id);
            let may_leave = !secret.contains(&item.report_id) || connection.includes_restricted;
            let is_later = accepted
                .get(&item.id)
                .is_some_and(|sequence| *sequence > connection.from_sequence);
            if may_leave && is_later && !is_known {
                rows.push(new_link(session, item, connection.id).into_active_model());
            }
        }
    }
    if !rows.is_empty() {
        tracker_link::Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}
