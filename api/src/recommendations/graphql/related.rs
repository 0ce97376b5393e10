//! Which columns the fields of a recommendation need, and what comes with it by join: owner, team and incident, and its report
//! when none of the long texts is selected. Those would travel once for each of its items; then the report is left to the loader,
//! which reads it once.

use std::sync::Arc;

use entity::{incident, recommendation, report};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType};

use super::Recommendation;
use crate::{
    graphql::plan::{Listed, Relation, fields, relation},
    incidents::graphql::Incident,
    people::graphql::{Team, User},
    platform::joins::{bring, refers},
    reports::graphql::{Report, related::SECTIONS},
};

impl Listed for Recommendation {
    type Entity = recommendation::Entity;
    fields!(recommendation[Id, ReportId] {
        "id": [Id],
        "key": [Key],
        "title": [Title],
        "description": [Description],
        "status": [Status],
        "kind": [Kind],
        "strength": [Strength],
        "priority": [Priority],
        "owner": [OwnerId],
        "team": [TeamId],
        "labels": [Id],
        "dueOn": [DueOn],
        "originalDueOn": [OriginalDueOn],
        "isOpen": [Status],
        "isOverdue": [Status, DueOn],
        "daysOverdue": [Status, DueOn],
        "acceptanceCriterion": [AcceptanceCriterion],
        "blockedReason": [BlockedReason],
        "acceptedAt": [AcceptedAt],
        "implementedAt": [ImplementedAt],
        "completedAt": [CompletedAt],
        "verifiedAt": [VerifiedAt],
        "report": [ReportId],
        "incident": [ReportId],
        "rootCauses": [Id],
        "trackerLinks": [Id],
        "createdAt": [CreatedAt],
        "updatedAt": [UpdatedAt],
        "version": [Version],
        "url": [Key],
    });
    const RELATIONS: &'static [Relation<Self>] = &[
        relation!(owner: User, by recommendation::Column::OwnerId),
        relation!(team: Team, by recommendation::Column::TeamId),
        relation!(incident: Incident, |select, columns| {
            let of = |alias: &'static str, column: &'static str| Expr::col((Alias::new(alias), Alias::new(column)));
            let home = refers(recommendation::Column::ReportId, "home");
            select.join_as(JoinType::InnerJoin, report::Entity, Alias::new("home"), home);
            let on = of("home", "incident_id").eq(of("its_incident", "id"));
            bring::<incident::Entity>(select, "its_incident", on, columns);
        }),
        Relation {
            lacks: SECTIONS,
            left_out: report::TEXTS,
            ..relation!(report: Report, by recommendation::Column::ReportId)
        },
    ];

    fn of(row: Arc<recommendation::Model>) -> Self {
        Self::from(row)
    }

    fn row(&self) -> &recommendation::Model {
        &self.row
    }
}
