//! One attempt to send a delivery, and what came back.

use sea_orm::entity::prelude::*;

use crate::ids::{WebhookAttemptId, WebhookDeliveryId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookAttemptId,
    pub delivery_id: WebhookDeliveryId,
    pub at: DateTimeUtc,
    pub duration_ms: i64,
    /// None when no answer came.
    pub status_code: Option<i32>,
    /// None when it succeeded.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub response_snippet: Option<String>,
}

crate::read_at::read_at!(id, delivery_id, at, duration_ms, status_code, error, response_snippet);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
