//! Writes events.

use std::collections::BTreeSet;

use entity::{
    enums::SubjectKind,
    event,
    ids::{EventId, TypedId},
    report, user,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait, EntityTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait,
    prelude::Uuid,
};
use serde_json::Value;

use super::model::{NewEvent, names::find};
use crate::{
    auth::Session,
    platform::{
        db::{Hold, Tx},
        error::Error,
        keys::is_postgres,
        sql,
    },
};

/// Writes the events of a change. Call it last: from here to the commit, other writers of events wait.
/// Whoever follows the log is told at the commit.
pub async fn record(session: &Session, tx: &Tx, events: Vec<NewEvent>) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
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
    let concerned = events.iter().flat_map(|event| [event.report, event.other_report]);
    let reports: BTreeSet<Uuid> = concerned.flatten().map(|report| report.uuid()).collect();
    let reports: Vec<Uuid> = reports.into_iter().collect();
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
    // Who changes a user's address, or who may see a report, holds it against being referred to. That is waited for before all
    // other writers of events wait for us.
    let me = session.viewer.id().map(|me| {
        let here = user::Entity::find_by_id(me).filter(user::Column::AnonymizedAt.is_null());
        here.select_only().column(user::Column::Id).keep().into_query()
    });
    let theirs = (!reports.is_empty()).then(|| {
        let is_theirs = sql::one_of(report::Column::Id.into_simple_expr(), &reports, is_postgres(&**tx));
        let theirs = report::Entity::find().filter(is_theirs);
        theirs.select_only().column(report::Column::Id).keep().into_query()
    });
    if tx.log(me, theirs, rows.collect()).await? {
        return Ok(());
    }
    // Their name is gone from the log, and must not come back with what they were about to do.
    Err(Error::Unauthenticated("This user is gone; ask an admin.".to_owned()))
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
