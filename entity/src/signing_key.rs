//! The keys of the built-in token issuer.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// PKCS #8; sealed when the process that made it, or one after it, had a sealing key.
    pub private_key_pem: String,
    pub created_at: DateTimeUtc,
}

crate::read_at::read_at!(kid, private_key_pem, created_at);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
