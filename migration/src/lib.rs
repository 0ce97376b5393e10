//! The schema of Postmortem, step by step. The same steps run on SQLite and on PostgreSQL.
//!
//! One migration is one table group or one set of indexes. A landed migration is never edited: a change is a new one at
//! the end of the list. This crate does not know the entities; a test compares what both say.
//!
//! Conventions: enums are text with a CHECK, instants are `timestamptz` (RFC 3339 text on SQLite), ids are UUIDs, every
//! foreign key has an index, and rows go away only with the row they are part of.

pub use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};
use sea_orm_migration::{
    prelude::async_trait,
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, sea_query::Query},
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
mod m0025_imported_items;
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
            Box::new(m0025_imported_items::Migration),
        ]
    }
}

/// How the steps of a database differ from those of this release, the oldest of either first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// Those of this release that are not applied yet.
    pub missing: Vec<String>,
    /// Those that are applied and that this release does not know: of a later one. They do not matter unless they [contract](contracts):
    /// its processes start while ours still run.
    pub unknown: Vec<String>,
}

/// Compares them. Changes nothing, so it needs no right to.
pub async fn steps(db: &impl ConnectionTrait) -> Result<Steps, DbErr> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let applied = applied(db).await?;
    let (missing, mut unknown) = (
        known.iter().filter(|step| !applied.contains(step)).cloned().collect(),
        applied
            .iter()
            .filter(|step| !known.contains(step))
            .cloned()
            .collect::<Vec<_>>(),
    );
    unknown.sort();
    Ok(Steps { missing, unknown })
}

/// Does a step take away what the release before it needs? Its name says so: `m0030_contract_…`. It is all that an older release
/// can know of it.
pub fn contracts(step: &str) -> bool {
    step.split('_').nth(1) == Some("contract")
}

/// Where the library notes them.
const APPLIED: &str = "seaql_migrations";

async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    if !has_begun(db).await? {
        return Ok(Vec::new());
    }
    let select = Query::select().column("version").from(APPLIED).take();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// Has any step been applied?
pub async fn has_begun(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let tables = match backend {
        DbBackend::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
        _ => "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
    };
    let select = Statement::from_sql_and_values(backend, tables, [APPLIED.into()]);
    Ok(db.query_one_raw(select).await?.is_some())
}
