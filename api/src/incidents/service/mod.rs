//! Records incidents and changes them.

mod references;

use chrono::{DateTime, Utc};
use entity::{
    enums::SubjectKind,
    ids::{IncidentId, ServiceId},
    incident, incident_service, incident_service_version, incident_version,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use self::references::Failed;
pub use self::references::differ as references_differ;
use super::{
    model::{ExternalRef, IncidentPatch, Moments, NewIncident, check_refs},
    policy,
};
use crate::{
    auth::Session,
    events::model::NewEvent,
    people::queries::{known_services, known_team},
    platform::{
        changes::Changes,
        db::{Hold, Tx, renew_members, renew_past},
        error::{Error, Problems, check_version},
        keys::{self, KeyKind},
        text,
    },
    search,
};

/// What came of recording an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Which incident.
    pub id: IncidentId,
    /// False: one of its references was known already.
    pub created: bool,
}

/// An incident that may be recorded: by who asks, for this team, with sound references.
pub struct Ready {
    new: NewIncident,
    refs: Vec<ExternalRef>,
}

/// What came of one attempt.
pub enum Attempt {
    /// It is recorded.
    Recorded(IncidentId, NewEvent),
    /// One of its references led to this one, which may have got the others by it.
    Known(IncidentId, Option<NewEvent>),
    /// Somebody else has recorded one with its references meanwhile. The transaction is lost; another attempt finds that one.
    Overtaken,
}

/// Checks who asks, and what can be checked without the database. Also tokens that only bring incidents in.
pub fn ready(session: &Session, mut new: NewIncident) -> Result<Ready, Error> {
    session.viewer.require_ingest()?;
    new.team = session.viewer.team_for_new("teamId", new.team)?;
    let refs = check_refs(&new.external_refs)?;
    Ok(Ready { new, refs })
}

/// Records an incident, or finds the one that a reference already leads to. `reports::service` begins the transaction: a report
/// may follow in it.
pub async fn attempt(session: &Session, tx: &Tx, ready: &Ready) -> Result<Attempt, Error> {
    if let Some(id) = references::known(tx, "externalRefs", &ready.refs).await? {
        return Ok(match complete(session, tx, id, &ready.refs).await {
            Ok(event) => Attempt::Known(id, event),
            Err(Failed::ReferenceTaken) => Attempt::Overtaken,
            Err(Failed::Other(error)) => return Err(error),
        });
    }
    match create_in(session, tx, &ready.new, &ready.refs).await {
        Ok((id, event)) => Ok(Attempt::Recorded(id, event)),
        Err(Failed::ReferenceTaken) => Ok(Attempt::Overtaken),
        Err(Failed::Other(error)) => Err(error),
    }
}

/// The same for members, as a part of what they make besides.
pub async fn create_within(
    session: &Session,
    tx: &Tx,
    new: &NewIncident,
) -> Result<(IncidentId, Option<NewEvent>), Error> {
    session.viewer.require_member()?;
    let new = &NewIncident {
        team: session.viewer.team_for_new("incident.teamId", new.team)?,
        ..new.clone()
    };
    let refs = check_refs(&new.external_refs)?;
    let path = "incident.externalRefs";
    let overtaken = || {
        Error::invalid(
            path,
            "TAKEN",
            "An incident with this reference has just been recorded; repeat the request to use it.",
        )
    };
    if let Some(id) = references::known(tx, path, &refs).await? {
        return match complete(session, tx, id, &refs).await {
            Ok(event) => Ok((id, event)),
            Err(Failed::Other(error)) => Err(error),
            Err(Failed::ReferenceTaken) => Err(overtaken()),
        };
    }
    match create_in(session, tx, new, &refs).await {
        Ok((id, event)) => Ok((id, Some(event))),
        Err(Failed::Other(error)) => Err(error),
        Err(Failed::ReferenceTaken) => Err(overtaken()),
    }
}

/// Stores an incident as it was elsewhere, with its key when that is free. The references must be free.
pub async fn restore(
    session: &Session,
    tx: &Tx,
    mut row: incident::Model,
    services: &[ServiceId],
    refs: &[ExternalRef],
) -> Result<NewEvent, Error> {
    session.viewer.require_admin()?;
    row.key = keys::keep::<incident::Entity>(tx, KeyKind::Incident, incident::Column::Key, &row.key).await?;
    insert(tx, &row, services, refs).await.map_err(|failed| match failed {
        Failed::Other(error) => error,
        Failed::ReferenceTaken => Error::internal("a reference was taken that was free"),
    })?;
    Ok(created(&row, services))
}

