//! What a recommendation was during [valid_from, valid_to): as-of queries are plain SQL over it.

use sea_orm::entity::prelude::*;

use crate::{
    enums::{ClosureReason, Priority, RecommendationKind, RecommendationStatus},
    ids::{RecommendationId, RecommendationVersionId, ReportId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecommendationVersionId,
    pub recommendation_id: RecommendationId,
    pub report_id: ReportId,
    pub key: String,
    pub title: String,
    pub status: RecommendationStatus,
    pub kind: RecommendationKind,
    pub priority: Priority,
    pub owner_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub due_on: Option<Date>,
    pub original_due_on: Option<Date>,
    pub due_moves: i64,
    pub accepted_at: Option<DateTimeUtc>,
    pub accepted_on: Option<Date>,
    pub implemented_on: Option<Date>,
    pub implement_micros: Option<i64>,
    pub completed_at: Option<DateTimeUtc>,
    pub closure_reason: Option<ClosureReason>,
    /// Of the item, not of this row.
    pub created_at: DateTimeUtc,
    /// It began with the first acceptance.
    pub is_acceptance: bool,
    /// It began with another status.
    pub is_new_status: bool,
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
    /// The day of valid_from in the organisation's time zone.
    pub from_on: Date,
    /// The day of valid_to.
    pub to_on: Option<Date>,
}

crate::read_at::read_at!(
    id,
    recommendation_id,
    report_id,
    key,
    title,
    status,
    kind,
    priority,
    owner_id,
    team_id,
    due_on,
    original_due_on,
    due_moves,
    accepted_at,
    accepted_on,
    implemented_on,
    implement_micros,
    completed_at,
    closure_reason,
    created_at,
    is_acceptance,
    is_new_status,
    valid_from,
    valid_to,
    from_on,
    to_on,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
