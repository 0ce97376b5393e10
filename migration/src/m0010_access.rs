//! Who signs in from where: identities at OpenID Connect issuers, tokens for machines, and browsers.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("user_identity")
                    .col(id())
                    .col(uuid("user_id"))
                    .col(text("issuer"))
                    .col(text("subject"))
                    .col(instant_null("synced_at"))
                    .col(instant("created_at"))
                    .foreign_key(&mut part_of("user_identity", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("api_token")
                    .col(id())
                    .col(text("name"))
                    .col(text("token_hash"))
                    .col(json("scopes"))
                    .col(uuid_null("team_id"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant_null("expires_at"))
                    .col(instant_null("last_used_at"))
                    .col(instant_null("revoked_at"))
                    .foreign_key(&mut references("api_token", "team_id", "team"))
                    .foreign_key(&mut references("api_token", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("web_session")
                    .col(text("id_hash").primary_key().take())
                    .col(uuid("user_id"))
                    .col(text("issuer"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .foreign_key(&mut part_of("web_session", "user_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("login_attempt")
                    .col(text("state_hash").primary_key().take())
                    .col(text("browser_hash"))
                    .col(text("issuer"))
                    .col(text("nonce"))
                    .col(text("pkce_verifier"))
                    .col(text("return_to"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("oidc_provider")
                    .col(text("issuer").primary_key().take())
                    .col(json("keys"))
                    .col(ColumnDef::new("endpoints").json_binary().null().take())
                    .col(instant("fetched_at"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX user_identity_subject ON user_identity (issuer, subject)",
                "CREATE INDEX user_identity_user ON user_identity (user_id)",
                "CREATE UNIQUE INDEX api_token_hash ON api_token (token_hash)",
                "CREATE INDEX api_token_team ON api_token (team_id)",
                "CREATE INDEX api_token_created_by ON api_token (created_by_id)",
                "CREATE INDEX api_token_created ON api_token (created_at, id)",
                "CREATE INDEX web_session_user ON web_session (user_id)",
                "CREATE INDEX web_session_expiry ON web_session (expires_at)",
                "CREATE INDEX login_attempt_expiry ON login_attempt (expires_at)",
                "CREATE INDEX event_actor_subject ON event (actor_user_id, subject_id, occurred_at)",
                "DROP INDEX event_actor_user",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE INDEX event_actor_user ON event (actor_user_id)",
                "DROP INDEX event_actor_subject",
            ],
        )
        .await?;
        drop(
            manager,
            &[
                "oidc_provider",
                "login_attempt",
                "web_session",
                "api_token",
                "user_identity",
            ],
        )
        .await
    }
}
