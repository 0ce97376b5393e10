//! Gathers whole reports as documents, for any number of them in the same few statements.

use std::collections::{HashMap, HashSet};

use entity::{
    cause_category, evidence,
    ids::{RecommendationId, ReportId, RootCauseId, UserId},
    incident, recommendation, recommendation_root_cause, report, report_label, report_participant, root_cause, team,
    timeline_event, user,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    platform::{error::Error, sql},
    reports::model::{
        document::{CausePart, Document, IncidentPart, RecommendationPart, TimelinePart},
        sections::Sections,
    },
};

/// Each of these reports as a document. The caller has made sure that they may be seen; all that stands in them is under
/// the same rule.
pub async fn documents(
    db: &impl ConnectionTrait,
    reports: &[report::Model],
) -> Result<HashMap<ReportId, Document>, Error> {
    let ids: Vec<ReportId> = reports.iter().map(|row| row.id).collect();
    let of = || ids.iter().copied();
    let incidents = incident::Entity::find()
        .filter(incident::Column::Id.is_in(reports.iter().map(|row| row.incident_id)))
        .all(db)
        .await?;
    let teams = team::Entity::find()
        .filter(team::Column::Id.is_in(reports.iter().filter_map(|row| row.team_id)))
        .all(db)
        .await?;
    let participants = report_participant::Entity::find()
        .filter(report_participant::Column::ReportId.is_in(of()))
        .order_by_asc(report_participant::Column::Role)
        .order_by_asc(report_participant::Column::UserId)
        .all(db)
        .await?;
    let labels = report_label::Entity::find()
        .filter(report_label::Column::ReportId.is_in(of()))
        .order_by_asc(sql::in_bytes(report_label::Column::Label, db))
        .all(db)
        .await?;
    let moments = timeline_event::Entity::find()
        .filter(timeline_event::Column::ReportId.is_in(of()))
        .order_by_asc(timeline_event::Column::OccurredAt)
        .order_by_asc(timeline_event::Column::Id)
        .all(db)
        .await?;
    let causes = root_cause::Entity::find()
        .filter(root_cause::Column::ReportId.is_in(of()))
        .order_by_asc(root_cause::Column::CreatedAt)
        .order_by_asc(root_cause::Column::Id)
        .all(db)
        .await?;
    let categories = cause_category::Entity::find()
        .filter(cause_category::Column::Id.is_in(causes.iter().filter_map(|row| row.category_id)))
        .all(db)
        .await?;
    let items = Items::gather(db, &ids).await?;
    let people: HashSet<UserId> = reports
        .iter()
        .filter_map(|row| row.owner_id)
        .chain(participants.iter().map(|row| row.user_id))
        .chain(items.rows.iter().filter_map(|row| row.owner_id))
        .collect();
    let people: HashMap<UserId, String> = user::Entity::find()
        .filter(user::Column::Id.is_in(people))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let name = |id: Option<UserId>| id.and_then(|id| people.get(&id).cloned());

    let mut documents = HashMap::with_capacity(reports.len());
    for row in reports {
        let Some(incident) = incidents.iter().find(|incident| incident.id == row.incident_id) else {
            return Err(Error::internal(format!("{} has no incident", row.key)));
        };
        let own_causes: Vec<&root_cause::Model> = causes.iter().filter(|cause| cause.report_id == row.id).collect();
        let document = Document {
            key: row.key.clone(),
            title: row.title.clone(),
            status: row.status,
            incident: IncidentPart {
                key: incident.key.clone(),
                title: incident.title.clone(),
                severity: incident.severity,
                started_at: incident.started_at,
                resolved_at: incident.resolved_at,
            },
            owner: name(row.owner_id),
            team: row
                .team_id
                .and_then(|id| teams.iter().find(|team| team.id == id))
                .map(|team| team.name.clone()),
            published_at: row.published_at,
            labels: labels
                .iter()
                .filter(|label| label.report_id == row.id)
                .map(|label| label.label.clone())
                .collect(),
            participants: participants
                .iter()
                .filter(|part| part.report_id == row.id)
                .filter_map(|part| Some((name(Some(part.user_id))?, part.role)))
                .collect(),
            sections: Sections::of(row),
            timeline: moments
                .iter()
                .filter(|moment| moment.report_id == row.id)
                .map(timeline_part)
                .collect(),
            root_causes: own_causes
                .iter()
                .map(|cause| CausePart {
                    title: cause.title.clone(),
                    description: cause.description.clone(),
                    role: cause.role,
                    category: cause
                        .category_id
                        .and_then(|id| categories.iter().find(|category| category.id == id))
                        .map(|category| category.name.clone()),
                    no_action_reason: cause.no_action_reason.clone(),
                })
                .collect(),
            recommendations: items.of_report(row.id, &own_causes, name),
        };
        documents.insert(row.id, document);
    }
    Ok(documents)
}

fn timeline_part(row: &timeline_event::Model) -> TimelinePart {
    TimelinePart {
        at: row.occurred_at,
        kind: row.kind,
        description: row.description.clone(),
        source_url: row.source_url.clone(),
    }
}

/// The recommendations of the reports, with what they treat and what proves them.
struct Items {
    rows: Vec<recommendation::Model>,
    treats: Vec<(RecommendationId, RootCauseId)>,
    evidence: Vec<evidence::Model>,
}

impl Items {
    async fn gather(db: &impl ConnectionTrait, reports: &[ReportId]) -> Result<Self, Error> {
        let rows = recommendation::Entity::find()
            .filter(recommendation::Column::ReportId.is_in(reports.iter().copied()))
            .order_by_asc(recommendation::Column::CreatedAt)
            .order_by_asc(recommendation::Column::Id)
            .all(db)
            .await?;
        let links = recommendation_root_cause::Entity::find()
            .filter(recommendation_root_cause::Column::RecommendationId.is_in(rows.iter().map(|row| row.id)))
            .all(db)
            .await?;
        let evidence = evidence::Entity::find()
            .filter(evidence::Column::RecommendationId.is_in(rows.iter().map(|row| row.id)))
            .order_by_asc(evidence::Column::Id)
            .all(db)
            .await?;
        let treats = links
            .into_iter()
            .map(|link| (link.recommendation_id, link.root_cause_id))
            .collect();
        Ok(Self { rows, treats, evidence })
    }

    fn of_report(
        &self,
        report: ReportId,
        causes: &[&root_cause::Model],
        name: impl Fn(Option<UserId>) -> Option<String>,
    ) -> Vec<RecommendationPart> {
        let part = |row: &recommendation::Model| RecommendationPart {
            key: row.key.clone(),
            title: row.title.clone(),
            description: row.description.clone(),
            status: row.status,
            priority: row.priority,
            owner: name(row.owner_id),
            due_on: row.due_on,
            acceptance_criterion: row.acceptance_criterion.clone(),
            treats: causes
                .iter()
                .filter(|cause| self.treats.contains(&(row.id, cause.id)))
                .map(|cause| cause.title.clone())
                .collect(),
            evidence: self
                .evidence
                .iter()
                .filter(|evidence| evidence.recommendation_id == row.id)
                .map(|evidence| evidence.url.clone())
                .collect(),
        };
        self.rows
            .iter()
            .filter(|row| row.report_id == report)
            .map(part)
            .collect()
    }
}
