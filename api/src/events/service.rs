//! Writes events.

use chrono::{DateTime, Utc};
use entity::{enums::SubjectKind, event, ids::EventId, user};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    EntityTrait, QuerySelect,
};
use serde_json::Value;

use super::model::{NewEvent, names::find};
use crate::{
    auth::Session,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
};

/// Writes the events of a change. Call it last: from here to the commit, other writers of events wait.
/// Whoever follows the log is told at the commit.
pub async fn record(session: &Session, tx: &Tx, events: Vec<NewEvent>) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    // Who changes a user's address holds the user against being referred to. That is waited for here, and not while all other
    // writers of events wait for us.
    if let Some(me) = session.viewer.id() {
        let gone = user::Entity::find_by_id(me)
            .select_only()
            .column(user::Column::AnonymizedAt)
            .keep()
            .into_tuple::<Option<DateTime<Utc>>>()
            .one(&**tx)
            .await?;
        // Their name is gone from the log, and must not come back with what they were about to do.
        if gone.flatten().is_some() {
            return Err(Error::Unauthenticated("This user is gone; ask an admin.".to_owned()));
        }
    }
    if events
        .iter()
        .any(|event| matches!(event.subject_kind, SubjectKind::User | SubjectKind::Team))
    {
        tx.changes_rights();
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
    tx.insert_numbered(rows.collect()).await
}

/// An event without the name of somebody.
pub struct Rewritten {
    /// Who did it.
    pub actor_name: String,
    /// Old and new values.
    pub changes: Value,
    /// What else a reader needs.
    pub payload: Value,
}

/// Takes the name of a person out of an event. Nothing else ever alters one.
pub async fn rewrite(tx: &Tx, sequence: i64, event: Rewritten) -> Result<(), Error> {
    let row = event::ActiveModel {
        sequence: Unchanged(sequence),
        actor_name: Set(event.actor_name),
        changes: Set(event.changes),
        payload: Set(event.payload),
        ..Default::default()
    };
    row.update(&**tx).await?;
    Ok(())
}
