//! Indexes for the orders that lists are read in, and for what is owed.

use sea_orm_migration::prelude::*;

use crate::columns::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: &[(&str, &str)] = &[
    ("incident_started_at", "incident (started_at, id)"),
    ("incident_created_at", "incident (created_at, id)"),
    ("incident_severity", "incident (severity, id)"),
    ("report_created_at", "report (created_at, id)"),
    ("report_updated_at", "report (updated_at, id)"),
    ("report_published_at", "report (published_at, id)"),
    ("report_due_on", "report (due_on, id)"),
    (
        "report_open_due_on",
        "report (due_on, id) WHERE status IN ('DRAFT', 'IN_REVIEW')",
    ),
    ("report_restricted", "report (id) WHERE visibility = 'RESTRICTED'"),
    ("root_cause_created_at", "root_cause (created_at, id)"),
    ("recommendation_created_at", "recommendation (created_at, id)"),
    ("recommendation_updated_at", "recommendation (updated_at, id)"),
    ("recommendation_completed_at", "recommendation (completed_at, id)"),
    ("recommendation_priority", "recommendation (priority, id)"),
    ("recommendation_due_on", "recommendation (due_on, id)"),
    (
        "recommendation_open_due_on",
        "recommendation (due_on, id) WHERE status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED')",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, on) in INDEXES {
            run(manager, &[&format!("CREATE INDEX {name} ON {on}")]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            run(manager, &[&format!("DROP INDEX {name}")]).await?;
        }
        Ok(())
    }
}
