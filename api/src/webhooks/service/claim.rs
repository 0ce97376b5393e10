//! Takes deliveries in hand, under a lease, and lets go of them.

use chrono::{DateTime, Utc};
use entity::{
    ids::{WebhookDeliveryId, WebhookEndpointId},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::none;
use crate::{
    auth::Session,
    platform::{db::Hold, error::Error, sql::reached},
    webhooks::{
        model::retry::LEASE,
        queries::{due, first_of_its_subject},
    },
};

/// Calls at once to an endpoint that fails; one that works gets one after another.
const AT_ONCE: u64 = 8;

/// A delivery in hand.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What to send.
    pub delivery: webhook_delivery::Model,
    /// Where to.
    pub endpoint: webhook_endpoint::Model,
    /// The lease, by which it is known later whether it is still in hand.
    pub lease: DateTime<Utc>,
}

/// Takes what may be sent to an endpoint now: in the order of events, and no more at once than it bears.
pub async fn claim(session: &Session, id: WebhookEndpointId) -> Result<Vec<Claim>, Error> {
    let tx = session.begin().await?;
    let Some(endpoint) = webhook_endpoint::Entity::find_by_id(id)
        .hold_if_free()
        .one(&*tx)
        .await?
    else {
        return Ok(Vec::new());
    };
    let now = session.now();
    // A transaction that is dropped lets go of its locks only later, and whoever comes next would pass this endpoint by.
    if !endpoint.is_enabled || endpoint.paused_until.is_some_and(|until| until > now) {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    let own = || webhook_delivery::Entity::find().filter(webhook_delivery::Column::EndpointId.eq(id));
    let on_their_way = own()
        .filter(webhook_delivery::Column::NextAttemptAt.is_not_null())
        .filter(reached(webhook_delivery::Column::LeaseUntil, now, LEASE).not())
        .count(&*tx)
        .await?;
    let most = if endpoint.failing_since.is_none() { 1 } else { AT_ONCE };
    let free = most.saturating_sub(on_their_way);
    if free == 0 {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    let taken = own()
        .filter(due(now))
        .filter(first_of_its_subject())
        .order_by_asc(webhook_delivery::Column::EventSequence)
        .limit(free)
        .all(&*tx)
        .await?;
    if taken.is_empty() {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    let lease = now + LEASE;
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::LeaseUntil, Expr::value(lease))
        .filter(webhook_delivery::Column::Id.is_in(taken.iter().map(|delivery| delivery.id)))
        .exec(&*tx)
        .await?;
    tx.commit().await?;
    let claim = |delivery| Claim {
        delivery,
        endpoint: endpoint.clone(),
        lease,
    };
    Ok(taken.into_iter().map(claim).collect())
}

/// Lets go of deliveries that were not sent, so that the next worker need not wait for the leases to run out.
pub async fn release(session: &Session, held: &[(WebhookDeliveryId, DateTime<Utc>)]) -> Result<(), Error> {
    if held.is_empty() {
        return Ok(());
    }
    let tx = session.begin().await?;
    for (id, lease) in held {
        webhook_delivery::Entity::update_many()
            .col_expr(webhook_delivery::Column::LeaseUntil, none())
            .filter(webhook_delivery::Column::Id.eq(*id))
            .filter(webhook_delivery::Column::LeaseUntil.eq(*lease))
            .exec(&*tx)
            .await?;
    }
    tx.commit().await
}
