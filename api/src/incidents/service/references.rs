//! The names of an incident in other systems. Each leads to one incident.

use entity::{ids::IncidentId, incident_external_ref};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    incidents::model::{ExternalRef, MOST_REFS},
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, is_unique_violation},
    },
};

/// Why references could not be stored.
pub(super) enum Failed {
    /// One of them leads to another incident, since a moment ago.
    ReferenceTaken,
    /// Anything else.
    Other(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// They are those of several incidents.
pub fn differ(path: &str) -> Error {
    Error::invalid(
        path,
        "TAKEN",
        "These references lead to different incidents; give only those of one.",
    )
}

/// The incident that one or more of these references lead to.
pub(super) async fn known(tx: &Tx, path: &str, refs: &[ExternalRef]) -> Result<Option<IncidentId>, Error> {
    let mut found = None;
    for given in refs {
        let row = incident_external_ref::Entity::find_by_id((given.system.clone(), given.id.clone()))
            .one(&**tx)
            .await?;
        let Some(row) = row else { continue };
        if found.is_some_and(|found| found != row.incident_id) {
            return Err(differ(path));
        }
        found = Some(row.incident_id);
    }
    Ok(found)
}

async fn of(tx: &Tx, id: IncidentId) -> Result<Vec<ExternalRef>, Error> {
    let rows = incident_external_ref::Entity::find()
        .filter(incident_external_ref::Column::IncidentId.eq(id))
        .all(&**tx)
        .await?;
    let given = rows.into_iter().map(|row| ExternalRef {
        system: row.system,
        id: row.external_id,
        url: row.url,
    });
    Ok(given.collect())
}

fn told(refs: &[ExternalRef]) -> Vec<Value> {
    let mut told: Vec<Value> = refs
        .iter()
        .map(|given| json!({ "system": given.system, "id": given.id, "url": given.url }))
        .collect();
    told.sort_by_key(ToString::to_string);
    told
}

/// Stores those of an incident.
pub(super) async fn insert(tx: &Tx, id: IncidentId, refs: &[ExternalRef]) -> Result<(), Failed> {
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

/// Stores those of an incident that it has not; none when it has them all, or would have too many.
pub(super) async fn add(tx: &Tx, id: IncidentId, refs: &[ExternalRef]) -> Result<Option<Changes>, Failed> {
    let old = of(tx, id).await?;
    let has = |given: &&ExternalRef| old.iter().any(|one| one.system == given.system && one.id == given.id);
    let more: Vec<ExternalRef> = refs.iter().filter(|given| !has(given)).cloned().collect();
    if more.is_empty() || old.len() + more.len() > MOST_REFS {
        return Ok(None);
    }
    insert(tx, id, &more).await?;
    let new: Vec<ExternalRef> = old.iter().cloned().chain(more).collect();
    Ok(Some(Changes::new().field("externalRefs", &told(&old), &told(&new))))
}

/// Stores the whole new set of an incident.
pub(super) async fn replace(tx: &Tx, id: IncidentId, refs: &[ExternalRef], changes: Changes) -> Result<Changes, Error> {
    let old = of(tx, id).await?;
    incident_external_ref::Entity::delete_many()
        .filter(incident_external_ref::Column::IncidentId.eq(id))
        .exec(&**tx)
        .await?;
    insert(tx, id, refs).await.map_err(|failed| match failed {
        Failed::Other(error) => error,
        Failed::ReferenceTaken => Error::invalid(
            "externalRefs",
            "TAKEN",
            "Another incident already has one of these references; change that one first.",
        ),
    })?;
    Ok(changes.field("externalRefs", &told(&old), &told(refs)))
}
