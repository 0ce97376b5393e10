//! The thing that happened. Reports analyse it.

use sea_orm::entity::prelude::*;

use crate::{
    enums::Severity,
    ids::{IncidentId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncidentId,
    /// INC-7.
    pub key: String,
    pub title: String,
    pub severity: Severity,
    pub team_id: Option<TeamId>,
    pub started_at: DateTimeUtc,
    pub detected_at: Option<DateTimeUtc>,
    pub mitigated_at: Option<DateTimeUtc>,
    pub resolved_at: Option<DateTimeUtc>,
    /// None: an import or a machine.
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    key,
    title,
    severity,
    team_id,
    started_at,
    detected_at,
    mitigated_at,
    resolved_at,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
