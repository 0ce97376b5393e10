//! What an incident was during [valid_from, valid_to).

use sea_orm::entity::prelude::*;

use crate::{
    enums::Severity,
    ids::{IncidentId, TeamId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: IncidentId,
    pub key: String,
    pub title: String,
    pub severity: Severity,
    pub team_id: Option<TeamId>,
    pub started_at: DateTimeUtc,
    pub resolved_at: Option<DateTimeUtc>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    incident_id,
    key,
    title,
    severity,
    team_id,
    started_at,
    resolved_at,
    valid_from,
    valid_to
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
