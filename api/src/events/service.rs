//! Writes events.

use entity::{event, ids::EventId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait,
};

use super::model::NewEvent;
use crate::{
    auth::Session,
    platform::{db::Tx, error::Error, keys::is_postgres},
};

/// The payload and changes of every event are of this form.
const SCHEMA_VERSION: i32 = 1;
/// Any number, as long as nothing else locks it.
const EVENT_LOCK: i64 = 7_043_003;

/// Writes the events of a change. Call it last: from here to the commit, other writers of events wait.
pub async fn record(session: &Session, tx: &Tx, events: Vec<NewEvent>) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    if is_postgres(&**tx) {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({EVENT_LOCK})"))
            .await?;
    }
    let rows = events.into_iter().map(|event| event::ActiveModel {
        sequence: NotSet,
        id: Set(session.mint::<EventId>()),
        event_type: Set(event.event_type.to_owned()),
        schema_version: Set(SCHEMA_VERSION),
        occurred_at: Set(session.now()),
        actor_kind: Set(session.viewer.kind),
        actor_user_id: Set(session.viewer.id()),
        actor_name: Set(session.viewer.name()),
        subject_kind: Set(event.subject_kind),
        subject_id: Set(event.subject_id),
        report_id: Set(event.report),
        changes: Set(event.changes.into_json()),
        payload: Set(event.payload),
    });
    event::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    Ok(())
}
