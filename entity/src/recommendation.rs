//! One piece of work that treats root causes: an action item once accepted.

use sea_orm::entity::prelude::*;

use crate::{
    enums::{ClosureReason, Priority, RecommendationKind, RecommendationStatus, Strength},
    ids::{DuePolicyId, RecommendationId, ReportId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecommendationId,
    /// REC-40.
    pub key: String,
    /// Where it was first recommended.
    pub report_id: ReportId,
    pub title: String,
    /// Markdown.
    pub description: String,
    pub status: RecommendationStatus,
    pub kind: RecommendationKind,
    pub strength: Option<Strength>,
    pub priority: Priority,
    pub owner_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub due_on: Option<Date>,
    /// Set once, at the first acceptance.
    pub original_due_on: Option<Date>,
    /// How often the due date was moved since the first acceptance.
    pub due_moves: i64,
    /// Which policy set due_on; none when a person did.
    pub due_policy_id: Option<DuePolicyId>,
    pub acceptance_criterion: Option<String>,
    /// Set exactly while BLOCKED.
    pub blocked_reason: Option<String>,
    /// The first acceptance; a reopening keeps it.
    pub accepted_at: Option<DateTimeUtc>,
    /// The day of that in the organisation's time zone.
    pub accepted_on: Option<Date>,
    pub implemented_at: Option<DateTimeUtc>,
    /// The day of that in the organisation's time zone.
    pub implemented_on: Option<Date>,
    /// Microseconds from accepted_at to implemented_at; none when the acceptance is not known, as for imported work.
    pub implement_micros: Option<i64>,
    /// Implemented_at, or the time it was declined.
    pub completed_at: Option<DateTimeUtc>,
    pub verified_at: Option<DateTimeUtc>,
    pub verified_by_id: Option<UserId>,
    /// Set exactly while DECLINED.
    pub closure_reason: Option<ClosureReason>,
    pub closure_note: Option<String>,
    /// Set exactly when closure_reason is RISK_ACCEPTED.
    pub risk_accepted_until: Option<Date>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    key,
    report_id,
    title,
    description,
    status,
    kind,
    strength,
    priority,
    owner_id,
    team_id,
    due_on,
    original_due_on,
    due_moves,
    due_policy_id,
    acceptance_criterion,
    blocked_reason,
    accepted_at,
    accepted_on,
    implemented_at,
    implemented_on,
    implement_micros,
    completed_at,
    verified_at,
    verified_by_id,
    closure_reason,
    closure_note,
    risk_accepted_until,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
