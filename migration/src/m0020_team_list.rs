//! An index for what a team has of one priority, by due date: its list and its count are read from it alone. It begins with the
//! team, so it also does what the index on the team did.

use sea_orm_migration::prelude::*;

use crate::columns::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = "team_id, priority, due_on, id, report_id";
        let create = format!("CREATE INDEX recommendation_team_priority ON recommendation ({columns})");
        run(manager, &[&create, "DROP INDEX recommendation_team"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let create = "CREATE INDEX recommendation_team ON recommendation (team_id)";
        run(manager, &[create, "DROP INDEX recommendation_team_priority"]).await
    }
}
