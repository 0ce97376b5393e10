//! A reminder that was sent, so that it is not sent again.

use sea_orm::entity::prelude::*;

use crate::enums::ReminderKind;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reminder")]
pub struct Model {
    /// The report, the recommendation, the planned review or the team, bare.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// The due date that it was about, of which another starts anew; of a digest the Monday of its week.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_on: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ReminderKind,
    /// How many days before or after the due date it was meant to be sent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub days: i64,
    pub sent_at: DateTimeUtc,
}

crate::read_at::read_at!(subject_id, due_on, kind, days, sent_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
