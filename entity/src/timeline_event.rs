//! One moment of the timeline.

use sea_orm::entity::prelude::*;

use crate::{
    enums::TimelineEventKind,
    ids::{ReportId, TimelineEventId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timeline_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TimelineEventId,
    pub report_id: ReportId,
    pub occurred_at: DateTimeUtc,
    pub kind: TimelineEventKind,
    /// Markdown.
    pub description: String,
    pub source_url: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

crate::read_at::read_at!(
    id,
    report_id,
    occurred_at,
    kind,
    description,
    source_url,
    created_at,
    updated_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
