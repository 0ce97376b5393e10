//! Which columns the fields of a report need, and what comes with it by join: owner, team and incident. And what of a report is
//! too long to come with other rows.

use std::sync::Arc;

use entity::report;

use super::Report;
use crate::{
    graphql::plan::{Listed, Relation, fields, relation},
    incidents::graphql::Incident,
    people::graphql::{Team, User},
};

/// The fields that show the long texts.
pub const SECTIONS: &[&str] = &[
    "executiveSummary",
    "background",
    "rootCauseAnalysis",
    "impactAnalysis",
    "lessonsLearned",
    "conclusion",
];

impl Listed for Report {
    type Entity = report::Entity;
    fields!(report[Id] {
        "id": [Id],
        "key": [Key],
        "title": [Title],
        "status": [Status],
        "visibility": [Visibility],
        "owner": [OwnerId],
        "team": [TeamId],
        "dueOn": [DueOn],
        "originalDueOn": [OriginalDueOn],
        "isOpen": [Status],
        "isOverdue": [Status, DueOn],
        "daysOverdue": [Status, DueOn],
        "completedAt": [PublishedAt],
        "publishedAt": [PublishedAt],
        "incident": [IncidentId],
        "labels": [Id],
        "executiveSummary": [ExecutiveSummary],
        "timeline": [Id],
        "rootCauses": [Id],
        "recommendations": [Id],
        "createdAt": [CreatedAt],
        "updatedAt": [UpdatedAt],
        "version": [Version],
        "url": [Key],
    });
    const RELATIONS: &'static [Relation<Self>] = &[
        relation!(owner: User, by report::Column::OwnerId),
        relation!(team: Team, by report::Column::TeamId),
        relation!(incident: Incident, by report::Column::IncidentId),
    ];

    fn of(row: Arc<report::Model>) -> Self {
        Self::from(row)
    }

    fn row(&self) -> &report::Model {
        &self.row
    }
}
