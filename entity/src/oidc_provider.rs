//! What was last read from each OpenID Connect provider, so that it may be down when a process starts.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oidc_provider")]
pub struct Model {
    /// As configured.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issuer: String,
    /// Its key set (JWKS).
    pub keys: Json,
    /// Its endpoints; null when only the address of the keys is configured.
    pub endpoints: Option<Json>,
    pub fetched_at: DateTimeUtc,
}

crate::read_at::read_at!(issuer, keys, endpoints, fetched_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
