//! Writes endpoints, deliveries and attempts.

pub mod attempt;
pub mod claim;
pub mod endpoints;
pub mod fan_out;
pub mod forget;
pub mod redeliver;

use chrono::{DateTime, Utc};
use entity::{
    enums::{DeliveryStatus, SubjectKind},
    event,
    ids::WebhookEndpointId,
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

pub use fan_out::fan_out;

use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
};

/// Rows of one INSERT: a statement has a limited number of values.
const INSERTED: usize = 1_000;

async fn hold(tx: &Tx, id: WebhookEndpointId) -> Result<webhook_endpoint::Model, Error> {
    let row = webhook_endpoint::Entity::find_by_id(id).hold().one(&**tx).await?;
    row.ok_or_else(|| Error::not_found("webhook endpoint"))
}

fn event(event_type: &'static str, id: WebhookEndpointId) -> NewEvent {
    NewEvent::new(event_type, SubjectKind::WebhookEndpoint, id, None)
}

/// Nothing is sent to an endpoint that is disabled.
fn require_enabled(row: &webhook_endpoint::Model, path: &str) -> Result<(), Error> {
    if row.is_enabled {
        return Ok(());
    }
    Err(Error::invalid(
        path,
        "ENDPOINT_DISABLED",
        "This endpoint is disabled; enable it with updateWebhookEndpoint first.",
    ))
}

/// Puts events into the queue of endpoints, each once.
async fn enqueue<'a>(
    session: &Session,
    tx: &Tx,
    wanted: impl IntoIterator<Item = (WebhookEndpointId, &'a event::Model)>,
) -> Result<(), Error> {
    let now = session.now();
    let row = |(endpoint, event): (_, &event::Model)| webhook_delivery::ActiveModel {
        id: Set(session.mint()),
        endpoint_id: Set(endpoint),
        event_id: Set(event.id),
        event_sequence: Set(event.sequence),
        subject_id: Set(event.subject_id),
        status: Set(DeliveryStatus::Pending),
        tries: Set(0),
        next_attempt_at: Set(Some(now)),
        lease_until: Set(None),
        created_at: Set(now),
    };
    let rows: Vec<_> = wanted.into_iter().map(row).collect();
    let known = OnConflict::columns([
        webhook_delivery::Column::EndpointId,
        webhook_delivery::Column::EventSequence,
    ])
    .do_nothing()
    .to_owned();
    for rows in rows.chunks(INSERTED) {
        webhook_delivery::Entity::insert_many(rows.to_vec())
            .on_conflict(known.clone())
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// Gives up what waits for an endpoint. What is on its way loses its lease; how it went is still recorded.
/// Returns how many there were: count them once this is committed.
async fn give_up(tx: &Tx, id: WebhookEndpointId) -> Result<u64, Error> {
    let updated = webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::Status, Expr::value(DeliveryStatus::Dead))
        .col_expr(webhook_delivery::Column::NextAttemptAt, none())
        .col_expr(webhook_delivery::Column::LeaseUntil, none())
        .filter(webhook_delivery::Column::EndpointId.eq(id))
        .filter(webhook_delivery::Column::NextAttemptAt.is_not_null())
        .exec(&**tx)
        .await?;
    Ok(updated.rows_affected)
}

/// What waits is tried at once: what another receiver answered says nothing of this one.
async fn try_anew(tx: &Tx, id: WebhookEndpointId, now: DateTime<Utc>) -> Result<(), Error> {
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::NextAttemptAt, Expr::value(now))
        .filter(webhook_delivery::Column::EndpointId.eq(id))
        .filter(webhook_delivery::Column::NextAttemptAt.gt(now))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn none() -> sea_orm::sea_query::SimpleExpr {
    Expr::value(Option::<DateTime<Utc>>::None)
}
