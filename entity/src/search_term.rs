//! The first words that tell what a report or a root cause is about, by which such things are found alike.

use sea_orm::entity::prelude::*;

use crate::{enums::SubjectKind, ids::ReportId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_term")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_number: i64,
    /// The stem of a word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: String,
    /// That of the document.
    pub subject_kind: SubjectKind,
    /// That of the document.
    pub report_id: ReportId,
}

crate::read_at::read_at!(document_number, term, subject_kind, report_id);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
