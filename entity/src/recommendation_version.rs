//! What a recommendation was during [valid_from, valid_to): as-of queries are plain SQL over it.

use sea_orm::entity::prelude::*;

use crate::{
    enums::{Priority, RecommendationStatus},
    ids::{RecommendationId, RecommendationVersionId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecommendationVersionId,
    pub recommendation_id: RecommendationId,
    pub status: RecommendationStatus,
    pub owner_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub priority: Priority,
    pub due_on: Option<Date>,
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
}

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
