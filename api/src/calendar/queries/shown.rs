//! What a feed has shown.

use std::collections::BTreeMap;

use entity::{calendar_feed_item, ids::CalendarFeedId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{calendar::model::keeping::Kept, platform::error::Error};

/// All that a feed has ever shown, by the id of what it is.
pub async fn shown(
    db: &impl ConnectionTrait,
    feed: CalendarFeedId,
) -> Result<BTreeMap<Uuid, calendar_feed_item::Model>, Error> {
    let rows = calendar_feed_item::Entity::find()
        .filter(calendar_feed_item::Column::FeedId.eq(feed))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.subject_id, row)).collect())
}

/// A row as a value.
pub fn kept(row: &calendar_feed_item::Model) -> Kept {
    Kept {
        state: row.state,
        sequence: row.sequence,
        fingerprint: row.fingerprint.clone(),
        due_on: row.due_on,
        changed_at: row.changed_at,
        left_at: row.left_at,
    }
}
