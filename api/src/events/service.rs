//! Writes events.

use entity::{event, ids::EventId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait,
};

use super::model::{NewEvent, names::find};
use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
};

/// Writes the events of a change. Call it last: from here to the commit, other writers of events wait.
/// Whoever follows the log is told at the commit.
pub async fn record(session: &Session, tx: &Tx, events: Vec<NewEvent>) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let mut versions = Vec::with_capacity(events.len());
    for event in &events {
        let known = find(event.event_type).ok_or_else(|| {
            Error::internal(format!(
                "{} is not in the catalogue of events; give it a row there",
                event.event_type
            ))
        })?;
        versions.push(known.version);
    }
    tx.number_events(session.viewer.id()).await?;
    let rows = events
        .into_iter()
        .zip(versions)
        .map(|(event, version)| event::ActiveModel {
            sequence: NotSet,
            id: Set(session.mint::<EventId>()),
            event_type: Set(event.event_type.to_owned()),
            schema_version: Set(version),
            occurred_at: Set(session.now()),
            actor_kind: Set(session.viewer.kind),
            actor_user_id: Set(session.viewer.id()),
            actor_token_id: Set(session.viewer.token.as_ref().map(|token| token.id)),
            actor_name: Set(session.viewer.name()),
            subject_kind: Set(event.subject_kind),
            subject_id: Set(event.subject_id),
            report_id: Set(event.report),
            other_report_id: Set(event.other_report),
            changes: Set(event.changes.into_json()),
            payload: Set(event.payload),
        });
    event::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    Ok(())
}
