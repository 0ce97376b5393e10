//! The taxonomy of causes. Seeded by the migration.

use sea_orm::entity::prelude::*;

use crate::ids::CauseCategoryId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_category")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CauseCategoryId,
    /// Unique short name.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub parent_id: Option<CauseCategoryId>,
    /// Order among all categories.
    pub position: i32,
}

crate::read_at::read_at!(id, slug, name, description, parent_id, position);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
