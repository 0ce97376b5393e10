//! Forgets deliveries that were done long ago, and what came back for them.

use chrono::Duration;
use entity::{webhook_attempt, webhook_delivery};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{auth::Session, platform::error::Error};

/// How many are forgotten at a time, so that no statement takes long.
const BATCH: u64 = 5_000;

/// Removes deliveries that arrived or were given up, with their attempts, after `delivery_retention_days`, and attempts of such
/// deliveries after `attempt_retention_days`. Their events stay, and `redeliver` makes deliveries of them anew.
pub async fn forget_done(session: &Session) -> Result<(), Error> {
    let settings = &session.app.settings;
    let before = |days: u32| session.now() - Duration::days(days.into());
    let done = || {
        webhook_delivery::Entity::find()
            .select_only()
            .column(webhook_delivery::Column::Id)
            .filter(webhook_delivery::Column::NextAttemptAt.is_null())
    };
    let long_done = done()
        .filter(webhook_delivery::Column::CreatedAt.lt(before(settings.delivery_retention_days)))
        .limit(BATCH)
        .into_query();
    let deliveries = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::Id.in_subquery(long_done))
        .exec(&session.db)
        .await?;
    let long_ago = before(settings.attempt_retention_days);
    let of_done = done()
        .filter(webhook_delivery::Column::CreatedAt.lt(long_ago))
        .into_query();
    let old = webhook_attempt::Entity::find()
        .select_only()
        .column(webhook_attempt::Column::Id)
        .filter(webhook_attempt::Column::At.lt(long_ago))
        .filter(webhook_attempt::Column::DeliveryId.in_subquery(of_done))
        .limit(BATCH)
        .into_query();
    let attempts = webhook_attempt::Entity::delete_many()
        .filter(webhook_attempt::Column::Id.in_subquery(old))
        .exec(&session.db)
        .await?;
    if deliveries.rows_affected + attempts.rows_affected > 0 {
        tracing::debug!(
            deliveries = deliveries.rows_affected,
            attempts = attempts.rows_affected,
            "forgot webhooks that were done long ago"
        );
    }
    Ok(())
}
