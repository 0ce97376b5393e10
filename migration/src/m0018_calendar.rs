//! Calendar feeds: whose they are, what they show, and what each has shown.

use sea_orm_migration::prelude::*;

use crate::{checks::allow, columns::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("calendar_feed")
                    .col(id())
                    .col(text("name"))
                    .col(uuid("owner_id"))
                    .col(uuid_null("team_id"))
                    .col(one_of("form", &["VTODO", "VEVENT"]))
                    .col(count_null("reminder_days"))
                    .col(text("secret_hash"))
                    .col(instant("created_at"))
                    .col(instant_null("rotated_at"))
                    .col(instant_null("last_read_at"))
                    .col(instant_null("revoked_at"))
                    .foreign_key(&mut references("calendar_feed", "owner_id", "user"))
                    .foreign_key(&mut references("calendar_feed", "team_id", "team"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("calendar_feed_item")
                    .col(uuid("feed_id"))
                    .col(uuid("subject_id"))
                    .col(one_of("subject_kind", &["REPORT", "RECOMMENDATION"]))
                    .col(one_of("state", &["SHOWN", "CANCELLED", "GONE"]))
                    .col(big("sequence"))
                    .col(text("fingerprint"))
                    .col(date("due_on"))
                    .col(instant("changed_at"))
                    .col(instant_null("left_at"))
                    .primary_key(Index::create().col("feed_id").col("subject_id"))
                    .foreign_key(&mut part_of("calendar_feed_item", "feed_id", "calendar_feed"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX calendar_feed_secret ON calendar_feed (secret_hash)",
                "CREATE INDEX calendar_feed_owner ON calendar_feed (owner_id, created_at, id)",
                "CREATE INDEX calendar_feed_team ON calendar_feed (team_id)",
                "CREATE INDEX calendar_feed_created ON calendar_feed (created_at, id)",
            ],
        )
        .await?;
        allow(manager, "event", "subject_kind", "CALENDAR_FEED").await
    }

    // Events about feeds stay, and so does the wider set of what events are about.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["calendar_feed_item", "calendar_feed"]).await
    }
}
