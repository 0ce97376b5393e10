//! What a root cause was during [valid_from, valid_to). Stays when the cause is removed.

use sea_orm::entity::prelude::*;

use crate::{
    enums::CauseRole,
    ids::{CauseCategoryId, ReportId, RootCauseId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "root_cause_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_cause_id: RootCauseId,
    pub report_id: ReportId,
    pub title: String,
    pub role: CauseRole,
    pub category_id: Option<CauseCategoryId>,
    pub no_action_reason: Option<String>,
    pub recurrence_of_id: Option<RootCauseId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: DateTimeUtc,
    /// None: it is so now.
    pub valid_to: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    root_cause_id,
    report_id,
    title,
    role,
    category_id,
    no_action_reason,
    recurrence_of_id,
    valid_from,
    valid_to,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
