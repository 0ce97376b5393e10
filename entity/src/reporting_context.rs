//! What the views for reporting need to know besides the tables: one row, which the background work keeps.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reporting_context")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The day it is in the organisation's time zone.
    pub today: Date,
    /// IANA name.
    pub time_zone: String,
    /// Where people reach the service.
    pub public_url: String,
    /// When this was last written.
    pub updated_at: DateTimeUtc,
}

crate::read_at::read_at!(id, today, time_zone, public_url, updated_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
