//! A project of an issue tracker. Its secrets are sealed.

use sea_orm::entity::prelude::*;

use crate::{
    enums::TrackerKind,
    ids::{TrackerConnectionId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracker_connection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrackerConnectionId,
    pub kind: TrackerKind,
    pub name: String,
    /// Without a slash at its end.
    pub base_url: String,
    /// What the tracker calls it, such as octo/widgets.
    pub project: String,
    /// Whether acceptance makes an issue.
    pub auto_create: bool,
    pub is_enabled: bool,
    /// Whether what stands under RESTRICTED reports may go there.
    pub includes_restricted: bool,
    /// A JSON list of {external, status, closureReason}.
    pub status_map: Json,
    /// A JSON list of {external, userId}.
    pub user_map: Json,
    /// What was accepted by an event up to this one gets no issue by itself: that was before it was asked for.
    pub from_sequence: i64,
    pub sealed_token: String,
    /// What its webhooks are signed with.
    pub sealed_inbound_secret: String,
    /// What changed there until then has been asked for.
    pub polled_until: DateTimeUtc,
    pub next_poll_at: DateTimeUtc,
    /// Until when the tracker has asked to be left alone, or is left alone because it fails.
    pub paused_until: Option<DateTimeUtc>,
    /// Since the last success.
    pub failures: i64,
    pub last_synced_at: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
}

crate::read_at::read_at!(
    id,
    kind,
    name,
    base_url,
    project,
    auto_create,
    is_enabled,
    includes_restricted,
    status_map,
    user_map,
    from_sequence,
    sealed_token,
    sealed_inbound_secret,
    polled_until,
    next_poll_at,
    paused_until,
    failures,
    last_synced_at,
    last_error,
    created_by_id,
    created_at,
    updated_at,
    version,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
