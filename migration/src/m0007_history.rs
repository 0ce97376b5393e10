//! The event log, and what every recommendation was at every moment.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("event")
                    .col(
                        ColumnDef::new("sequence")
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key()
                            .take(),
                    )
                    .col(uuid("id"))
                    .col(text("event_type"))
                    .col(ColumnDef::new("schema_version").integer().not_null().take())
                    .col(instant("occurred_at"))
                    .col(one_of(
                        "actor_kind",
                        &["USER", "SERVICE_TOKEN", "TRACKER", "SCHEDULER", "IMPORT"],
                    ))
                    .col(uuid_null("actor_user_id"))
                    .col(uuid_null("actor_token_id"))
                    .col(text("actor_name"))
                    .col(one_of(
                        "subject_kind",
                        &[
                            "INCIDENT",
                            "REPORT",
                            "TIMELINE_EVENT",
                            "ROOT_CAUSE",
                            "RECOMMENDATION",
                            "COMMENT",
                            "USER",
                            "TEAM",
                            "SERVICE",
                            "API_TOKEN",
                        ],
                    ))
                    .col(uuid("subject_id"))
                    .col(uuid_null("report_id"))
                    .col(uuid_null("other_report_id"))
                    .col(json("changes"))
                    .col(json("payload"))
                    .foreign_key(&mut references("event", "actor_user_id", "user"))
                    .foreign_key(&mut references("event", "report_id", "report"))
                    .foreign_key(&mut references("event", "other_report_id", "report"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("recommendation_version")
                    .col(id())
                    .col(uuid("recommendation_id"))
                    .col(one_of(
                        "status",
                        &[
                            "PROPOSED",
                            "ACCEPTED",
                            "IN_PROGRESS",
                            "BLOCKED",
                            "IMPLEMENTED",
                            "VERIFIED",
                            "DECLINED",
                        ],
                    ))
                    .col(uuid_null("owner_id"))
                    .col(uuid_null("team_id"))
                    .col(one_of("priority", &["P0", "P1", "P2", "P3", "P4"]))
                    .col(date_null("due_on"))
                    .col(instant("valid_from"))
                    .col(instant_null("valid_to"))
                    .foreign_key(&mut part_of(
                        "recommendation_version",
                        "recommendation_id",
                        "recommendation",
                    ))
                    .foreign_key(&mut references("recommendation_version", "owner_id", "user"))
                    .foreign_key(&mut references("recommendation_version", "team_id", "team"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX event_id ON event (id)",
                "CREATE INDEX event_subject ON event (subject_id, sequence)",
                "CREATE INDEX event_report ON event (report_id, sequence)",
                "CREATE INDEX event_other_report ON event (other_report_id)",
                "CREATE INDEX event_actor_user ON event (actor_user_id)",
                "CREATE INDEX recommendation_version_span ON recommendation_version (recommendation_id, valid_from)",
                "CREATE UNIQUE INDEX recommendation_version_current ON recommendation_version (recommendation_id) WHERE valid_to IS NULL",
                "CREATE INDEX recommendation_version_owner ON recommendation_version (owner_id)",
                "CREATE INDEX recommendation_version_team ON recommendation_version (team_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["recommendation_version", "event"]).await
    }
}
