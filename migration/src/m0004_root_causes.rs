//! The taxonomy of causes, seeded, and root causes.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("cause_category")
                    .col(id())
                    .col(text("slug"))
                    .col(text("name"))
                    .col(text("description"))
                    .col(uuid_null("parent_id"))
                    .col(ColumnDef::new("position").integer().not_null().take())
                    .foreign_key(&mut references("cause_category", "parent_id", "cause_category"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("root_cause")
                    .col(id())
                    .col(uuid("report_id"))
                    .col(text("title"))
                    .col(text("description"))
                    .col(one_of(
                        "role",
                        &["TRIGGER", "CONTRIBUTING", "DETECTION_GAP", "RESPONSE_GAP", "LATENT"],
                    ))
                    .col(uuid_null("category_id"))
                    .col(uuid_null("parent_id"))
                    .col(text_null("no_action_reason"))
                    .col(uuid_null("recurrence_of_id"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("root_cause", "report_id", "report"))
                    .foreign_key(&mut references("root_cause", "category_id", "cause_category"))
                    .foreign_key(&mut references("root_cause", "parent_id", "root_cause"))
                    .foreign_key(&mut references("root_cause", "recurrence_of_id", "root_cause"))
                    .foreign_key(&mut references("root_cause", "created_by_id", "user"))
                    .check(Expr::cust("parent_id <> id AND recurrence_of_id <> id"))
                    .to_owned(),
            )
            .await?;
        crate::taxonomy::seed(manager).await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX cause_category_slug ON cause_category (slug)",
                "CREATE INDEX cause_category_parent ON cause_category (parent_id)",
                "CREATE INDEX root_cause_report ON root_cause (report_id)",
                "CREATE INDEX root_cause_category ON root_cause (category_id)",
                "CREATE INDEX root_cause_parent ON root_cause (parent_id)",
                "CREATE INDEX root_cause_recurrence_of ON root_cause (recurrence_of_id)",
                "CREATE INDEX root_cause_created_by ON root_cause (created_by_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["root_cause", "cause_category"]).await
    }
}
