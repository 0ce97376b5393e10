//! Due policies, and which of them set a due date.

use sea_orm_migration::prelude::*;

use crate::{checks::allow, columns::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("due_policy")
                    .col(id())
                    .col(big("set_number"))
                    .col(big("position"))
                    .col(text("name"))
                    .col(one_of("applies_to", &["REPORT", "RECOMMENDATION"]))
                    .col(big("due_in_days"))
                    .col(flag("business_days"))
                    .col(json("remind_days_before"))
                    .col(json("escalate_days_after"))
                    .col(json("priorities"))
                    .col(json("kinds"))
                    .col(instant("valid_from"))
                    .col(instant_null("valid_to"))
                    .check(Expr::cust("due_in_days BETWEEN 1 AND 3650"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("due_policy_severity")
                    .col(uuid("policy_id"))
                    .col(one_of("severity", &["SEV1", "SEV2", "SEV3", "SEV4", "SEV5"]))
                    .primary_key(Index::create().col("policy_id").col("severity"))
                    .foreign_key(&mut part_of("due_policy_severity", "policy_id", "due_policy"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("due_policy_team")
                    .col(uuid("policy_id"))
                    .col(uuid("team_id"))
                    .primary_key(Index::create().col("policy_id").col("team_id"))
                    .foreign_key(&mut part_of("due_policy_team", "policy_id", "due_policy"))
                    .foreign_key(&mut references("due_policy_team", "team_id", "team"))
                    .to_owned(),
            )
            .await?;
        for due in ["report", "recommendation"] {
            let mut policy = uuid_null("due_policy_id").extra("REFERENCES due_policy (id)").take();
            manager
                .alter_table(Table::alter().table(due).add_column(&mut policy).to_owned())
                .await?;
        }
        run(
            manager,
            &[
                // A question about the past puts those that were in force then in the place of the table.
                "CREATE VIEW due_policy_of_all_time AS SELECT id, applies_to, valid_from, valid_to FROM due_policy",
                "CREATE UNIQUE INDEX due_policy_set ON due_policy (set_number, position)",
                "CREATE UNIQUE INDEX due_policy_in_force ON due_policy (position) WHERE valid_to IS NULL",
                "CREATE INDEX due_policy_team_team ON due_policy_team (team_id)",
                "CREATE INDEX report_due_policy ON report (due_policy_id)",
                "CREATE INDEX recommendation_due_policy ON recommendation (due_policy_id)",
            ],
        )
        .await?;
        allow(manager, "event", "subject_kind", "DUE_POLICY").await
    }

    // Events about policies stay, and so does the wider set of what events are about.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX recommendation_due_policy",
                "DROP INDEX report_due_policy",
                "ALTER TABLE recommendation DROP COLUMN due_policy_id",
                "ALTER TABLE report DROP COLUMN due_policy_id",
            ],
        )
        .await?;
        run(manager, &["DROP VIEW due_policy_of_all_time"]).await?;
        drop(manager, &["due_policy_team", "due_policy_severity", "due_policy"]).await
    }
}
