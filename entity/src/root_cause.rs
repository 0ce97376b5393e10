//! Why an incident happened, was found late or hurt for long.

use sea_orm::entity::prelude::*;

use crate::{
    enums::CauseRole,
    ids::{CauseCategoryId, ReportId, RootCauseId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "root_cause")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RootCauseId,
    pub report_id: ReportId,
    pub title: String,
    /// Markdown.
    pub description: String,
    pub role: CauseRole,
    pub category_id: Option<CauseCategoryId>,
    /// The cause of the same report that this one explains.
    pub parent_id: Option<RootCauseId>,
    /// Why nothing is recommended, deliberately.
    pub no_action_reason: Option<String>,
    /// Always the first occurrence: chains are flattened.
    pub recurrence_of_id: Option<RootCauseId>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    report_id,
    title,
    description,
    role,
    category_id,
    parent_id,
    no_action_reason,
    recurrence_of_id,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
