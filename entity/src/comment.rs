//! A comment on a report or a recommendation: exactly one of the two.

use sea_orm::entity::prelude::*;

use crate::ids::{CommentId, RecommendationId, ReportId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommentId,
    pub report_id: Option<ReportId>,
    pub recommendation_id: Option<RecommendationId>,
    pub author_id: Option<UserId>,
    /// Markdown.
    pub body: String,
    pub created_at: DateTimeUtc,
    pub edited_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(id, report_id, recommendation_id, author_id, body, created_at, edited_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
