//! Recommendations, the causes they treat, and what was promised, proven and reviewed.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("recommendation")
                    .col(id())
                    .col(text("key"))
                    .col(uuid("report_id"))
                    .col(text("title"))
                    .col(text("description"))
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
                    .col(one_of(
                        "kind",
                        &["PREVENT", "DETECT", "MITIGATE", "REPAIR", "PROCESS", "INVESTIGATE"],
                    ))
                    .col(one_of_null("strength", &["STRONG", "INTERMEDIATE", "WEAK"]))
                    .col(one_of("priority", &["P0", "P1", "P2", "P3", "P4"]))
                    .col(uuid_null("owner_id"))
                    .col(uuid_null("team_id"))
                    .col(date_null("due_on"))
                    .col(date_null("original_due_on"))
                    .col(text_null("acceptance_criterion"))
                    .col(text_null("blocked_reason"))
                    .col(instant_null("accepted_at"))
                    .col(instant_null("implemented_at"))
                    .col(instant_null("completed_at"))
                    .col(instant_null("verified_at"))
                    .col(uuid_null("verified_by_id"))
                    .col(one_of_null(
                        "closure_reason",
                        &[
                            "ALTERNATE_ACTION",
                            "DUPLICATE",
                            "SUPERSEDED",
                            "NO_LONGER_APPLICABLE",
                            "RISK_ACCEPTED",
                            "REJECTED",
                        ],
                    ))
                    .col(text_null("closure_note"))
                    .col(date_null("risk_accepted_until"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("recommendation", "report_id", "report"))
                    .foreign_key(&mut references("recommendation", "owner_id", "user"))
                    .foreign_key(&mut references("recommendation", "team_id", "team"))
                    .foreign_key(&mut references("recommendation", "verified_by_id", "user"))
                    .foreign_key(&mut references("recommendation", "created_by_id", "user"))
                    .check(Expr::cust("(status = 'BLOCKED') = (blocked_reason IS NOT NULL)"))
                    .check(Expr::cust("(status = 'DECLINED') = (closure_reason IS NOT NULL)"))
                    .check(Expr::cust(
                        "(coalesce(closure_reason, '') = 'RISK_ACCEPTED') = (risk_accepted_until IS NOT NULL)",
                    ))
                    .check(Expr::cust("(status = 'VERIFIED') = (verified_at IS NOT NULL)"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("recommendation_label")
                    .col(uuid("recommendation_id"))
                    .col(text("label"))
                    .primary_key(Index::create().col("recommendation_id").col("label"))
                    .foreign_key(&mut part_of(
                        "recommendation_label",
                        "recommendation_id",
                        "recommendation",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("recommendation_root_cause")
                    .col(uuid("recommendation_id"))
                    .col(uuid("root_cause_id"))
                    .col(instant("created_at"))
                    .primary_key(Index::create().col("recommendation_id").col("root_cause_id"))
                    .foreign_key(&mut part_of(
                        "recommendation_root_cause",
                        "recommendation_id",
                        "recommendation",
                    ))
                    .foreign_key(&mut references(
                        "recommendation_root_cause",
                        "root_cause_id",
                        "root_cause",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("due_change")
                    .col(id())
                    .col(uuid("recommendation_id"))
                    .col(date_null("from_on"))
                    .col(date_null("to_on"))
                    .col(text("reason"))
                    .col(uuid_null("changed_by_id"))
                    .col(instant("changed_at"))
                    .foreign_key(&mut part_of("due_change", "recommendation_id", "recommendation"))
                    .foreign_key(&mut references("due_change", "changed_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("evidence")
                    .col(id())
                    .col(uuid("recommendation_id"))
                    .col(text("url"))
                    .col(text_null("note"))
                    .col(uuid_null("added_by_id"))
                    .col(instant("added_at"))
                    .foreign_key(&mut part_of("evidence", "recommendation_id", "recommendation"))
                    .foreign_key(&mut references("evidence", "added_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("effectiveness_review")
                    .col(id())
                    .col(uuid("recommendation_id"))
                    .col(date("due_on"))
                    .col(one_of_null("outcome", &["EFFECTIVE", "INEFFECTIVE", "INCONCLUSIVE"]))
                    .col(text_null("note"))
                    .col(uuid_null("reviewed_by_id"))
                    .col(instant_null("reviewed_at"))
                    .foreign_key(&mut part_of(
                        "effectiveness_review",
                        "recommendation_id",
                        "recommendation",
                    ))
                    .foreign_key(&mut references("effectiveness_review", "reviewed_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX recommendation_key ON recommendation (key)",
                "CREATE INDEX recommendation_report ON recommendation (report_id)",
                "CREATE INDEX recommendation_owner ON recommendation (owner_id)",
                "CREATE INDEX recommendation_team ON recommendation (team_id)",
                "CREATE INDEX recommendation_verified_by ON recommendation (verified_by_id)",
                "CREATE INDEX recommendation_created_by ON recommendation (created_by_id)",
                "CREATE INDEX recommendation_label_label ON recommendation_label (label)",
                "CREATE INDEX recommendation_root_cause_cause ON recommendation_root_cause (root_cause_id, recommendation_id)",
                "CREATE INDEX due_change_recommendation ON due_change (recommendation_id, changed_at)",
                "CREATE INDEX due_change_changed_by ON due_change (changed_by_id)",
                "CREATE INDEX evidence_recommendation ON evidence (recommendation_id)",
                "CREATE INDEX evidence_added_by ON evidence (added_by_id)",
                "CREATE INDEX effectiveness_review_recommendation ON effectiveness_review (recommendation_id, due_on)",
                "CREATE INDEX effectiveness_review_reviewed_by ON effectiveness_review (reviewed_by_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "effectiveness_review",
                "evidence",
                "due_change",
                "recommendation_root_cause",
                "recommendation_label",
                "recommendation",
            ],
        )
        .await
    }
}
