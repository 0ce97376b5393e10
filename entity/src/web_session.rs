//! Browsers that are signed in. Only a hash of the cookie is kept.

use sea_orm::entity::prelude::*;

use crate::ids::UserId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "web_session")]
pub struct Model {
    /// SHA-256 of the cookie, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: String,
    pub user_id: UserId,
    /// Who vouched for the user: the session ends when that issuer is trusted no more.
    pub issuer: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

crate::read_at::read_at!(id_hash, user_id, issuer, created_at, expires_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
