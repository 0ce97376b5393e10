//! What became of a mutation that was sent with an `Idempotency-Key`. Of the key only a hash is kept.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The user or token for machines that sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal_id: Uuid,
    /// SHA-256 of the key, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: String,
    /// SHA-256 of what was asked, in hexadecimal.
    pub request_hash: String,
    /// The run that may still write under this key.
    pub holder: Uuid,
    /// From here on the run counts as dead.
    pub held_until: DateTimeUtc,
    /// How many transactions the run has committed; written in each of them.
    pub commits: i64,
    /// None as long as there is no answer.
    pub status_code: Option<i32>,
    /// The body of the answer, sealed with the key; none as long as there is no answer.
    pub sealed_answer: Option<String>,
    /// From here on the key is as good as never sent.
    pub expires_at: DateTimeUtc,
}

crate::read_at::read_at!(
    principal_id,
    key_hash,
    request_hash,
    holder,
    held_until,
    commits,
    status_code,
    sealed_answer,
    expires_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
