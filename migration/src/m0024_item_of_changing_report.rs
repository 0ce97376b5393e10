//! An item that is made while its report is being hidden or shown waits for that, instead of being refused.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::columns::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Whoever changes who may see a report keeps others from referring to it until they are done.
const WAIT: &str =
    "CREATE OR REPLACE FUNCTION recommendation_report_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.report_visibility := coalesce(
            (SELECT visibility FROM report WHERE id = NEW.report_id FOR KEY SHARE), NEW.report_visibility);
        RETURN NEW;
    END $$";

const DO_NOT_WAIT: &str =
    "CREATE OR REPLACE FUNCTION recommendation_report_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.report_visibility :=
            coalesce((SELECT visibility FROM report WHERE id = NEW.report_id), NEW.report_visibility);
        RETURN NEW;
    END $$";

/// SQLite has one writer at a time.
fn of<'a>(manager: &SchemaManager<'_>, statement: &'a str) -> Vec<&'a str> {
    match manager.get_database_backend() {
        DatabaseBackend::Postgres => vec![statement],
        _ => Vec::new(),
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &of(manager, WAIT)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &of(manager, DO_NOT_WAIT)).await
    }
}
