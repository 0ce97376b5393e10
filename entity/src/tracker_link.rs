//! One recommendation as an issue of one tracker. The rows are also the queue of what is to be brought into step.

use sea_orm::entity::prelude::*;

use crate::{
    enums::SyncState,
    ids::{RecommendationId, ReportId, TrackerConnectionId, TrackerLinkId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracker_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrackerLinkId,
    pub connection_id: TrackerConnectionId,
    pub recommendation_id: RecommendationId,
    /// That of the recommendation: whoever may not see it may not see the link.
    pub report_id: ReportId,
    /// What the tracker's API calls the issue; none until it exists.
    pub external_id: Option<String>,
    /// What people call it, such as #12.
    pub external_key: Option<String>,
    pub url: Option<String>,
    pub external_status: Option<String>,
    pub state: SyncState,
    /// A JSON object: what both sides last agreed on, by field.
    pub base: Json,
    /// A JSON object: the tracker's side when it was last read, by field. By it an echo of our own change is known.
    pub seen: Json,
    /// A JSON object: both values of each field that was changed on both sides.
    pub conflicts: Json,
    /// A JSON object: whose value somebody has chosen, by field, until that is done.
    pub settled: Json,
    pub last_error: Option<String>,
    pub last_synced_at: Option<DateTimeUtc>,
    /// Whether the issue may exist although we do not know of it: a call to create it was begun.
    pub is_attempted: bool,
    /// Whether the tracker's side may have changed.
    pub must_read: bool,
    /// Counts what asks for a synchronisation, so that what comes while one runs is not lost.
    pub wanted: i64,
    /// When it is looked at next; none once it is unlinked.
    pub next_sync_at: Option<DateTimeUtc>,
    pub lease_until: Option<DateTimeUtc>,
    /// Since the last success.
    pub failures: i64,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

crate::read_at::read_at!(
    id,
    connection_id,
    recommendation_id,
    report_id,
    external_id,
    external_key,
    url,
    external_status,
    state,
    base,
    seen,
    conflicts,
    settled,
    last_error,
    last_synced_at,
    is_attempted,
    must_read,
    wanted,
    next_sync_at,
    lease_until,
    failures,
    created_by_id,
    created_at,
    updated_at,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
