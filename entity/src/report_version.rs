//! What a report was during [valid_from, valid_to), but for its texts: those are revisions.

use sea_orm::entity::prelude::*;

use crate::{
    enums::ReportStatus,
    ids::{IncidentId, ReportId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: ReportId,
    pub incident_id: IncidentId,
    pub key: String,
    pub title: String,
    pub status: ReportStatus,
    pub owner_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub due_on: Option<Date>,
    pub published_at: Option<DateTimeUtc>,
    /// Of the report, not of this row.
    pub created_at: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    report_id,
    incident_id,
    key,
    title,
    status,
    owner_id,
    team_id,
    due_on,
    published_at,
    created_at,
    valid_from,
    valid_to,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
