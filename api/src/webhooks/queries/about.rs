//! What the filters of endpoints ask of events, for many events at once.

use std::collections::{HashMap, HashSet};

use entity::{
    enums::{Severity, SubjectKind},
    event,
    ids::{IncidentId, RecommendationId, ReportId, TeamId},
    incident, recommendation, report, webhook_endpoint,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::told::anybody;
use crate::{
    auth::scope,
    platform::error::Error,
    webhooks::model::{About, Endpoint, TEST_EVENT},
};

/// An event, and what there is to decide about it.
pub struct Candidate {
    /// The event.
    pub event: event::Model,
    about: About,
    is_open: bool,
}

impl Candidate {
    /// Is this endpoint told of it?
    pub fn is_for(&self, row: &webhook_endpoint::Model, endpoint: &Endpoint) -> bool {
        if self.event.event_type == TEST_EVENT {
            return self.event.subject_id == row.id.0;
        }
        (self.is_open || endpoint.includes_restricted) && endpoint.wants(&self.event.event_type, &self.about)
    }
}

fn subjects(events: &[event::Model], kind: SubjectKind) -> Vec<Uuid> {
    let of_kind = events.iter().filter(|event| event.subject_kind == kind);
    of_kind.map(|event| event.subject_id).collect()
}

/// Looks at events for all endpoints; the number of statements does not depend on how many there are.
pub async fn candidates(db: &impl ConnectionTrait, events: Vec<event::Model>) -> Result<Vec<Candidate>, Error> {
    let reports: Vec<(ReportId, Option<TeamId>, IncidentId)> = report::Entity::find()
        .select_only()
        .columns([report::Column::Id, report::Column::TeamId, report::Column::IncidentId])
        .filter(report::Column::Id.is_in(events.iter().filter_map(|event| event.report_id)))
        .into_tuple()
        .all(db)
        .await?;
    let wanted = reports
        .iter()
        .map(|(_, _, incident)| incident.0)
        .chain(subjects(&events, SubjectKind::Incident));
    let incidents: Vec<(IncidentId, Option<TeamId>, Severity)> = incident::Entity::find()
        .select_only()
        .columns([
            incident::Column::Id,
            incident::Column::TeamId,
            incident::Column::Severity,
        ])
        .filter(incident::Column::Id.is_in(wanted.map(IncidentId)))
        .into_tuple()
        .all(db)
        .await?;
    let items: Vec<(RecommendationId, Option<TeamId>)> = recommendation::Entity::find()
        .select_only()
        .columns([recommendation::Column::Id, recommendation::Column::TeamId])
        .filter(
            recommendation::Column::Id.is_in(
                subjects(&events, SubjectKind::Recommendation)
                    .into_iter()
                    .map(RecommendationId),
            ),
        )
        .into_tuple()
        .all(db)
        .await?;
    let open: Vec<i64> = scope::events(&anybody())
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::Sequence.is_in(events.iter().map(|event| event.sequence)))
        .into_tuple()
        .all(db)
        .await?;

    let reports: HashMap<ReportId, _> = reports
        .into_iter()
        .map(|(id, team, incident)| (id, (team, incident)))
        .collect();
    let incidents: HashMap<IncidentId, _> = incidents
        .into_iter()
        .map(|(id, team, severity)| (id, (team, severity)))
        .collect();
    let items: HashMap<RecommendationId, Option<TeamId>> = items.into_iter().collect();
    let open: HashSet<i64> = open.into_iter().collect();
    let about = |event: &event::Model| {
        let report = event.report_id.and_then(|id| reports.get(&id));
        let incident = match event.subject_kind {
            SubjectKind::Incident => Some(IncidentId(event.subject_id)),
            _ => report.map(|(_, incident)| *incident),
        };
        let incident = incident.and_then(|id| incidents.get(&id));
        let own = match event.subject_kind {
            SubjectKind::Team => Some(TeamId(event.subject_id)),
            _ => items.get(&RecommendationId(event.subject_id)).copied().flatten(),
        };
        let team = own
            .or_else(|| report.and_then(|(team, _)| *team))
            .or_else(|| incident.and_then(|(team, _)| *team));
        About {
            team,
            severity: incident.map(|(_, severity)| *severity),
        }
    };
    let candidate = |event: event::Model| Candidate {
        about: about(&event),
        is_open: open.contains(&event.sequence),
        event,
    };
    Ok(events.into_iter().map(candidate).collect())
}
