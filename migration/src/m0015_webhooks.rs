//! Webhooks: who is told of events, what is still to be sent, and how each attempt went.
//!
//! Nothing refers to `event` by a foreign key: on SQLite that table is made anew when it may be about one more kind of thing.

use sea_orm_migration::prelude::*;

use crate::{checks::allow, columns::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("webhook_endpoint")
                    .col(id())
                    .col(text("url"))
                    .col(text("description"))
                    .col(json("event_types"))
                    .col(json("team_ids"))
                    .col(json("severities"))
                    .col(one_of("format", &["STANDARD", "SLACK", "TEAMS", "DISCORD"]))
                    .col(flag("includes_restricted"))
                    .col(flag("is_enabled"))
                    .col(text_null("disabled_reason"))
                    .col(text("sealed_secret"))
                    .col(text("public_key"))
                    .col(text_null("sealed_old_secret"))
                    .col(instant_null("old_secret_until"))
                    .col(big("from_sequence"))
                    .col(instant_null("failing_since"))
                    .col(instant_null("paused_until"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("webhook_endpoint", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("webhook_delivery")
                    .col(id())
                    .col(uuid("endpoint_id"))
                    .col(uuid("event_id"))
                    .col(big("event_sequence"))
                    .col(uuid("subject_id"))
                    .col(one_of("status", &["PENDING", "SUCCEEDED", "FAILED", "DEAD"]))
                    .col(big("tries"))
                    .col(instant_null("next_attempt_at"))
                    .col(instant_null("lease_until"))
                    .col(instant("created_at"))
                    .foreign_key(&mut part_of("webhook_delivery", "endpoint_id", "webhook_endpoint"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("webhook_attempt")
                    .col(id())
                    .col(uuid("delivery_id"))
                    .col(instant("at"))
                    .col(big("duration_ms"))
                    .col(ColumnDef::new("status_code").integer().null().take())
                    .col(text_null("error"))
                    .col(text_null("response_snippet"))
                    .foreign_key(&mut part_of("webhook_attempt", "delivery_id", "webhook_delivery"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("webhook_cursor")
                    .col(ColumnDef::new("id").big_integer().not_null().primary_key().take())
                    .col(big("sequence"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "INSERT INTO webhook_cursor (id, sequence) SELECT 1, COALESCE(MAX(sequence), 0) FROM event",
                "CREATE INDEX webhook_endpoint_created ON webhook_endpoint (created_at, id)",
                "CREATE INDEX webhook_endpoint_created_by ON webhook_endpoint (created_by_id)",
                "CREATE UNIQUE INDEX webhook_delivery_event ON webhook_delivery (endpoint_id, event_sequence)",
                "CREATE INDEX webhook_delivery_created ON webhook_delivery (endpoint_id, created_at, id)",
                "CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL",
                "CREATE INDEX webhook_delivery_waiting ON webhook_delivery (endpoint_id, subject_id, event_sequence) WHERE next_attempt_at IS NOT NULL",
                "CREATE INDEX webhook_delivery_queue ON webhook_delivery (endpoint_id, event_sequence) WHERE next_attempt_at IS NOT NULL",
                "CREATE INDEX webhook_delivery_done ON webhook_delivery (created_at) WHERE next_attempt_at IS NULL",
                "CREATE INDEX webhook_attempt_delivery ON webhook_attempt (delivery_id, at)",
            ],
        )
        .await?;
        allow(manager, "event", "subject_kind", "WEBHOOK_ENDPOINT").await
    }

    // Events about endpoints stay, and so does the wider set of what events are about.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "webhook_cursor",
                "webhook_attempt",
                "webhook_delivery",
                "webhook_endpoint",
            ],
        )
        .await
    }
}
