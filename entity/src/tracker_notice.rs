//! What a tracker has told us by a webhook. It is answered at once and worked off afterwards.

use sea_orm::entity::prelude::*;

use crate::ids::{TrackerConnectionId, TrackerNoticeId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracker_notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrackerNoticeId,
    pub connection_id: TrackerConnectionId,
    /// The tracker's id of it, by which one that comes twice is known.
    pub delivery: String,
    /// As it came; "" once it is done.
    pub body: String,
    pub received_at: DateTimeUtc,
    pub done_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(id, connection_id, delivery, body, received_at, done_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
