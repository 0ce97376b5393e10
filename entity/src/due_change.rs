//! One move of a due date, with its reason.

use sea_orm::entity::prelude::*;

use crate::ids::{DueChangeId, RecommendationId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "due_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DueChangeId,
    pub recommendation_id: RecommendationId,
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    pub reason: String,
    pub changed_by_id: Option<UserId>,
    pub changed_at: DateTimeUtc,
}

crate::read_at::read_at!(id, recommendation_id, from_on, to_on, reason, changed_by_id, changed_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
