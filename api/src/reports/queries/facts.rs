//! Gathers what the rules look at, for any number of reports in the same few statements.

use std::collections::HashMap;

use entity::{
    enums::{ApprovalDecision, ParticipantRole},
    ids::{RecommendationId, ReportId, RootCauseId},
    recommendation, recommendation_root_cause, report, report_approval, report_participant, root_cause, timeline_event,
    user,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    auth::{Viewer, scope},
    platform::error::Error,
    reports::model::{
        findings::{CauseFacts, Facts, RecommendationFacts},
        sections::Sections,
    },
};

/// The facts of those of these reports that the viewer may see.
pub async fn facts(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ReportId],
) -> Result<HashMap<ReportId, Facts>, Error> {
    let of = || ids.iter().copied();
    let reports = scope::reports(viewer)
        .filter(report::Column::Id.is_in(of()))
        .all(db)
        .await?;
    let mut facts: HashMap<ReportId, Facts> = reports
        .iter()
        .map(|row| {
            (
                row.id,
                Facts {
                    sections: Sections::of(row),
                    ..Facts::default()
                },
            )
        })
        .collect();

    let moments = timeline_event::Entity::find()
        .filter(timeline_event::Column::ReportId.is_in(of()))
        .order_by_asc(timeline_event::Column::OccurredAt)
        .order_by_asc(timeline_event::Column::Id)
        .all(db)
        .await?;
    for moment in moments {
        if let Some(facts) = facts.get_mut(&moment.report_id) {
            facts.timeline.push((moment.occurred_at, moment.kind));
        }
    }
    add_causes(db, viewer, ids, &mut facts).await?;
    add_recommendations(db, ids, &mut facts).await?;
    add_people(db, ids, &mut facts).await?;
    Ok(facts)
}

async fn add_causes(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ReportId],
    facts: &mut HashMap<ReportId, Facts>,
) -> Result<(), Error> {
    let causes = root_cause::Entity::find()
        .filter(root_cause::Column::ReportId.is_in(ids.iter().copied()))
        .order_by_asc(root_cause::Column::CreatedAt)
        .order_by_asc(root_cause::Column::Id)
        .all(db)
        .await?;
    let links = recommendation_root_cause::Entity::find()
        .filter(recommendation_root_cause::Column::RootCauseId.is_in(causes.iter().map(|cause| cause.id)))
        .all(db)
        .await?;
    let treatments = scope::recommendations(viewer)
        .filter(recommendation::Column::Id.is_in(links.iter().map(|link| link.recommendation_id)))
        .all(db)
        .await?;
    let treatments: HashMap<RecommendationId, &recommendation::Model> =
        treatments.iter().map(|row| (row.id, row)).collect();
    let mut of_cause: HashMap<RootCauseId, Vec<_>> = HashMap::new();
    for link in links {
        if let Some(row) = treatments.get(&link.recommendation_id) {
            of_cause
                .entry(link.root_cause_id)
                .or_default()
                .push((row.status, row.strength));
        }
    }
    for cause in causes {
        if let Some(facts) = facts.get_mut(&cause.report_id) {
            facts.causes.push(CauseFacts {
                id: cause.id,
                title: cause.title,
                description: cause.description,
                no_action: cause.no_action_reason.is_some(),
                treatments: of_cause.remove(&cause.id).unwrap_or_default(),
            });
        }
    }
    Ok(())
}

async fn add_recommendations(
    db: &impl ConnectionTrait,
    ids: &[ReportId],
    facts: &mut HashMap<ReportId, Facts>,
) -> Result<(), Error> {
    let recommendations = recommendation::Entity::find()
        .filter(recommendation::Column::ReportId.is_in(ids.iter().copied()))
        .order_by_asc(recommendation::Column::CreatedAt)
        .order_by_asc(recommendation::Column::Id)
        .all(db)
        .await?;
    for row in recommendations {
        if let Some(facts) = facts.get_mut(&row.report_id) {
            facts.recommendations.push(RecommendationFacts {
                id: row.id,
                status: row.status,
                has_criterion: row.acceptance_criterion.is_some(),
                title: row.title,
            });
        }
    }
    Ok(())
}

async fn add_people(
    db: &impl ConnectionTrait,
    ids: &[ReportId],
    facts: &mut HashMap<ReportId, Facts>,
) -> Result<(), Error> {
    let participants = report_participant::Entity::find()
        .filter(report_participant::Column::ReportId.is_in(ids.iter().copied()))
        .order_by_asc(report_participant::Column::UserId)
        .all(db)
        .await?;
    let approvals = report_approval::Entity::find()
        .filter(report_approval::Column::ReportId.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let users = user::Entity::find()
        .filter(user::Column::Id.is_in(participants.iter().map(|row| row.user_id)))
        .all(db)
        .await?;
    for participant in &participants {
        let name = users
            .iter()
            .find(|user| user.id == participant.user_id)
            .map(|user| user.name.clone());
        if let (Some(facts), Some(name)) = (facts.get_mut(&participant.report_id), name)
            && !facts.people.contains(&name)
        {
            facts.people.push(name);
        }
    }
    for approval in approvals {
        let speaks_for_those_affected = participants.iter().any(|row| {
            row.report_id == approval.report_id
                && row.user_id == approval.user_id
                && matches!(row.role, ParticipantRole::Approver | ParticipantRole::Stakeholder)
        });
        if let Some(facts) = facts.get_mut(&approval.report_id) {
            match approval.decision {
                ApprovalDecision::Approved => facts.is_approved |= speaks_for_those_affected,
                ApprovalDecision::ChangesRequested => facts.changes_requested = true,
            }
        }
    }
    Ok(())
}
