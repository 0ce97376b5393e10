//! Records incidents and changes them.

use chrono::{DateTime, Utc};
use entity::{
    enums::SubjectKind,
    ids::{IncidentId, ServiceId},
    incident, incident_external_ref, incident_service, incident_service_version, incident_version,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

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
        error::{Error, Problems, check_version, is_unique_violation},
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
    /// One of its references led to this one.
    Known(IncidentId),
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
    if let Some(id) = known(&**tx, &ready.refs).await? {
        return Ok(Attempt::Known(id));
    }
    match create_in(session, tx, &ready.new, &ready.refs).await {
        Ok((id, event)) => Ok(Attempt::Recorded(id, event)),
        Err(Failed::ReferenceTaken) => Ok(Attempt::Overtaken),
        Err(Failed::Other(error)) => Err(error),
    }
}

/// Every attempt was overtaken.
pub fn references_differ() -> Error {
    Error::invalid(
        "externalRefs",
        "TAKEN",
        "These references lead to different incidents; give only those of one.",
    )
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
    if let Some(id) = known(&**tx, &refs).await? {
        return Ok((id, None));
    }
    match create_in(session, tx, new, &refs).await {
        Ok((id, event)) => Ok((id, Some(event))),
        Err(Failed::Other(error)) => Err(error),
        Err(Failed::ReferenceTaken) => Err(Error::invalid(
            "incident.externalRefs",
            "TAKEN",
            "An incident with this reference has just been recorded; repeat the request to use it.",
        )),
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

enum Failed {
    ReferenceTaken,
    Other(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

async fn known(db: &impl ConnectionTrait, refs: &[ExternalRef]) -> Result<Option<IncidentId>, Error> {
    for given in refs {
        let row = incident_external_ref::Entity::find_by_id((given.system.clone(), given.id.clone()))
            .one(db)
            .await?;
        if let Some(row) = row {
            return Ok(Some(row.incident_id));
        }
    }
    Ok(None)
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
    insert_refs(tx, row.id, refs).await
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

async fn insert_refs(tx: &Tx, id: IncidentId, refs: &[ExternalRef]) -> Result<(), Failed> {
    for given in refs {
        let row = incident_external_ref::ActiveModel {
            system: Set(given.system.clone()),
            external_id: Set(given.id.clone()),
            incident_id: Set(id),
            url: Set(given.url.clone()),
        };
        match incident_external_ref::Entity::insert(row)
            .exec_without_returning(&**tx)
            .await
        {
            Ok(_) => {}
            Err(error) if is_unique_violation(&error) => return Err(Failed::ReferenceTaken),
            Err(error) => return Err(Failed::Other(error.into())),
        }
    }
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
        let team = session.viewer.team_for_new("teamId", team)?;
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
        changes = replace_refs(tx, id, &check_refs(refs)?, changes).await?;
    }
    if changes.is_empty() {
        return Ok(None);
    }
    let weighs_otherwise = (before.severity, before.team_id) != (after.severity, after.team_id);
    let active: incident::ActiveModel = after.clone().into();
    active.reset_all().update(&**tx).await?;
    remember(tx, &after).await?;
    if before.title != after.title {
        search::service::refresh_reports_on(tx, id).await?;
    }
    let event = NewEvent::new("incident.updated", SubjectKind::Incident, id, None).changes(changes);
    Ok(Some(Updated {
        weighs_otherwise,
        event: event.payload(json!({ "key": after.key, "title": after.title })),
    }))
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

async fn replace_refs(tx: &Tx, id: IncidentId, refs: &[ExternalRef], changes: Changes) -> Result<Changes, Error> {
    let of_this = incident_external_ref::Column::IncidentId.eq(id);
    let old = incident_external_ref::Entity::find()
        .filter(of_this.clone())
        .order_by_asc(incident_external_ref::Column::System)
        .order_by_asc(incident_external_ref::Column::ExternalId)
        .all(&**tx)
        .await?;
    let mut old: Vec<_> = old
        .into_iter()
        .map(|row| json!({ "system": row.system, "id": row.external_id, "url": row.url }))
        .collect();
    old.sort_by_key(ToString::to_string);
    let mut new: Vec<_> = refs
        .iter()
        .map(|given| json!({ "system": given.system, "id": given.id, "url": given.url }))
        .collect();
    new.sort_by_key(ToString::to_string);
    incident_external_ref::Entity::delete_many()
        .filter(of_this)
        .exec(&**tx)
        .await?;
    insert_refs(tx, id, refs).await.map_err(|failed| match failed {
        Failed::Other(error) => error,
        Failed::ReferenceTaken => Error::invalid(
            "externalRefs",
            "TAKEN",
            "Another incident already has one of these references; change that one first.",
        ),
    })?;
    Ok(changes.field("externalRefs", &old, &new))
}
