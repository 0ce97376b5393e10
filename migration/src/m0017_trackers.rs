//! Issue trackers: which there are, which issue stands for which recommendation, and what the trackers have told us.

use sea_orm_migration::prelude::*;

use crate::{checks::allow, columns::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("tracker_connection")
                    .col(id())
                    .col(one_of("kind", &["GITHUB", "GITLAB", "JIRA", "LINEAR", "REDMINE"]))
                    .col(text("name"))
                    .col(text("base_url"))
                    .col(text("project"))
                    .col(flag("auto_create"))
                    .col(flag("is_enabled"))
                    .col(flag("includes_restricted"))
                    .col(json("status_map"))
                    .col(json("user_map"))
                    .col(big("from_sequence"))
                    .col(text("sealed_token"))
                    .col(text("sealed_inbound_secret"))
                    .col(instant("polled_until"))
                    .col(instant("next_poll_at"))
                    .col(instant_null("paused_until"))
                    .col(big("failures"))
                    .col(instant_null("last_synced_at"))
                    .col(text_null("last_error"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("tracker_connection", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("tracker_link")
                    .col(id())
                    .col(uuid("connection_id"))
                    .col(uuid("recommendation_id"))
                    .col(uuid("report_id"))
                    .col(text_null("external_id"))
                    .col(text_null("external_key"))
                    .col(text_null("url"))
                    .col(text_null("external_status"))
                    .col(one_of(
                        "state",
                        &["PENDING", "IN_SYNC", "CONFLICT", "FAILED", "UNLINKED"],
                    ))
                    .col(json("base"))
                    .col(json("seen"))
                    .col(json("conflicts"))
                    .col(json("settled"))
                    .col(text_null("last_error"))
                    .col(instant_null("last_synced_at"))
                    .col(flag("is_attempted"))
                    .col(flag("must_read"))
                    .col(big("wanted"))
                    .col(instant_null("next_sync_at"))
                    .col(instant_null("lease_until"))
                    .col(big("failures"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .foreign_key(&mut part_of("tracker_link", "connection_id", "tracker_connection"))
                    .foreign_key(&mut part_of("tracker_link", "recommendation_id", "recommendation"))
                    .foreign_key(&mut references("tracker_link", "report_id", "report"))
                    .foreign_key(&mut references("tracker_link", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("tracker_notice")
                    .col(id())
                    .col(uuid("connection_id"))
                    .col(text("delivery"))
                    .col(text("body"))
                    .col(instant("received_at"))
                    .col(instant_null("done_at"))
                    .foreign_key(&mut part_of("tracker_notice", "connection_id", "tracker_connection"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("tracker_cursor")
                    .col(ColumnDef::new("id").big_integer().not_null().primary_key().take())
                    .col(big("sequence"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("tracker_person")
                    .col(uuid("connection_id"))
                    .col(uuid("user_id"))
                    .col(text_null("external"))
                    .col(instant("asked_at"))
                    .primary_key(Index::create().col("connection_id").col("user_id"))
                    .foreign_key(&mut part_of("tracker_person", "connection_id", "tracker_connection"))
                    .foreign_key(&mut part_of("tracker_person", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "INSERT INTO tracker_cursor (id, sequence) SELECT 1, COALESCE(MAX(sequence), 0) FROM event",
                "CREATE INDEX tracker_connection_created ON tracker_connection (created_at, id)",
                "CREATE INDEX tracker_connection_created_by ON tracker_connection (created_by_id)",
                "CREATE INDEX tracker_link_recommendation ON tracker_link (recommendation_id, created_at, id)",
                "CREATE INDEX tracker_link_connection ON tracker_link (connection_id, next_sync_at)",
                "CREATE INDEX tracker_link_report ON tracker_link (report_id)",
                "CREATE INDEX tracker_link_created_by ON tracker_link (created_by_id)",
                "CREATE UNIQUE INDEX tracker_link_once ON tracker_link (connection_id, recommendation_id) WHERE state <> 'UNLINKED'",
                "CREATE UNIQUE INDEX tracker_link_issue ON tracker_link (connection_id, external_id) WHERE state <> 'UNLINKED' AND external_id IS NOT NULL",
                "CREATE INDEX tracker_person_user ON tracker_person (user_id)",
                "CREATE UNIQUE INDEX tracker_notice_delivery ON tracker_notice (connection_id, delivery)",
                "CREATE INDEX tracker_notice_done ON tracker_notice (done_at) WHERE done_at IS NOT NULL",
                "CREATE INDEX tracker_notice_waiting ON tracker_notice (received_at) WHERE done_at IS NULL",
            ],
        )
        .await?;
        allow(manager, "event", "subject_kind", "TRACKER_CONNECTION").await
    }

    // Events about connections stay, and so does the wider set of what events are about.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "tracker_person",
                "tracker_cursor",
                "tracker_notice",
                "tracker_link",
                "tracker_connection",
            ],
        )
        .await
    }
}
