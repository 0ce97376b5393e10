//! What comes with a recommendation by join: owner, team and incident, and its report when none of the long texts is selected.
//! Those would travel once for each of its items; then the report is left to the loader, which reads it once.

use std::sync::Arc;

use entity::{incident, read_at::ReadAt, recommendation, report, team, user};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType};

use super::Recommendation;
use crate::{
    graphql::plan::{Listed, Relation},
    platform::{
        joins::{bring, refers, related},
        loaded::Loaded,
    },
    reports::{graphql::related::SECTIONS, queries::flat::TEXTS},
};

impl Listed for Recommendation {
    type Entity = recommendation::Entity;
    const RELATIONS: &'static [Relation<Self>] = &[
        Relation {
            field: "owner",
            lacks: &[],
            width: user::Model::WIDTH,
            join: |select| {
                let on = refers(recommendation::Column::OwnerId, "its_owner");
                bring::<user::Entity>(select, "its_owner", on, &[]);
            },
            read: |item, row, place| {
                item.owner = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
        Relation {
            field: "team",
            lacks: &[],
            width: team::Model::WIDTH,
            join: |select| {
                let on = refers(recommendation::Column::TeamId, "its_team");
                bring::<team::Entity>(select, "its_team", on, &[]);
            },
            read: |item, row, place| {
                item.team = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
        Relation {
            field: "incident",
            lacks: &[],
            width: incident::Model::WIDTH,
            join: |select| {
                let of = |alias: &'static str, column: &'static str| Expr::col((Alias::new(alias), Alias::new(column)));
                let home = refers(recommendation::Column::ReportId, "home");
                select.join_as(JoinType::InnerJoin, report::Entity, Alias::new("home"), home);
                let on = of("home", "incident_id").eq(of("its_incident", "id"));
                bring::<incident::Entity>(select, "its_incident", on, &[]);
            },
            read: |item, row, place| {
                item.incident = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
        Relation {
            field: "report",
            lacks: SECTIONS,
            width: report::Model::WIDTH,
            join: |select| {
                let on = refers(recommendation::Column::ReportId, "its_report");
                bring::<report::Entity>(select, "its_report", on, TEXTS);
            },
            read: |item, row, place| {
                item.report = Loaded::Known(related(row, place)?);
                Ok(())
            },
        },
    ];

    fn of(row: Arc<recommendation::Model>) -> Self {
        Self::from(row)
    }

    fn row(&self) -> &recommendation::Model {
        &self.row
    }
}
