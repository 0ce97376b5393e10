//! Beside each recommendation, who may see its report: so that a count of a thousand items need not look into a thousand reports. The
//! database keeps it in step, whoever writes, a process of the release before included.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::columns::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ADD: &[&str] = &[
    "ALTER TABLE recommendation ADD COLUMN report_visibility TEXT NOT NULL DEFAULT 'ORGANIZATION'",
    "UPDATE recommendation SET report_visibility = 'RESTRICTED'
        WHERE report_id IN (SELECT id FROM report WHERE visibility = 'RESTRICTED')",
    "DROP INDEX recommendation_team_priority",
    "CREATE INDEX recommendation_team_priority ON recommendation (team_id, priority, due_on, id, report_id, report_visibility)",
];

const REMOVE: &[&str] = &[
    "DROP INDEX recommendation_team_priority",
    "CREATE INDEX recommendation_team_priority ON recommendation (team_id, priority, due_on, id, report_id)",
    "ALTER TABLE recommendation DROP COLUMN report_visibility",
];

/// An item that is made while its report is hidden or shown refers to what is not so any more: it is refused, and not stored wrongly.
const KEEP_ON_POSTGRES: &[&str] = &[
    "CREATE FUNCTION recommendation_report_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.report_visibility :=
            coalesce((SELECT visibility FROM report WHERE id = NEW.report_id), NEW.report_visibility);
        RETURN NEW;
    END $$",
    "CREATE TRIGGER recommendation_report_visibility BEFORE INSERT ON recommendation
        FOR EACH ROW EXECUTE FUNCTION recommendation_report_visibility()",
    "CREATE UNIQUE INDEX report_id_visibility ON report (id, visibility)",
    "ALTER TABLE recommendation ADD CONSTRAINT recommendation_report_visibility
        FOREIGN KEY (report_id, report_visibility) REFERENCES report (id, visibility) ON UPDATE CASCADE",
];

const FORGET_ON_POSTGRES: &[&str] = &[
    "ALTER TABLE recommendation DROP CONSTRAINT recommendation_report_visibility",
    "DROP INDEX report_id_visibility",
    "DROP TRIGGER recommendation_report_visibility ON recommendation",
    "DROP FUNCTION recommendation_report_visibility()",
];

/// SQLite adds no such key to a table that is there. It has one writer at a time, so triggers do.
const KEEP_ON_SQLITE: &[&str] = &[
    "CREATE TRIGGER recommendation_report_visibility AFTER INSERT ON recommendation
        WHEN NEW.report_visibility IS NOT (SELECT visibility FROM report WHERE id = NEW.report_id)
    BEGIN
        UPDATE recommendation SET report_visibility =
            coalesce((SELECT visibility FROM report WHERE id = NEW.report_id), report_visibility)
            WHERE id = NEW.id;
    END",
    "CREATE TRIGGER report_visibility AFTER UPDATE OF visibility ON report WHEN NEW.visibility IS NOT OLD.visibility
    BEGIN
        UPDATE recommendation SET report_visibility = NEW.visibility WHERE report_id = NEW.id;
    END",
];

const FORGET_ON_SQLITE: &[&str] = &[
    "DROP TRIGGER report_visibility",
    "DROP TRIGGER recommendation_report_visibility",
];

fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DatabaseBackend::Postgres
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, ADD).await?;
        let keep = if is_postgres(manager) {
            KEEP_ON_POSTGRES
        } else {
            KEEP_ON_SQLITE
        };
        run(manager, keep).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let forget = if is_postgres(manager) {
            FORGET_ON_POSTGRES
        } else {
            FORGET_ON_SQLITE
        };
        run(manager, forget).await?;
        run(manager, REMOVE).await
    }
}
