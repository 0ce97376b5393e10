//! Which process does the work that time brings about, and until when.

use sea_orm::entity::prelude::*;

use crate::ids::ProcessId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scheduler_lease")]
pub struct Model {
    /// Which work.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub holder: ProcessId,
    /// From here on another process may take it.
    pub until: DateTimeUtc,
}

crate::read_at::read_at!(name, holder, until);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
