//! The reminders that were sent, who does the background work, and the indexes that the feed of events is read by.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("scheduler_lease")
                    .col(ColumnDef::new("name").text().not_null().primary_key().take())
                    .col(uuid("holder"))
                    .col(instant("until"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("reminder")
                    .col(uuid("subject_id"))
                    .col(one_of(
                        "kind",
                        &["DUE_SOON", "OVERDUE", "ESCALATED", "EFFECTIVENESS_DUE", "WEEKLY_DIGEST"],
                    ))
                    .col(date("due_on"))
                    .col(big("days"))
                    .col(instant("sent_at"))
                    .primary_key(Index::create().col("subject_id").col("due_on").col("kind").col("days"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE INDEX effectiveness_review_planned ON effectiveness_review (due_on, id) WHERE outcome IS NULL",
                "CREATE INDEX event_type_sequence ON event (event_type, sequence)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX event_type_sequence",
                "DROP INDEX effectiveness_review_planned",
            ],
        )
        .await?;
        drop(manager, &["reminder", "scheduler_lease"]).await
    }
}
