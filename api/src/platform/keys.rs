//! Human keys: INC-7, PM-12, REC-40. One counter row for each kind.
//!
//! The row is locked from the moment a number is taken until the transaction ends, so two creators never get the same
//! number on either database. A transaction that takes several does so in the order INC, PM, REC: no deadlock.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use entity::key_counter;

use super::error::Error;

/// The kinds of key, spelt as they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// INC
    Incident,
    /// PM
    Report,
    /// REC
    Recommendation,
}

impl KeyKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Incident => "INC",
            Self::Report => "PM",
            Self::Recommendation => "REC",
        }
    }
}

/// Takes the next key.
pub async fn next(tx: &DatabaseTransaction, kind: KeyKind) -> Result<String, Error> {
    let updated = key_counter::Entity::update_many()
        .col_expr(
            key_counter::Column::LastNumber,
            Expr::col(key_counter::Column::LastNumber).add(1),
        )
        .filter(key_counter::Column::Kind.eq(kind.prefix()))
        .exec_with_returning(tx)
        .await?;
    let counter = updated
        .first()
        .ok_or_else(|| Error::internal(format!("no key counter for {kind:?}")))?;
    Ok(format!("{}-{}", kind.prefix(), counter.last_number))
}

/// A key as people type it: surrounding blanks and case do not matter.
pub fn normalise(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Whether the connection is PostgreSQL, for the few statements that only one of the two understands.
pub(crate) fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == sea_orm::DbBackend::Postgres
}
