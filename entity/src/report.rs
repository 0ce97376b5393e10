//! The analysis of one incident: an action item until it is published.

use sea_orm::entity::prelude::*;

use crate::{
    columns::Columns,
    enums::{ReportStatus, Visibility},
    ids::{DuePolicyId, IncidentId, ReportId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReportId,
    /// PM-12.
    pub key: String,
    pub incident_id: IncidentId,
    pub title: String,
    pub status: ReportStatus,
    pub visibility: Visibility,
    pub owner_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub due_on: Option<Date>,
    /// The first due date there was; never changes.
    pub original_due_on: Option<Date>,
    /// Which policy set due_on; none when a person did.
    pub due_policy_id: Option<DuePolicyId>,
    /// Markdown, as all sections; empty until written.
    pub executive_summary: String,
    pub background: String,
    pub root_cause_analysis: String,
    pub impact_analysis: String,
    pub lessons_learned: String,
    pub conclusion: String,
    pub customers_affected: Option<i64>,
    pub requests_failed: Option<i64>,
    pub data_lost: Option<bool>,
    pub downtime_seconds: Option<i64>,
    /// In the smallest unit of the currency.
    pub cost_minor_units: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Set exactly while PUBLISHED, and kept when a published report is archived.
    pub published_at: Option<DateTimeUtc>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    key,
    incident_id,
    title,
    status,
    visibility,
    owner_id,
    team_id,
    due_on,
    original_due_on,
    due_policy_id,
    executive_summary,
    background,
    root_cause_analysis,
    impact_analysis,
    lessons_learned,
    conclusion,
    customers_affected,
    requests_failed,
    data_lost,
    downtime_seconds,
    cost_minor_units,
    currency,
    published_at,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// The long texts, which do not come with other rows.
pub const TEXTS: Columns = crate::columns!(
    report: ExecutiveSummary, Background, RootCauseAnalysis, ImpactAnalysis, LessonsLearned, Conclusion
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
