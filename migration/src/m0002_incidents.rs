//! Incidents, the services they hit, and what other systems call them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("incident")
                    .col(id())
                    .col(text("key"))
                    .col(text("title"))
                    .col(one_of("severity", &["SEV1", "SEV2", "SEV3", "SEV4", "SEV5"]))
                    .col(uuid_null("team_id"))
                    .col(instant("started_at"))
                    .col(instant_null("detected_at"))
                    .col(instant_null("mitigated_at"))
                    .col(instant_null("resolved_at"))
                    .col(uuid_null("created_by_id"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .col(big("version"))
                    .foreign_key(&mut references("incident", "team_id", "team"))
                    .foreign_key(&mut references("incident", "created_by_id", "user"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("incident_service")
                    .col(uuid("incident_id"))
                    .col(uuid("service_id"))
                    .primary_key(Index::create().col("incident_id").col("service_id"))
                    .foreign_key(&mut part_of("incident_service", "incident_id", "incident"))
                    .foreign_key(&mut references("incident_service", "service_id", "service"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("incident_external_ref")
                    .col(text("system"))
                    .col(text("external_id"))
                    .col(uuid("incident_id"))
                    .col(text_null("url"))
                    .primary_key(Index::create().col("system").col("external_id"))
                    .foreign_key(&mut part_of("incident_external_ref", "incident_id", "incident"))
                    .to_owned(),
            )
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX incident_key ON incident (key)",
                "CREATE INDEX incident_team ON incident (team_id)",
                "CREATE INDEX incident_created_by ON incident (created_by_id)",
                "CREATE INDEX incident_service_service ON incident_service (service_id)",
                "CREATE INDEX incident_external_ref_incident ON incident_external_ref (incident_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["incident_external_ref", "incident_service", "incident"]).await
    }
}