async fn create_in(
    session: &Session,
    tx: &Tx,
    new: &NewIncident,
    refs: &[ExternalRef],
) -> Result<(IncidentId, NewEvent), Failed> {
    let mut problems = Problems::default();
    let title = problems.take(text::title("title", &new.title)).unwrap_or_default();
    new.moments.check(&mut problems);
    problems.finish()?;
    if let Some(team) = new.team {
        known_team(&**tx, "teamId", team).await?;
    }
    known_services(&**tx, "serviceIds", &new.services).await?;
    let now = session.now();
    let id: IncidentId = session.mint();
    let key = keys::next(tx, KeyKind::Incident).await?;
    let row = incident::Model {
        id,
        key,
        title,
        severity: new.severity,
        team_id: new.team,
        started_at: new.moments.started_at,
        detected_at: new.moments.detected_at,
        mitigated_at: new.moments.mitigated_at,
        resolved_at: new.moments.resolved_at,
        created_by_id: session.viewer.id(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    insert(tx, &row, &new.services, refs).await?;
    Ok((id, created(&row, &new.services)))
}

async fn insert(tx: &Tx, row: &incident::Model, services: &[ServiceId], refs: &[ExternalRef]) -> Result<(), Failed> {
    let active: incident::ActiveModel = row.clone().into();
    incident::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    remember(tx, row).await?;
    insert_services(tx, row.id, services, row.updated_at).await?;
    references::insert(tx, row.id, refs).await
}

fn created(row: &incident::Model, services: &[ServiceId]) -> NewEvent {
    let changes = Changes::new()
        .created("title", &row.title)
        .created("severity", &row.severity)
        .created("startedAt", &row.started_at)
        .created("detectedAt", &row.detected_at)
        .created("mitigatedAt", &row.mitigated_at)
        .created("resolvedAt", &row.resolved_at)
        .created("teamId", &row.team_id)
        .created("serviceIds", &services.to_vec());
    NewEvent::new("incident.created", SubjectKind::Incident, row.id, None)
        .changes(changes)
        .payload(json!({ "key": row.key, "title": row.title }))
}

/// Stores a changed incident.
async fn store(tx: &Tx, row: &incident::Model) -> Result<(), Error> {
    let active: incident::ActiveModel = row.clone().into();
    active.reset_all().update(&**tx).await?;
    remember(tx, row).await
}

/// Notes what an incident is from its last change on.
async fn remember(tx: &Tx, row: &incident::Model) -> Result<(), Error> {
    let version = incident_version::ActiveModel {
        incident_id: Set(row.id),
        key: Set(row.key.clone()),
        title: Set(row.title.clone()),
        severity: Set(row.severity),
        team_id: Set(row.team_id),
        started_at: Set(row.started_at),
        resolved_at: Set(row.resolved_at),
        valid_from: Set(row.updated_at),
        valid_to: Set(None),
    };
    renew_past(tx, row.id, version, row.updated_at).await
}

async fn insert_services(tx: &Tx, id: IncidentId, services: &[ServiceId], at: DateTime<Utc>) -> Result<(), Error> {
    renew_members::<incident_service_version::Entity>(tx, id, services, at).await?;
    let mut services = services.to_vec();
    services.sort();
    services.dedup();
    if services.is_empty() {
        return Ok(());
    }
    let rows = services.into_iter().map(|service| incident_service::ActiveModel {
        incident_id: Set(id),
        service_id: Set(service),
    });
    incident_service::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// What came of a change.
pub struct Updated {
    /// Is it of another severity or team now?
    pub weighs_otherwise: bool,
    /// To be recorded.
    pub event: NewEvent,
}

/// Changes an incident; none when nothing differs. `reports::service` begins the transaction: a report may follow in it.
pub async fn update_within(
    session: &Session,
    tx: &Tx,
    id: IncidentId,
    patch: IncidentPatch,
) -> Result<Option<Updated>, Error> {
    let before = incident::Entity::find_by_id(id).hold().one(&**tx).await?;
    let before = before.ok_or_else(|| Error::not_found("incident"))?;
    policy::may_edit(&session.viewer, &before)?;
    check_version(patch.expected_version, before.version)?;

    let mut after = before.clone();
    after.updated_at = session.now_after(before.updated_at);
    after.version = before.version + 1;
    let mut problems = Problems::default();
    if let Some(title) = &patch.title {
        after.title = problems.take(text::title("title", title)).unwrap_or_default();
    }
    after.severity = patch.severity.unwrap_or(before.severity);
    after.started_at = patch.started_at.unwrap_or(before.started_at);
    after.detected_at = patch.detected_at.unwrap_or(before.detected_at);
    after.mitigated_at = patch.mitigated_at.unwrap_or(before.mitigated_at);
    after.resolved_at = patch.resolved_at.unwrap_or(before.resolved_at);
    moments(&after).check(&mut problems);
    problems.finish()?;
    if let Some(team) = patch.team {
        let team = session.viewer.team_for_old("teamId", team)?;
        if let Some(team) = team {
            known_team(&**tx, "teamId", team).await?;
        }
        after.team_id = team;
    }
    let mut changes = Changes::new()
        .field("title", &before.title, &after.title)
        .field("severity", &before.severity, &after.severity)
        .field("startedAt", &before.started_at, &after.started_at)
        .field("detectedAt", &before.detected_at, &after.detected_at)
        .field("mitigatedAt", &before.mitigated_at, &after.mitigated_at)
        .field("resolvedAt", &before.resolved_at, &after.resolved_at)
        .field("teamId", &before.team_id, &after.team_id);
    if let Some(services) = &patch.services {
        changes = replace_services(tx, id, services, after.updated_at, changes).await?;
    }
    if let Some(refs) = &patch.external_refs {
        changes = references::replace(tx, id, &check_refs(refs)?, changes).await?;
    }
    if changes.is_empty() {
        return Ok(None);
    }
    let weighs_otherwise = (before.severity, before.team_id) != (after.severity, after.team_id);
    store(tx, &after).await?;
    if before.title != after.title {
        search::service::refresh_reports_on(tx, id).await?;
    }
    Ok(Some(Updated {
        weighs_otherwise,
        event: updated(&after, changes),
    }))
}

/// Gives an incident those of the references that it has not, so that each leads to it from now on: for whoever may change it, and for
/// machines that might have recorded it.
async fn complete(
    session: &Session,
    tx: &Tx,
    id: IncidentId,
    refs: &[ExternalRef],
) -> Result<Option<NewEvent>, Failed> {
    let before = incident::Entity::find_by_id(id).hold().one(&**tx).await?;
    let before = before.ok_or_else(|| Error::internal("a reference to no incident"))?;
    if !policy::may_complete(&session.viewer, &before) {
        return Ok(None);
    }
    let Some(changes) = references::add(tx, id, refs).await? else {
        return Ok(None);
    };
    let after = incident::Model {
        updated_at: session.now_after(before.updated_at),
        version: before.version + 1,
        ..before
    };
    store(tx, &after).await?;
    Ok(Some(updated(&after, changes)))
}

fn updated(row: &incident::Model, changes: Changes) -> NewEvent {
    NewEvent::new("incident.updated", SubjectKind::Incident, row.id, None)
        .changes(changes)
        .payload(json!({ "key": row.key, "title": row.title }))
}

fn moments(row: &incident::Model) -> Moments {
    Moments {
        started_at: row.started_at,
        detected_at: row.detected_at,
        mitigated_at: row.mitigated_at,
        resolved_at: row.resolved_at,
    }
}

async fn replace_services(
    tx: &Tx,
    id: IncidentId,
    services: &[ServiceId],
    at: DateTime<Utc>,
    changes: Changes,
) -> Result<Changes, Error> {
    known_services(&**tx, "serviceIds", services).await?;
    let of_this = incident_service::Column::IncidentId.eq(id);
    let old = incident_service::Entity::find()
        .filter(of_this.clone())
        .all(&**tx)
        .await?;
    let mut old: Vec<ServiceId> = old.into_iter().map(|row| row.service_id).collect();
    old.sort();
    let mut new = services.to_vec();
    new.sort();
    new.dedup();
    incident_service::Entity::delete_many()
        .filter(of_this)
        .exec(&**tx)
        .await?;
    insert_services(tx, id, &new, at).await?;
    Ok(changes.field("serviceIds", &old, &new))
}
