//! Did it help? Planned at verification; held when it has an outcome.

use sea_orm::entity::prelude::*;

use crate::{
    enums::EffectivenessOutcome,
    ids::{EffectivenessReviewId, RecommendationId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "effectiveness_review")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EffectivenessReviewId,
    pub recommendation_id: RecommendationId,
    pub due_on: Date,
    pub outcome: Option<EffectivenessOutcome>,
    pub note: Option<String>,
    pub reviewed_by_id: Option<UserId>,
    pub reviewed_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    id,
    recommendation_id,
    due_on,
    outcome,
    note,
    reviewed_by_id,
    reviewed_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
