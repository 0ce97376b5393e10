//! Takes a link in hand, under a lease.

use chrono::{DateTime, Utc};
use entity::{ids::TrackerConnectionId, tracker_connection, tracker_link};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::{
    auth::Session,
    platform::{db::Hold, error::Error, sql::reached},
    trackers::{model::LEASE, queries::due},
};

/// A link in hand.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The link, as it was before.
    pub link: tracker_link::Model,
    /// Where its issue is.
    pub connection: tracker_connection::Model,
    /// The lease, by which it is known later whether it is still in hand.
    pub lease: DateTime<Utc>,
}

/// Takes the link of a connection that has waited longest. One at a time: a tracker is asked in peace, and its answers keep their
/// order. That an issue may be made is noted here, before any call.
pub async fn claim(session: &Session, id: TrackerConnectionId) -> Result<Option<Claim>, Error> {
    let tx = session.begin().await?;
    let Some(connection) = tracker_connection::Entity::find_by_id(id)
        .hold_if_free()
        .one(&*tx)
        .await?
    else {
        return Ok(None);
    };
    let now = session.now();
    // A transaction that is dropped lets go of its locks only later; one that ends does so at once.
    if !connection.is_enabled || connection.paused_until.is_some_and(|until| until > now) {
        tx.commit().await?;
        return Ok(None);
    }
    let own = || tracker_link::Entity::find().filter(tracker_link::Column::ConnectionId.eq(id));
    let in_hand = own()
        .filter(reached(tracker_link::Column::LeaseUntil, now, LEASE).not())
        .count(&*tx)
        .await?;
    if in_hand > 0 {
        tx.commit().await?;
        return Ok(None);
    }
    let waiting = own()
        .filter(due(now))
        .order_by_asc(tracker_link::Column::NextSyncAt)
        .order_by_asc(tracker_link::Column::Id)
        .limit(1)
        .hold_if_free()
        .one(&*tx)
        .await?;
    let Some(link) = waiting else {
        tx.commit().await?;
        return Ok(None);
    };
    let lease = now + LEASE;
    let is_attempted = link.is_attempted || link.external_id.is_none();
    let mut row = link.clone().into_active_model();
    row.lease_until = Set(Some(lease));
    row.is_attempted = Set(is_attempted);
    row.update(&*tx).await?;
    tx.commit().await?;
    Ok(Some(Claim {
        link,
        connection,
        lease,
    }))
}
