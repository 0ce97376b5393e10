//! What a calendar feed has shown, so that what leaves it can be cancelled in the calendars that have it.

use sea_orm::entity::prelude::*;

use crate::{
    enums::{FeedItemState, SubjectKind},
    ids::CalendarFeedId,
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub feed_id: CalendarFeedId,
    /// Bare, because its type is in subject_kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    pub subject_kind: SubjectKind,
    pub state: FeedItemState,
    /// Rises with each change of what is shown.
    pub sequence: i64,
    /// A digest of what was shown last.
    pub fingerprint: String,
    /// The due date that was shown last.
    pub due_on: Date,
    pub changed_at: DateTimeUtc,
    /// When it was cancelled; none while it is shown.
    pub left_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    feed_id,
    subject_id,
    subject_kind,
    state,
    sequence,
    fingerprint,
    due_on,
    changed_at,
    left_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
