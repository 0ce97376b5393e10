//! The keys of the token issuer and the counters behind human keys.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("signing_key")
                    .col(text("kid").primary_key().take())
                    .col(text("private_key_pem"))
                    .col(instant("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("key_counter")
                    .col(text("kind").primary_key().take())
                    .col(big("last_number"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &["INSERT INTO key_counter (kind, last_number) VALUES ('INC', 0), ('PM', 0), ('REC', 0)"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["key_counter", "signing_key"]).await
    }
}
