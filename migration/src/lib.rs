//! The schema of Postmortem, step by step. The same steps run on SQLite and on PostgreSQL.
//!
//! One migration is one table group or one set of indexes. A landed migration is never edited: a change is a new one at
//! the end of the list. This crate does not know the entities; a test compares what both say.
//!
//! Conventions: enums are text with a CHECK, instants are `timestamptz` (RFC 3339 text on SQLite), ids are UUIDs, every
//! foreign key has an index, and rows go away only with the row they are part of.

use sea_orm_migration::prelude::async_trait;
pub use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};

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
        ]
    }
}
