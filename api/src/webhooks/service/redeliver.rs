//! Sends again what was sent already, or could not be. Admins only. Receivers know it by the id of the event.

use chrono::{DateTime, Utc};
use entity::{
    enums::DeliveryStatus,
    ids::{WebhookDeliveryId, WebhookEndpointId},
    webhook_delivery,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use serde_json::json;

use super::{enqueue, event, hold, none, require_enabled};
use crate::{
    auth::Session,
    events::{
        queries::{events_after, last_sequence},
        service::record,
    },
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
    webhooks::queries::{candidates, described, first_since},
};

/// The most events that are looked at for one request.
const MOST: i64 = 10_000;
/// Events that are looked at together.
const BATCH: u64 = 500;

async fn queue_again(session: &Session, tx: &Tx, which: SimpleExpr) -> Result<(), Error> {
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::Status, Expr::value(DeliveryStatus::Pending))
        .col_expr(webhook_delivery::Column::Tries, Expr::value(0_i64))
        .col_expr(webhook_delivery::Column::NextAttemptAt, Expr::value(session.now()))
        .col_expr(webhook_delivery::Column::LeaseUntil, none())
        .filter(which)
        .exec(&**tx)
        .await?;
    Ok(())
}

/// One delivery. Returns its endpoint.
pub async fn one(session: &Session, id: WebhookDeliveryId) -> Result<WebhookEndpointId, Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let unknown = || Error::not_found("webhook delivery");
    let delivery = webhook_delivery::Entity::find_by_id(id)
        .one(&*tx)
        .await?
        .ok_or_else(unknown)?;
    let endpoint = hold(&tx, delivery.endpoint_id).await?;
    require_enabled(&endpoint, "deliveryId")?;
    webhook_delivery::Entity::find_by_id(id)
        .hold()
        .one(&*tx)
        .await?
        .ok_or_else(unknown)?;
    queue_again(session, &tx, webhook_delivery::Column::Id.eq(id)).await?;
    let payload = json!({ "deliveryId": id, "deliveries": 1 });
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.redelivered", endpoint.id).payload(payload)],
    )
    .await?;
    tx.commit().await?;
    Ok(endpoint.id)
}

/// From when to when.
pub struct Time {
    /// The first moment.
    pub since: DateTime<Utc>,
    /// The moment after the last; none: now.
    pub until: Option<DateTime<Utc>>,
}

/// Everything of a time that an endpoint has been told, or would have been. Returns how many deliveries there are.
pub async fn within(session: &Session, id: WebhookEndpointId, time: Time) -> Result<i64, Error> {
    session.viewer.require_admin()?;
    if time.until.is_some_and(|until| until < time.since) {
        return Err(Error::invalid(
            "until",
            "BEFORE_SINCE",
            "The end is before the beginning; exchange since and until.",
        ));
    }
    let tx = session.begin().await?;
    let row = hold(&tx, id).await?;
    require_enabled(&row, "endpointId")?;
    let Some(first) = first_since(&*tx, time.since).await? else {
        return Ok(0);
    };
    let beyond = match time.until {
        Some(until) => first_since(&*tx, until).await?,
        None => None,
    };
    let last = match beyond {
        Some(beyond) => beyond - 1,
        None => last_sequence(&*tx).await?,
    };
    if last - first >= MOST {
        return Err(Error::invalid(
            "since",
            "TOO_MANY",
            format!("More than {MOST} events happened in that time; ask for it in parts, with until."),
        ));
    }
    let endpoint = described(&row)?;
    let mut after = first - 1;
    loop {
        let mut events = events_after(&*tx, after, BATCH).await?;
        events.retain(|event| event.sequence <= last);
        let Some(reached) = events.last().map(|event| event.sequence) else {
            break;
        };
        after = reached;
        let found = candidates(&*tx, events).await?;
        let wanted = found.iter().filter(|candidate| candidate.is_for(&row, &endpoint));
        enqueue(session, &tx, wanted.map(|candidate| (id, &candidate.event))).await?;
    }
    let own = webhook_delivery::Column::EndpointId
        .eq(id)
        .and(webhook_delivery::Column::EventSequence.between(first, last));
    queue_again(session, &tx, own.clone()).await?;
    let count = webhook_delivery::Entity::find().filter(own).count(&*tx).await?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let payload = json!({ "since": time.since, "until": time.until, "deliveries": count });
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.redelivered", id).payload(payload)],
    )
    .await?;
    tx.commit().await?;
    Ok(count)
}
