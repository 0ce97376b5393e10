//! The append-only log of everything that happened, written in the transaction of the change.

use sea_orm::entity::prelude::*;

use crate::{
    enums::{ActorKind, SubjectKind},
    ids::{ApiTokenId, EventId, ReportId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub sequence: i64,
    pub id: EventId,
    /// Such as recommendation.accepted.
    pub event_type: String,
    pub schema_version: i32,
    pub occurred_at: DateTimeUtc,
    pub actor_kind: ActorKind,
    pub actor_user_id: Option<UserId>,
    /// The token for machines, if it was one.
    pub actor_token_id: Option<ApiTokenId>,
    /// As it was then.
    pub actor_name: String,
    pub subject_kind: SubjectKind,
    /// Bare, because its type is in subject_kind.
    pub subject_id: Uuid,
    /// The report it falls under: whoever may not see that report may not see the event.
    pub report_id: Option<ReportId>,
    /// Another report that it tells of: whoever may not see that one may not see the event either.
    pub other_report_id: Option<ReportId>,
    /// [{field, from, to}].
    pub changes: Json,
    /// What else a reader needs to understand it.
    pub payload: Json,
}

crate::read_at::read_at!(
    sequence,
    id,
    event_type,
    schema_version,
    occurred_at,
    actor_kind,
    actor_user_id,
    actor_token_id,
    actor_name,
    subject_kind,
    subject_id,
    report_id,
    other_report_id,
    changes,
    payload,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
