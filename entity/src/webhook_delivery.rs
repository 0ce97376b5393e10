//! One event for one endpoint: the queue of what is to be sent, and the record of what was.

use sea_orm::entity::prelude::*;

use crate::{
    enums::DeliveryStatus,
    ids::{EventId, WebhookDeliveryId, WebhookEndpointId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookEndpointId,
    pub event_id: EventId,
    pub event_sequence: i64,
    /// What it happened to. Deliveries about one thing are made one after another.
    pub subject_id: Uuid,
    pub status: DeliveryStatus,
    /// Attempts that failed since it was last put in the queue.
    pub tries: i64,
    /// None when it is done.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// Until when a worker has it in hand.
    pub lease_until: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

crate::read_at::read_at!(
    id,
    endpoint_id,
    event_id,
    event_sequence,
    subject_id,
    status,
    tries,
    next_attempt_at,
    lease_until,
    created_at,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
