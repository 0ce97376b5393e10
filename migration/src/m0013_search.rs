//! Full-text search: what is searched, the index of each database over it, and the words by which things are alike.
//!
//! `search_index` is the one table that the databases have in different forms: words with places under a GIN index on
//! PostgreSQL, a table of FTS5 on SQLite. Neither keeps a text; the texts are in `search_document`, by the same number.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, sea_query},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Words reach both as they are to be found: neither parses, folds or stems them again.
const POSTGRES: &[&str] = &[
    "CREATE TABLE search_index (
        number bigint PRIMARY KEY REFERENCES search_document (number) ON DELETE CASCADE,
        terms tsvector NOT NULL
    )",
    "CREATE INDEX search_index_terms ON search_index USING gin (terms)",
];
const SQLITE: &[&str] =
    &["CREATE VIRTUAL TABLE search_index USING fts5(stems, words, content='', contentless_delete=1, tokenize='ascii')"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = || one_of("subject_kind", &["REPORT", "ROOT_CAUSE", "RECOMMENDATION"]);
        manager
            .create_table(
                table("search_document")
                    .col(
                        ColumnDef::new("number")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key()
                            .take(),
                    )
                    .col(kind())
                    .col(uuid("subject_id"))
                    .col(uuid("report_id"))
                    .col(text_null("key"))
                    .col(text("title"))
                    .col(text("title_words"))
                    .col(text("body"))
                    .col(ColumnDef::new("form").integer().not_null().take())
                    .foreign_key(&mut part_of("search_document", "report_id", "report"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("search_term")
                    .col(big("document_number"))
                    .col(text("term"))
                    .col(kind())
                    .col(uuid("report_id"))
                    .primary_key(Index::create().col("document_number").col("term"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("search_term", "document_number")
                            .to("search_document", "number")
                            .on_delete(sea_query::ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX search_document_subject ON search_document (subject_id)",
                "CREATE INDEX search_document_report ON search_document (report_id)",
                "CREATE INDEX search_term_term ON search_term (subject_kind, term, document_number, report_id)",
            ],
        )
        .await?;
        let own = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        run(manager, own).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE search_index"]).await?;
        drop(manager, &["search_term", "search_document"]).await
    }
}
