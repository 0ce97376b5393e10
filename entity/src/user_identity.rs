//! Who a user is to an OpenID Connect issuer: its subject there, never the e-mail address alone.

use sea_orm::entity::prelude::*;

use crate::ids::{IdentityId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_identity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityId,
    pub user_id: UserId,
    /// The issuer's `iss`, as configured.
    pub issuer: String,
    /// The issuer's `sub`: unique there and never given to somebody else.
    pub subject: String,
    /// When the newest token was issued whose name and groups were taken over; none before the first.
    pub synced_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

crate::read_at::read_at!(id, user_id, issuer, subject, synced_at, created_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
