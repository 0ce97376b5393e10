//! Browsers that have been sent to an OpenID Connect provider and are expected back.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempt")]
pub struct Model {
    /// SHA-256 of the `state` that went along, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// SHA-256 of the cookie of the browser that set out.
    pub browser_hash: String,
    pub issuer: String,
    pub nonce: String,
    pub pkce_verifier: String,
    /// Where to go afterwards, below the public address.
    pub return_to: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

crate::read_at::read_at!(
    state_hash,
    browser_hash,
    issuer,
    nonce,
    pkce_verifier,
    return_to,
    created_at,
    expires_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
