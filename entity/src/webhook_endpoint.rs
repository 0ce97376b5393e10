//! Where events are sent. Its secrets are sealed.

use sea_orm::entity::prelude::*;

use crate::{
    enums::WebhookFormat,
    ids::{UserId, WebhookEndpointId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    pub url: String,
    pub description: String,
    /// A JSON list of patterns such as `recommendation.*`.
    pub event_types: Json,
    /// A JSON list of `TeamId`; empty: any.
    pub team_ids: Json,
    /// A JSON list of `Severity`; empty: any.
    pub severities: Json,
    pub format: WebhookFormat,
    /// Whether it is told of RESTRICTED reports too.
    pub includes_restricted: bool,
    pub is_enabled: bool,
    /// Why it was disabled, when nobody did it.
    pub disabled_reason: Option<String>,
    /// The secret and the private key.
    pub sealed_secret: String,
    /// What belongs to the private key.
    pub public_key: String,
    /// Those before the last rotation.
    pub sealed_old_secret: Option<String>,
    /// Until when these sign too.
    pub old_secret_until: Option<DateTimeUtc>,
    /// Events up to this one are not sent by themselves: they are older than the endpoint, or than its last enabling.
    pub from_sequence: i64,
    /// The first failure since the last success.
    pub failing_since: Option<DateTimeUtc>,
    /// Until when the receiver has asked to be left alone.
    pub paused_until: Option<DateTimeUtc>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    url,
    description,
    event_types,
    team_ids,
    severities,
    format,
    includes_restricted,
    is_enabled,
    disabled_reason,
    sealed_secret,
    public_key,
    sealed_old_secret,
    old_secret_until,
    from_sequence,
    failing_since,
    paused_until,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
