//! The order of a list, and the keyset conditions that follow from it.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, ModelTrait, Value,
    prelude::Uuid,
    sea_query::{ExprTrait, NullOrdering, Order as Direction, OrderedStatement, SimpleExpr},
};

use super::cursor::{Cursor, from_text, to_text};
use crate::platform::error::Error;

/// By one column, then by id in the same direction. NULLs last either way.
pub struct Order<E: EntityTrait> {
    column: E::Column,
    id: E::Column,
    descending: bool,
}

impl<E: EntityTrait> Clone for Order<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: EntityTrait> Copy for Order<E> {}

impl<E: EntityTrait> Order<E> {
    /// `id` must be the primary key, a UUID.
    pub fn new(column: E::Column, id: E::Column, descending: bool) -> Self {
        Self { column, id, descending }
    }

    fn name(&self) -> String {
        let direction = if self.descending { "-" } else { "+" };
        format!("{}.{}{direction}", E::default().table_name(), self.column.as_str())
    }

    fn nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// Where a row stands in this order.
    pub fn cursor(&self, row: &E::Model) -> Cursor {
        let id = match row.get(self.id) {
            Value::Uuid(id) => id.unwrap_or_default(),
            _ => Uuid::nil(),
        };
        Cursor {
            order: self.name(),
            value: to_text(row.get(self.column)),
            id,
        }
    }

    /// Sorts a statement, from the start of the list or (`reversed`) from its end.
    pub(super) fn apply(&self, statement: &mut impl OrderedStatement, reversed: bool) {
        let direction = if self.descending != reversed {
            Direction::Desc
        } else {
            Direction::Asc
        };
        if self.nullable() {
            let nulls = if reversed {
                NullOrdering::First
            } else {
                NullOrdering::Last
            };
            statement.order_by_with_nulls(self.column.as_column_ref(), direction.clone(), nulls);
        } else {
            statement.order_by(self.column.as_column_ref(), direction.clone());
        }
        statement.order_by(self.id.as_column_ref(), direction);
    }

    /// The rows beyond a place: after it, or (`reversed`) before it.
    pub(super) fn beyond(&self, path: &str, place: &Cursor, reversed: bool) -> Result<Condition, Error> {
        let foreign = || {
            Error::invalid(
                path,
                "FOREIGN_CURSOR",
                "This cursor belongs to another list or order; start again without it.",
            )
        };
        if place.order != self.name() {
            return Err(foreign());
        }
        let upwards = self.descending == reversed;
        let further = |column: E::Column, value: Value| -> SimpleExpr {
            if upwards { column.gt(value) } else { column.lt(value) }
        };
        let tie = further(self.id, place.id.into());
        Ok(match (&place.value, reversed) {
            (Some(value), _) => {
                let value = from_text(&self.column, value).ok_or_else(foreign)?;
                let mut beyond = Condition::any()
                    .add(further(self.column, value.clone()))
                    .add(self.column.eq(value).and(tie));
                if self.nullable() && !reversed {
                    beyond = beyond.add(self.column.is_null());
                }
                beyond
            }
            (None, false) => Condition::all().add(self.column.is_null()).add(tie),
            (None, true) => Condition::any()
                .add(self.column.is_not_null())
                .add(self.column.is_null().and(tie)),
        })
    }
}
