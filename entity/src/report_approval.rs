//! The latest decision of each reviewer on the text under review.

use sea_orm::entity::prelude::*;

use crate::{
    enums::ApprovalDecision,
    ids::{ApprovalId, ReportId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_approval")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalId,
    pub report_id: ReportId,
    pub user_id: UserId,
    pub decision: ApprovalDecision,
    pub comment: Option<String>,
    pub decided_at: DateTimeUtc,
}

crate::read_at::read_at!(id, report_id, user_id, decision, comment, decided_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
