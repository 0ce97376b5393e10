//! Which causes a recommendation treated during [valid_from, valid_to). Stays when the cause is removed.

use sea_orm::entity::prelude::*;

use crate::ids::{RecommendationId, RootCauseId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_root_cause_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub recommendation_id: RecommendationId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_cause_id: RootCauseId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
}

crate::read_at::read_at!(recommendation_id, root_cause_id, valid_from, valid_to);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
