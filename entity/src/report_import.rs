//! Which document a report was imported from, so that the same text is imported once.

use sea_orm::entity::prelude::*;

use crate::ids::ReportId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_import")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub report_id: ReportId,
    pub file_name: String,
    pub imported_at: DateTimeUtc,
    /// REC-40, which a row of a table became; none for what is no such row, and for rows of the time before this was noted.
    pub item_key: Option<String>,
}

crate::read_at::read_at!(digest, report_id, file_name, imported_at, item_key);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
