//! What became of mutations that were sent with an `Idempotency-Key`.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("idempotency_key")
                    .col(uuid("principal_id"))
                    .col(text("key_hash"))
                    .col(text("request_hash"))
                    .col(uuid("holder"))
                    .col(instant("held_until"))
                    .col(big("commits"))
                    .col(ColumnDef::new("status_code").integer().null().take())
                    .col(text_null("sealed_answer"))
                    .col(instant("expires_at"))
                    .primary_key(Index::create().col("principal_id").col("key_hash"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &["CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_at)"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["idempotency_key"]).await
    }
}
