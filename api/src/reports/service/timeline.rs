//! The timeline of a report. Its entries do not count as a version of the report: two people may add moments while a third
//! writes the summary.

use chrono::{DateTime, Utc};
use entity::{
    enums::TimelineEventKind,
    ids::{ReportId, TimelineEventId},
    report, timeline_event,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, ModelTrait};
use serde_json::{Value, json};

use super::{event, hold, store_revision, update::touch};
use crate::{
    auth::{Session, scope},
    events::service::record,
    platform::{changes::Changes, db::Tx, error::Error},
    reports::{model::inputs::NewTimelineEvent, policy},
};

/// Adds a moment.
pub async fn add_timeline_event(
    session: &Session,
    report: ReportId,
    new: NewTimelineEvent,
) -> Result<TimelineEventId, Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, report).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    policy::text_is_open(&held.row)?;
    let id = insert_timeline(session, &tx, report, new).await?;
    let row = timeline_event::Entity::find_by_id(id).one(&*tx).await?;
    finish(
        session,
        tx,
        &held.row,
        Value::Null,
        row.as_ref().map_or(Value::Null, described),
    )
    .await?;
    Ok(id)
}

/// The bare insertion of a moment, for callers that record it themselves.
pub async fn insert_timeline(
    session: &Session,
    tx: &Tx,
    report: ReportId,
    new: NewTimelineEvent,
) -> Result<TimelineEventId, Error> {
    let new = new.check()?;
    let id: TimelineEventId = session.mint();
    let now = session.now();
    let row = timeline_event::ActiveModel {
        id: Set(id),
        report_id: Set(report),
        occurred_at: Set(new.occurred_at),
        kind: Set(new.kind),
        description: Set(new.description),
        source_url: Set(new.source_url),
        created_at: Set(now),
        updated_at: Set(now),
    };
    timeline_event::Entity::insert(row)
        .exec_without_returning(&**tx)
        .await?;
    Ok(id)
}

/// What to change of a moment; none keeps.
#[derive(Debug, Clone, Default)]
pub struct TimelinePatch {
    /// Another time.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Another kind.
    pub kind: Option<TimelineEventKind>,
    /// Another text.
    pub description: Option<String>,
    /// Another source, or none.
    pub source_url: Option<Option<String>>,
}

async fn find(session: &Session, id: TimelineEventId) -> Result<timeline_event::Model, Error> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let found = scope::timeline_events(&session.viewer)
        .filter(timeline_event::Column::Id.eq(id))
        .one(&session.db)
        .await?;
    found.ok_or_else(|| Error::not_found("timeline entry"))
}

/// Changes a moment.
pub async fn update_timeline_event(session: &Session, id: TimelineEventId, patch: TimelinePatch) -> Result<(), Error> {
    let report = find(session, id).await?.report_id;
    let tx = session.begin().await?;
    let held = hold(session, &tx, report).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    policy::text_is_open(&held.row)?;
    // Read again under the report's lock: it may have changed or gone meanwhile.
    let before = timeline_event::Entity::find_by_id(id).one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("timeline entry"))?;
    let new = NewTimelineEvent {
        occurred_at: patch.occurred_at.unwrap_or(before.occurred_at),
        kind: patch.kind.unwrap_or(before.kind),
        description: patch.description.unwrap_or_else(|| before.description.clone()),
        source_url: patch.source_url.unwrap_or_else(|| before.source_url.clone()),
    }
    .check()?;
    let old = described(&before);
    let update = timeline_event::ActiveModel {
        occurred_at: Set(new.occurred_at),
        kind: Set(new.kind),
        description: Set(new.description),
        source_url: Set(new.source_url),
        updated_at: Set(session.now()),
        ..before.into()
    };
    let after = update.update(&*tx).await?;
    finish(session, tx, &held.row, old, described(&after)).await
}

/// Removes a moment. Its text stays in the revisions and in the event.
pub async fn remove_timeline_event(session: &Session, id: TimelineEventId) -> Result<ReportId, Error> {
    let report = find(session, id).await?.report_id;
    let tx = session.begin().await?;
    let held = hold(session, &tx, report).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    policy::text_is_open(&held.row)?;
    let before = timeline_event::Entity::find_by_id(id).one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("timeline entry"))?;
    let old = described(&before);
    before.delete(&*tx).await?;
    finish(session, tx, &held.row, old, Value::Null).await?;
    Ok(report)
}

fn described(row: &timeline_event::Model) -> Value {
    json!({
        "id": row.id,
        "occurredAt": row.occurred_at,
        "kind": row.kind,
        "description": row.description,
        "sourceUrl": row.source_url,
    })
}

async fn finish(session: &Session, tx: Tx, report: &report::Model, from: Value, to: Value) -> Result<(), Error> {
    let changes = Changes::new().field("timeline", &from, &to);
    if changes.is_empty() {
        return Ok(());
    }
    touch(session, &tx, report).await?;
    store_revision(session, &tx, report, &["timeline"]).await?;
    record(session, &tx, vec![event("report.updated", report, changes)]).await?;
    tx.commit().await
}
