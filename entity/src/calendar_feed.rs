//! Calendar feeds: due dates behind a secret address. Only a hash of the secret is kept.

use sea_orm::entity::prelude::*;

use crate::{
    enums::CalendarForm,
    ids::{CalendarFeedId, TeamId, UserId},
};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarFeedId,
    pub name: String,
    /// Whose it is: it shows what they may see.
    pub owner_id: UserId,
    /// Whose due dates it shows; none: the owner's.
    pub team_id: Option<TeamId>,
    pub form: CalendarForm,
    /// How many days before the due date calendars remind; none: they do not.
    pub reminder_days: Option<i64>,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_hash: String,
    pub created_at: DateTimeUtc,
    /// When it was last given another secret.
    pub rotated_at: Option<DateTimeUtc>,
    /// To the hour.
    pub last_read_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    id,
    name,
    owner_id,
    team_id,
    form,
    reminder_days,
    secret_hash,
    created_at,
    rotated_at,
    last_read_at,
    revoked_at,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
