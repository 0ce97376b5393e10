//! Who a user is in a tracker, as it was found by their e-mail address. What admins say is in the connection.

use sea_orm::entity::prelude::*;

use crate::ids::{TrackerConnectionId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracker_person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: TrackerConnectionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What the tracker calls them; none when it did not say.
    pub external: Option<String>,
    pub asked_at: DateTimeUtc,
}

crate::read_at::read_at!(connection_id, user_id, external, asked_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
