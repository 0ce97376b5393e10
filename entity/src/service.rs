//! Something that runs and can fail, owned by a team.

use sea_orm::entity::prelude::*;

use crate::ids::{ServiceId, TeamId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceId,
    /// Unique short name.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub team_id: Option<TeamId>,
    /// Its entry in a service catalogue.
    pub external_ref: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    slug,
    name,
    description,
    team_id,
    external_ref,
    created_at,
    updated_at,
    version
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
