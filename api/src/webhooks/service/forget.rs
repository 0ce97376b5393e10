//! Forgets deliveries that were done long ago.

use chrono::Duration;
use entity::webhook_delivery;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{auth::Session, platform::error::Error};

/// How long a delivery is kept that arrived or was given up.
const KEPT: Duration = Duration::days(30);
/// How many are forgotten at a time, so that no statement takes long.
const BATCH: u64 = 5_000;

/// Removes them with their attempts. Their events stay, and `redeliver` makes deliveries of them anew.
pub async fn forget_done(session: &Session) -> Result<(), Error> {
    let long_done = webhook_delivery::Entity::find()
        .select_only()
        .column(webhook_delivery::Column::Id)
        .filter(webhook_delivery::Column::NextAttemptAt.is_null())
        .filter(webhook_delivery::Column::CreatedAt.lt(session.now() - KEPT))
        .limit(BATCH)
        .into_query();
    let forgotten = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::Id.in_subquery(long_done))
        .exec(&session.db)
        .await?;
    if forgotten.rows_affected > 0 {
        tracing::debug!(
            deliveries = forgotten.rows_affected,
            "forgot webhooks that were done long ago"
        );
    }
    Ok(())
}
