//! Tokens for machines. Only a hash is kept.

use sea_orm::entity::prelude::*;

use crate::ids::{ApiTokenId, TeamId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiTokenId,
    pub name: String,
    /// SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// A JSON list of `TokenScope`.
    pub scopes: Json,
    /// The only team whose things it may change.
    pub team_id: Option<TeamId>,
    pub created_by_id: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    /// To the minute.
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    id,
    name,
    token_hash,
    scopes,
    team_id,
    created_by_id,
    created_at,
    expires_at,
    last_used_at,
    revoked_at,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
