//! Which causes a recommendation treats: at least one, in any report.

use sea_orm::entity::prelude::*;

use crate::ids::{RecommendationId, RootCauseId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_root_cause")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub recommendation_id: RecommendationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_cause_id: RootCauseId,
    /// Since when; recurrence asks what treated a cause at an instant.
    pub created_at: DateTimeUtc,
}

crate::read_at::read_at!(recommendation_id, root_cause_id, created_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
