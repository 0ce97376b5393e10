//! Reports with their people, decisions, text history, imports and timeline.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("report")
                    .col(id())
                    .col(text("key"))
                    .col(uuid("incident_id"))
                    .col(text("title"))
                    .col(one_of("status", &["DRAFT", "IN_REVIEW", "PUBLISHED", "ARCHIVED"]))
                    .col(one_of("visibility", &["ORGANIZATION", "RESTRICTED"]))
                    .col(uuid_null("owner_id"))
                    .col(uuid_null("team_id"))
                    .col(date_null("due_on"))
                    .col(date_null("original_due_on"))
                    .col(text("executive_summary"))
                    .col(text("background"))
                    .col(text("root_cause_analysis"))
                    .col(text("impact_analysis"))
                    .col(text("lessons_learned"))
                    .col(text("conclusion"))
                    .col(count_null("customers_affected"))
                    .col(count_null("requests_failed"))
                    .col(ColumnDef::new("data_lost").boolean().null().take())
                    .col(count_null("downtime_seconds"))
                    .col(count_null("cost_minor_units"))
                    .col(text_null("currency"))
                    .col(instant_null("published_at"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("report", "incident_id", "incident"))
                    .foreign_key(&mut references("report", "owner_id", "user"))
                    .foreign_key(&mut references("report", "team_id", "team"))
                    .foreign_key(&mut references("report", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("report_label")
                    .col(uuid("report_id"))
                    .col(text("label"))
                    .primary_key(Index::create().col("report_id").col("label"))
                    .foreign_key(&mut part_of("report_label", "report_id", "report"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("report_participant")
                    .col(uuid("report_id"))
                    .col(uuid("user_id"))
                    .col(one_of(
                        "role",
                        &[
                            "AUTHOR",
                            "INCIDENT_COMMANDER",
                            "RESPONDER",
                            "REVIEWER",
                            "APPROVER",
                            "STAKEHOLDER",
                        ],
                    ))
                    .primary_key(Index::create().col("report_id").col("user_id").col("role"))
                    .foreign_key(&mut part_of("report_participant", "report_id", "report"))
                    .foreign_key(&mut references("report_participant", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("report_approval")
                    .col(id())
                    .col(uuid("report_id"))
                    .col(uuid("user_id"))
                    .col(one_of("decision", &["APPROVED", "CHANGES_REQUESTED"]))
                    .col(text_null("comment"))
                    .col(instant("decided_at"))
                    .foreign_key(&mut part_of("report_approval", "report_id", "report"))
                    .foreign_key(&mut references("report_approval", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("report_revision")
                    .col(id())
                    .col(uuid("report_id"))
                    .col(big("number"))
                    .col(uuid_null("author_id"))
                    .col(json("changed_sections"))
                    .col(text("markdown"))
                    .col(instant("created_at"))
                    .foreign_key(&mut part_of("report_revision", "report_id", "report"))
                    .foreign_key(&mut references("report_revision", "author_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("report_import")
                    .col(text("digest").primary_key().take())
                    .col(uuid("report_id"))
                    .col(text("file_name"))
                    .col(instant("imported_at"))
                    .foreign_key(&mut part_of("report_import", "report_id", "report"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("timeline_event")
                    .col(id())
                    .col(uuid("report_id"))
                    .col(instant("occurred_at"))
                    .col(one_of(
                        "kind",
                        &[
                            "TRIGGER",
                            "IMPACT_START",
                            "DETECTION",
                            "ESCALATION",
                            "DIAGNOSIS",
                            "MITIGATION",
                            "RESOLUTION",
                            "COMMUNICATION",
                            "OTHER",
                        ],
                    ))
                    .col(text("description"))
                    .col(text_null("source_url"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .foreign_key(&mut part_of("timeline_event", "report_id", "report"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX report_key ON report (key)",
                "CREATE INDEX report_incident ON report (incident_id)",
                "CREATE INDEX report_owner ON report (owner_id)",
                "CREATE INDEX report_team ON report (team_id)",
                "CREATE INDEX report_created_by ON report (created_by_id)",
                "CREATE INDEX report_label_label ON report_label (label)",
                "CREATE INDEX report_participant_user ON report_participant (user_id)",
                "CREATE UNIQUE INDEX report_approval_once ON report_approval (report_id, user_id)",
                "CREATE INDEX report_approval_user ON report_approval (user_id)",
                "CREATE UNIQUE INDEX report_revision_number ON report_revision (report_id, number)",
                "CREATE INDEX report_revision_author ON report_revision (author_id)",
                "CREATE INDEX report_import_report ON report_import (report_id)",
                "CREATE INDEX timeline_event_report ON timeline_event (report_id, occurred_at, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "timeline_event",
                "report_import",
                "report_revision",
                "report_approval",
                "report_participant",
                "report_label",
                "report",
            ],
        )
        .await
    }
}
