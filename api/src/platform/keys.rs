//! Human keys: INC-7, PM-12, REC-40. One counter row for each kind.
//!
//! The row is locked from the moment a number is taken until the transaction ends, so two creators never get the same
//! number on either database. A transaction that takes several does so in the order INC, PM, REC: no deadlock.

use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use entity::key_counter;

use super::{db::Tx, error::Error};

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

    /// One, for a sentence.
    pub fn example(self) -> &'static str {
        match self {
            Self::Incident => "INC-7",
            Self::Report => "PM-12",
            Self::Recommendation => "REC-40",
        }
    }

    /// Whether a text, once it is normalised, has the form of such a key.
    pub fn fits(self, text: &str) -> bool {
        let number = text.strip_prefix(self.prefix()).and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// Takes the next key.
pub async fn next(tx: &Tx, kind: KeyKind) -> Result<String, Error> {
    let updated = key_counter::Entity::update_many()
        .col_expr(
            key_counter::Column::LastNumber,
            Expr::col(key_counter::Column::LastNumber).add(1),
        )
        .filter(key_counter::Column::Kind.eq(kind.prefix()))
        .exec_with_returning(&**tx)
        .await?;
    let counter = updated
        .first()
        .ok_or_else(|| Error::internal(format!("no key counter for {kind:?}")))?;
    Ok(format!("{}-{}", kind.prefix(), counter.last_number))
}

/// The highest number that is taken over from elsewhere: behind it there must be room.
const HIGHEST_GIVEN: i64 = 1_000_000_000;

/// Takes a key that something had elsewhere, unless it is taken here or cannot be: then the next one.
pub async fn keep<E: EntityTrait>(tx: &Tx, kind: KeyKind, column: E::Column, wanted: &str) -> Result<String, Error> {
    let number = wanted
        .strip_prefix(kind.prefix())
        .and_then(|rest| rest.strip_prefix('-'));
    let number = number
        .and_then(|digits| digits.parse::<i64>().ok())
        .filter(|number| (1..=HIGHEST_GIVEN).contains(number) && format!("{}-{number}", kind.prefix()) == wanted);
    let Some(number) = number else {
        return next(tx, kind).await;
    };
    let last = || Expr::col(key_counter::Column::LastNumber);
    key_counter::Entity::update_many()
        .col_expr(
            key_counter::Column::LastNumber,
            Expr::case(last().lt(number), number).finally(last()).into(),
        )
        .filter(key_counter::Column::Kind.eq(kind.prefix()))
        .exec(&**tx)
        .await?;
    if E::find()
        .filter(column.eq(wanted))
        .limit(1)
        .all(&**tx)
        .await?
        .is_empty()
    {
        Ok(wanted.to_owned())
    } else {
        next(tx, kind).await
    }
}

/// A key as people type it: surrounding blanks and case do not matter.
pub fn normalise(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Whether the connection is PostgreSQL, for the few statements that only one of the two understands.
pub(crate) fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == sea_orm::DbBackend::Postgres
}
