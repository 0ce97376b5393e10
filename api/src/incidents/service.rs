//! Records incidents and changes them.

use entity::{
    enums::SubjectKind,
    ids::{IncidentId, ServiceId},
    incident, incident_external_ref, incident_service,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{
    model::{ExternalRef, IncidentPatch, Moments, NewIncident, check_refs},
    policy,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::{known_services, known_team},
    platform::{
        changes::Changes,
        db::{Hold, Tx},
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

/// Records an incident, or finds the one that a reference already leads to.
pub async fn create(session: &Session, mut new: NewIncident) -> Result<Recorded, Error> {
    session.viewer.require_ingest()?;
    new.team = session.viewer.team_for_new("teamId", new.team)?;
    let refs = check_refs(&new.external_refs)?;
    // Two senders of the same alert may both find nothing; the second to commit then finds the first.
    for _ in 0..2 {
        let tx = session.begin().await?;
        if let Some(id) = known(&*tx, &refs).await? {
            return Ok(Recorded { id, created: false });
        }
        match create_in(session, &tx, &new, &refs).await {
            Ok((id, event)) => {
                record(session, &tx, vec![event]).await?;
                tx.commit().await?;
                return Ok(Recorded { id, created: true });
            }
            Err(Failed::ReferenceTaken) => continue,
            Err(Failed::Other(error)) => return Err(error),
        }
    }
    Err(Error::invalid(
        "externalRefs",
        "TAKEN",
        "These references lead to different incidents; give only those of one.",
    ))
}

/// The part of [`create`] inside a transaction, for callers that record more in it.
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
    let row = incident::ActiveModel {
        id: Set(id),
        key: Set(key.clone()),
        title: Set(title.clone()),
        severity: Set(new.severity),
        team_id: Set(new.team),
        started_at: Set(new.moments.started_at),
        detected_at: Set(new.moments.detected_at),
        mitigated_at: Set(new.moments.mitigated_at),
        resolved_at: Set(new.moments.resolved_at),
        created_by_id: Set(session.viewer.id()),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    incident::Entity::insert(row).exec_without_returning(&**tx).await?;
    insert_services(tx, id, &new.services).await?;
    insert_refs(tx, id, refs).await?;
    let changes = Changes::new()
        .created("title", &title)
        .created("severity", &new.severity)
        .created("startedAt", &new.moments.started_at)
        .created("detectedAt", &new.moments.detected_at)
        .created("mitigatedAt", &new.moments.mitigated_at)
        .created("resolvedAt", &new.moments.resolved_at)
        .created("teamId", &new.team)
        .created("serviceIds", &new.services);
    let event = NewEvent::new("incident.created", SubjectKind::Incident, id, None);
    Ok((
        id,
        event.changes(changes).payload(json!({ "key": key, "title": title })),
    ))
}

async fn insert_services(tx: &Tx, id: IncidentId, services: &[ServiceId]) -> Result<(), Error> {
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

/// Changes an incident.
pub async fn update(session: &Session, id: IncidentId, patch: IncidentPatch) -> Result<(), Error> {
    let tx = session.begin().await?;
    let before = incident::Entity::find_by_id(id).hold().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("incident"))?;
    policy::may_edit(&session.viewer, &before)?;
    check_version(patch.expected_version, before.version)?;

    let mut after = before.clone();
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
            known_team(&*tx, "teamId", team).await?;
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
        changes = replace_services(&tx, id, services, changes).await?;
    }
    if let Some(refs) = &patch.external_refs {
        changes = replace_refs(&tx, id, &check_refs(refs)?, changes).await?;
    }
    if changes.is_empty() {
        return Ok(());
    }
    let key = before.key.clone();
    let retitled = before.title != after.title;
    let row = incident::ActiveModel {
        title: Set(after.title.clone()),
        severity: Set(after.severity),
        started_at: Set(after.started_at),
        detected_at: Set(after.detected_at),
        mitigated_at: Set(after.mitigated_at),
        resolved_at: Set(after.resolved_at),
        team_id: Set(after.team_id),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await?;
    if retitled {
        search::service::refresh_reports_on(&tx, id).await?;
    }
    let event = NewEvent::new("incident.updated", SubjectKind::Incident, id, None).changes(changes);
    record(
        session,
        &tx,
        vec![event.payload(json!({ "key": key, "title": after.title }))],
    )
    .await?;
    tx.commit().await
}

fn moments(row: &incident::Model) -> Moments {
    Moments {
        started_at: row.started_at,
        detected_at: row.detected_at,
        mitigated_at: row.mitigated_at,
        resolved_at: row.resolved_at,
    }
}

async fn replace_services(tx: &Tx, id: IncidentId, services: &[ServiceId], changes: Changes) -> Result<Changes, Error> {
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
    insert_services(tx, id, &new).await?;
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
