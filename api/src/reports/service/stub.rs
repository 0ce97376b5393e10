//! The DRAFT that a due policy requires, made with the incident itself: a missing report is owed, not absent.

use entity::{enums::Visibility, ids::IncidentId, incident, report};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::create::{weighed, write};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    incidents::{
        model::{IncidentPatch, NewIncident},
        queries::analyses,
        service::{Attempt, Recorded, attempt, ready, references_differ, update_within},
    },
    people::queries::{first_lead, is_active},
    platform::{db::Tx, error::Error},
    policies,
    reports::model::{
        inputs::{Impact, NewReport, OfIncident},
        sections::Sections,
    },
};

/// Records an incident, or finds the one that a reference already leads to.
pub async fn create_incident(session: &Session, new: NewIncident) -> Result<Recorded, Error> {
    let ready = ready(session, new)?;
    // Two senders of the same alert may both find nothing; the second to commit then finds the first.
    for _ in 0..2 {
        let tx = session.begin().await?;
        match attempt(session, &tx, &ready).await? {
            Attempt::Known(id, event) => {
                if let Some(event) = event {
                    record(session, &tx, vec![event]).await?;
                    tx.commit().await?;
                }
                return Ok(Recorded { id, created: false });
            }
            Attempt::Recorded(id, event) => {
                let mut events = vec![event];
                events.extend(required(session, &tx, id).await?);
                record(session, &tx, events).await?;
                tx.commit().await?;
                return Ok(Recorded { id, created: true });
            }
            Attempt::Overtaken => {}
        }
    }
    Err(references_differ("externalRefs"))
}

/// Changes an incident.
pub async fn update_incident(session: &Session, id: IncidentId, patch: IncidentPatch) -> Result<(), Error> {
    let tx = session.begin().await?;
    let Some(updated) = update_within(session, &tx, id, patch).await? else {
        return Ok(());
    };
    let mut events = vec![updated.event];
    if updated.weighs_otherwise {
        events.extend(required(session, &tx, id).await?);
    }
    record(session, &tx, events).await?;
    tx.commit().await
}

/// Makes the report that a policy requires on an incident, unless there is one: also one that who asks may not see.
async fn required(session: &Session, tx: &Tx, id: IncidentId) -> Result<Option<NewEvent>, Error> {
    let incident = incident::Entity::find_by_id(id).one(&**tx).await?;
    let incident = incident.ok_or_else(|| Error::internal("an incident is gone that was just written"))?;
    if policies::queries::due(session, &**tx, &weighed(&incident))
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let reports = report::Entity::find()
        .filter(report::Column::IncidentId.eq(id))
        .filter(analyses())
        .count(&**tx)
        .await?;
    if reports > 0 {
        return Ok(None);
    }
    let lead = match incident.team_id {
        Some(team) => first_lead(&**tx, team).await?,
        None => None,
    };
    let owner = match (lead, incident.created_by_id) {
        (Some(lead), _) => Some(lead),
        (None, Some(person)) if is_active(&**tx, person).await? => Some(person),
        (None, _) => None,
    };
    let stub = NewReport {
        incident: OfIncident::Known(id),
        title: None,
        owner,
        team: incident.team_id,
        due_on: None,
        visibility: Visibility::Organization,
        labels: Vec::new(),
        sections: Sections::default(),
        impact: Impact::default(),
        participants: Vec::new(),
    };
    let (_, event) = write(session, tx, &incident, stub).await?;
    Ok(Some(event))
}
