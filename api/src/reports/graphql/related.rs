//! What comes with a report by join: owner, team and incident. And what of a report is too long to come with other rows.

use std::sync::Arc;

use entity::{incident, read_at::ReadAt, report, team, user};

use super::Report;
use crate::{
    graphql::plan::{Listed, Relation},
    platform::{
        joins::{bring, refers, related},
        loaded::Loaded,
    },
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
    const RELATIONS: &'static [Relation<Self>] = &[
        Relation {
            field: "owner",
            lacks: &[],
            width: user::Model::WIDTH,
            join: |select| {
                let on = refers(report::Column::OwnerId, "its_owner");
                bring::<user::Entity>(select, "its_owner", on, &[]);
            },
            read: |report, row, place| {
                report.owner = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
        Relation {
            field: "team",
            lacks: &[],
            width: team::Model::WIDTH,
            join: |select| {
                let on = refers(report::Column::TeamId, "its_team");
                bring::<team::Entity>(select, "its_team", on, &[]);
            },
            read: |report, row, place| {
                report.team = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
        Relation {
            field: "incident",
            lacks: &[],
            width: incident::Model::WIDTH,
            join: |select| {
                let on = refers(report::Column::IncidentId, "its_incident");
                bring::<incident::Entity>(select, "its_incident", on, &[]);
            },
            read: |report, row, place| {
                report.incident = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
    ];

    fn of(row: Arc<report::Model>) -> Self {
        Self::from(row)
    }

    fn row(&self) -> &report::Model {
        &self.row
    }
}
