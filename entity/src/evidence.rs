//! Proof that a recommendation was carried out, or the ticket it is tracked in.

use sea_orm::entity::prelude::*;

use crate::ids::{EvidenceId, RecommendationId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EvidenceId,
    pub recommendation_id: RecommendationId,
    pub url: String,
    pub note: Option<String>,
    pub added_by_id: Option<UserId>,
    pub added_at: DateTimeUtc,
}

crate::read_at::read_at!(id, recommendation_id, url, note, added_by_id, added_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
