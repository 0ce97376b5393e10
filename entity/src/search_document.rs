//! What full-text search knows of one report, root cause or recommendation. Its words are in the table `search_index`, which is
//! the database's own.

use sea_orm::entity::prelude::*;

use crate::{enums::SubjectKind, ids::ReportId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_document")]
pub struct Model {
    /// By which `search_index` and `search_term` know it. Rises with the order in which things were first indexed.
    #[sea_orm(primary_key)]
    pub number: i64,
    /// REPORT, ROOT_CAUSE or RECOMMENDATION.
    pub subject_kind: SubjectKind,
    /// Bare, because its type is in subject_kind.
    pub subject_id: Uuid,
    /// The report it falls under: whoever may not see that report may not see this.
    pub report_id: ReportId,
    /// PM-12 or REC-40; a root cause has none.
    pub key: Option<String>,
    pub title: String,
    /// The words of the title as they are searched, by which hits are ranked.
    pub title_words: String,
    /// All other text that is searched, without the marks of Markdown. What excerpts are made of.
    pub body: String,
    /// The form in which words were indexed; one that is out of date is indexed anew.
    pub form: i32,
}

crate::read_at::read_at!(
    number,
    subject_kind,
    subject_id,
    report_id,
    key,
    title,
    title_words,
    body,
    form
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
