//! The text of a report after each update, so that nothing written is ever lost.

use sea_orm::entity::prelude::*;

use crate::ids::{ReportId, RevisionId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevisionId,
    pub report_id: ReportId,
    /// 1, 2, 3 … within the report.
    pub number: i64,
    pub author_id: Option<UserId>,
    /// Names of the sections that differ from the revision before.
    pub changed_sections: Json,
    /// The whole document.
    pub markdown: String,
    pub created_at: DateTimeUtc,
}

crate::read_at::read_at!(id, report_id, number, author_id, changed_sections, markdown, created_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
