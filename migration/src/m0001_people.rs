//! Users, teams, who is in which, and services.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("user")
                    .col(id())
                    .col(text("email"))
                    .col(text("name"))
                    .col(one_of("role", &["VIEWER", "MEMBER", "ADMIN"]))
                    .col(flag("is_active"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("team")
                    .col(id())
                    .col(text("slug"))
                    .col(text("name"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("team_member")
                    .col(uuid("team_id"))
                    .col(uuid("user_id"))
                    .col(flag("is_lead"))
                    .primary_key(Index::create().col("team_id").col("user_id"))
                    .foreign_key(&mut part_of("team_member", "team_id", "team"))
                    .foreign_key(&mut part_of("team_member", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("service")
                    .col(id())
                    .col(text("slug"))
                    .col(text("name"))
                    .col(text("description"))
                    .col(uuid_null("team_id"))
                    .col(text_null("external_ref"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("service", "team_id", "team"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                r#"CREATE UNIQUE INDEX user_email ON "user" (email)"#,
                "CREATE UNIQUE INDEX team_slug ON team (slug)",
                "CREATE INDEX team_member_user ON team_member (user_id)",
                "CREATE UNIQUE INDEX service_slug ON service (slug)",
                "CREATE INDEX service_team ON service (team_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["service", "team_member", "team", "user"]).await
    }
}
