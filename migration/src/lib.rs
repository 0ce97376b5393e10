//! The schema of Postmortem, step by step. The same steps run on SQLite and on PostgreSQL.
//!
//! One migration is one table group or one set of indexes. A landed migration is never edited: a change is a new one at
//! the end of the list. This crate does not know the entities; a test compares what both say.
//!
//! Conventions: enums are text with a CHECK, instants are `timestamptz` (RFC 3339 text on SQLite), ids are UUIDs, every
//! foreign key has an index, and rows go away only with the row they are part of.

pub use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};
use sea_orm_migration::{
    prelude::{IntoSchemaManagerConnection, SchemaManager, async_trait},
    sea_orm::{ConnectionTrait, DbErr},
};

mod checks;
mod columns;
mod m0001_people;
mod m0002_incidents;
mod m0003_reports;
mod m0004_root_causes;
mod m0005_recommendations;
mod m0006_comments;
mod m0007_history;
mod m0008_platform;
mod m0009_list_indexes;
mod m0010_access;
mod m0011_past;
mod m0012_policies;
mod m0013_search;
mod m0014_scheduler;
mod m0015_webhooks;
mod m0017_trackers;
mod m0018_calendar;
mod m0019_views;
mod m0020_team_list;
mod m0021_idempotency;
mod m0022_anonymized_users;
mod m0023_item_visibility;
mod m0024_item_of_changing_report;
mod taxonomy;

/// All steps, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_incidents::Migration),
            Box::new(m0003_reports::Migration),
            Box::new(m0004_root_causes::Migration),
            Box::new(m0005_recommendations::Migration),
            Box::new(m0006_comments::Migration),
            Box::new(m0007_history::Migration),
            Box::new(m0008_platform::Migration),
            Box::new(m0009_list_indexes::Migration),
            Box::new(m0010_access::Migration),
            Box::new(m0011_past::Migration),
            Box::new(m0012_policies::Migration),
            Box::new(m0013_search::Migration),
            Box::new(m0014_scheduler::Migration),
            Box::new(m0015_webhooks::Migration),
            Box::new(m0017_trackers::Migration),
            Box::new(m0018_calendar::Migration),
            Box::new(m0019_views::Migration),
            Box::new(m0020_team_list::Migration),
            Box::new(m0021_idempotency::Migration),
            Box::new(m0022_anonymized_users::Migration),
            Box::new(m0023_item_visibility::Migration),
            Box::new(m0024_item_of_changing_report::Migration),
        ]
    }
}

/// The steps of this release that are not applied yet, oldest first. Steps of a later release do not matter: its processes
/// start while ours still run. Changes nothing, so it needs no right to.
pub async fn missing<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, DbErr> {
    let applied = applied(db).await?;
    Ok(names().filter(|step| !applied.contains(step)).collect())
}

/// The steps that are applied and that this release does not know, oldest first: those of a later one.
pub async fn unknown<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, DbErr> {
    let known: Vec<String> = names().collect();
    let mut unknown = applied(db).await?;
    unknown.retain(|step| !known.contains(step));
    unknown.sort();
    Ok(unknown)
}

/// Does a step take away what the release before it needs? Its name says so: `m0030_contract_…`. It is all that an older release
/// can know of it.
pub fn contracts(step: &str) -> bool {
    step.split('_').nth(1) == Some("contract")
}

fn names() -> impl Iterator<Item = String> {
    Migrator::migrations().into_iter().map(|step| step.name().to_owned())
}

async fn applied<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, DbErr> {
    let manager = SchemaManager::new(db);
    if !manager.has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let select = sea_orm_migration::sea_orm::sea_query::Query::select()
        .column("version")
        .from("seaql_migrations")
        .to_owned();
    let rows = manager.get_connection().query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// Has any step been applied?
pub async fn has_begun<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<bool, DbErr> {
    SchemaManager::new(db).has_table("seaql_migrations").await
}
