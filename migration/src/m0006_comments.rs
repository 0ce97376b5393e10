//! Comments on reports and recommendations.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("comment")
                    .col(id())
                    .col(uuid_null("report_id"))
                    .col(uuid_null("recommendation_id"))
                    .col(uuid_null("author_id"))
                    .col(text("body"))
                    .col(instant("created_at"))
                    .col(instant_null("edited_at"))
                    .foreign_key(&mut references("comment", "report_id", "report"))
                    .foreign_key(&mut references("comment", "recommendation_id", "recommendation"))
                    .foreign_key(&mut references("comment", "author_id", "user"))
                    .check(Expr::cust("(report_id IS NULL) <> (recommendation_id IS NULL)"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE INDEX comment_report ON comment (report_id, created_at, id)",
                "CREATE INDEX comment_recommendation ON comment (recommendation_id, created_at, id)",
                "CREATE INDEX comment_author ON comment (author_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["comment"]).await
    }
}
