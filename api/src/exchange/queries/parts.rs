//! The parts of a record that are no root causes and recommendations, and the names of what its ids mean.

use std::collections::{HashMap, HashSet};

use entity::{
    cause_category,
    ids::{CauseCategoryId, ReportId, TeamId, UserId},
    incident, incident_external_ref, incident_service, report, report_label, service, team, timeline_event, user,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::record::Rows;
use crate::{
    exchange::forms::record::{
        ApprovalRecord, IncidentRecord, MomentRecord, Named, ParticipantRecord, Person, ReferenceRecord, ReportRecord,
    },
    platform::error::Error,
    reports::model::{inputs::Impact, sections::Sections},
};

/// Who and what the ids mean.
pub(super) struct Book {
    people: HashMap<UserId, Person>,
    teams: HashMap<TeamId, Named>,
    pub(super) categories: HashMap<CauseCategoryId, String>,
}

impl Book {
    pub(super) async fn gather(
        db: &impl ConnectionTrait,
        row: &report::Model,
        incident: &incident::Model,
        rows: &Rows,
    ) -> Result<Self, Error> {
        let own = [row.owner_id, row.created_by_id, incident.created_by_id];
        let people: HashSet<UserId> = rows.people().chain(own.into_iter().flatten()).collect();
        let people = user::Entity::find()
            .filter(user::Column::Id.is_in(people))
            .all(db)
            .await?;
        let teams = rows.items.iter().map(|item| item.team_id);
        let teams: HashSet<TeamId> = teams.chain([row.team_id, incident.team_id]).flatten().collect();
        let teams = team::Entity::find()
            .filter(team::Column::Id.is_in(teams))
            .all(db)
            .await?;
        let categories = rows.causes.iter().filter_map(|cause| cause.category_id);
        let categories = cause_category::Entity::find()
            .filter(cause_category::Column::Id.is_in(categories))
            .all(db)
            .await?;
        let person = |row: user::Model| {
            let (name, email) = (row.name, row.email);
            (row.id, Person { name, email })
        };
        let named = |row: team::Model| {
            let (slug, name) = (row.slug, row.name);
            (row.id, Named { slug, name })
        };
        Ok(Self {
            people: people.into_iter().map(person).collect(),
            teams: teams.into_iter().map(named).collect(),
            categories: categories.into_iter().map(|row| (row.id, row.slug)).collect(),
        })
    }

    pub(super) fn person(&self, id: Option<UserId>) -> Option<Person> {
        self.people.get(&id?).cloned()
    }

    pub(super) fn team(&self, id: Option<TeamId>) -> Option<Named> {
        self.teams.get(&id?).cloned()
    }
}

pub(super) async fn incident_record(
    db: &impl ConnectionTrait,
    row: &incident::Model,
    book: &Book,
) -> Result<IncidentRecord, Error> {
    let services = incident_service::Entity::find()
        .filter(incident_service::Column::IncidentId.eq(row.id))
        .all(db)
        .await?;
    let services = service::Entity::find()
        .filter(service::Column::Id.is_in(services.iter().map(|link| link.service_id)))
        .all(db)
        .await?;
    let references = incident_external_ref::Entity::find()
        .filter(incident_external_ref::Column::IncidentId.eq(row.id))
        .all(db)
        .await?;
    let named = |row: service::Model| {
        let (slug, name) = (row.slug, row.name);
        Named { slug, name }
    };
    // Each database sorts text in its own way.
    let mut services: Vec<Named> = services.into_iter().map(named).collect();
    services.sort_by(|one, other| one.slug.cmp(&other.slug));
    let mut references: Vec<ReferenceRecord> = references
        .into_iter()
        .map(|row| ReferenceRecord {
            system: row.system,
            id: row.external_id,
            url: row.url,
        })
        .collect();
    references.sort_by(|one, other| (&one.system, &one.id).cmp(&(&other.system, &other.id)));
    Ok(IncidentRecord {
        id: row.id,
        key: row.key.clone(),
        title: row.title.clone(),
        severity: row.severity,
        team: book.team(row.team_id),
        started_at: row.started_at,
        detected_at: row.detected_at,
        mitigated_at: row.mitigated_at,
        resolved_at: row.resolved_at,
        services,
        external_refs: references,
        created_by: book.person(row.created_by_id),
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

pub(super) async fn report_record(
    db: &impl ConnectionTrait,
    row: &report::Model,
    rows: &Rows,
    book: &Book,
) -> Result<ReportRecord, Error> {
    let labels = report_label::Entity::find()
        .filter(report_label::Column::ReportId.eq(row.id))
        .all(db)
        .await?;
    // Each database sorts text in its own way.
    let mut labels: Vec<String> = labels.into_iter().map(|label| label.label).collect();
    labels.sort();
    let mut participants: Vec<ParticipantRecord> = rows
        .participants
        .iter()
        .filter_map(|part| {
            Some(ParticipantRecord {
                user: book.person(Some(part.user_id))?,
                role: part.role,
            })
        })
        .collect();
    participants.sort_by(|one, other| (one.role, &one.user.email).cmp(&(other.role, &other.user.email)));
    let mut approvals: Vec<ApprovalRecord> = rows
        .approvals
        .iter()
        .filter_map(|row| {
            Some(ApprovalRecord {
                user: book.person(Some(row.user_id))?,
                decision: row.decision,
                comment: row.comment.clone(),
                decided_at: row.decided_at,
            })
        })
        .collect();
    approvals.sort_by(|one, other| (one.decided_at, &one.user.email).cmp(&(other.decided_at, &other.user.email)));
    Ok(ReportRecord {
        id: row.id,
        key: row.key.clone(),
        title: row.title.clone(),
        status: row.status,
        visibility: row.visibility,
        owner: book.person(row.owner_id),
        team: book.team(row.team_id),
        due_on: row.due_on,
        original_due_on: row.original_due_on,
        published_at: row.published_at,
        labels,
        participants,
        approvals,
        impact: Impact {
            customers_affected: row.customers_affected,
            requests_failed: row.requests_failed,
            data_lost: row.data_lost,
            downtime_seconds: row.downtime_seconds,
            cost_minor_units: row.cost_minor_units,
            currency: row.currency.clone(),
        },
        sections: Sections::of(row),
        created_by: book.person(row.created_by_id),
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

pub(super) async fn timeline(db: &impl ConnectionTrait, id: ReportId) -> Result<Vec<MomentRecord>, Error> {
    let rows = timeline_event::Entity::find()
        .filter(timeline_event::Column::ReportId.eq(id))
        .order_by_asc(timeline_event::Column::OccurredAt)
        .order_by_asc(timeline_event::Column::Id)
        .all(db)
        .await?;
    let part = |row: timeline_event::Model| MomentRecord {
        id: row.id,
        occurred_at: row.occurred_at,
        kind: row.kind,
        description: row.description,
        source_url: row.source_url,
    };
    Ok(rows.into_iter().map(part).collect())
}
