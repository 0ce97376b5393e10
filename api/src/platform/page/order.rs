//! The order of a list, and the keyset conditions that follow from it.

use std::sync::Arc;

use entity::columns::Columns;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, IntoSimpleExpr, Iterable, ModelTrait, Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, NullOrdering, Order as Direction, OrderedStatement, SimpleExpr},
};

use super::{
    PageArgs,
    cursor::{Cursor, Mark, from_text},
};
use crate::platform::error::Error;

/// A part of a list that is read by one statement.
pub(super) struct Stretch {
    pub bounds: Condition,
    /// Do its rows have a value in the column of the order?
    pub has_values: bool,
}

/// A place whose value has been read.
struct Known {
    value: Option<Value>,
    id: Uuid,
}

fn foreign(path: &str) -> Error {
    Error::invalid(
        path,
        "FOREIGN_CURSOR",
        "This cursor belongs to another list or order; start again without it.",
    )
}

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

    /// What places of this order are known by.
    pub(super) fn name(&self) -> Arc<str> {
        let direction = if self.descending { "-" } else { "+" };
        format!("{}.{}{direction}", E::default().table_name(), self.column.as_str()).into()
    }

    /// The columns that a place in it is made of.
    pub fn columns(&self) -> Columns {
        let is_ours = |column: &E::Column| [self.column.as_str(), self.id.as_str()].contains(&column.as_str());
        let all = E::Column::iter().enumerate();
        all.filter(|(_, column)| is_ours(column))
            .fold(Columns::NONE, |columns, (place, _)| columns.and(Columns::at(place)))
    }

    fn nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// Where a row stands in this order.
    pub fn cursor(&self, row: &E::Model) -> Cursor {
        self.place(self.name(), row)
    }

    /// The same, by a name of the order that many rows share.
    pub(super) fn place(&self, order: Arc<str>, row: &E::Model) -> Cursor {
        let id = match row.get(self.id) {
            Value::Uuid(id) => id.unwrap_or_default(),
            _ => Uuid::nil(),
        };
        Cursor {
            order,
            value: Mark::of(row.get(self.column)),
            id,
        }
    }

    fn direction(&self, reversed: bool) -> Direction {
        if self.descending == reversed {
            Direction::Asc
        } else {
            Direction::Desc
        }
    }

    /// Sorts a statement, from the start of the list or (`reversed`) from its end.
    pub(super) fn apply(&self, statement: &mut impl OrderedStatement, reversed: bool) {
        let direction = self.direction(reversed);
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

    /// A list in the order in which it is read: the rows with a value, and those without. They lie apart, so that either is read in
    /// the order of an index.
    pub(super) fn stretches(&self, args: &PageArgs) -> Result<Vec<Stretch>, Error> {
        let after = args
            .after
            .as_ref()
            .map(|place| self.known("after", place))
            .transpose()?;
        let before = args
            .before
            .as_ref()
            .map(|place| self.known("before", place))
            .transpose()?;
        let mut stretches = Vec::with_capacity(2);
        // Nothing with a value comes after a row without one, and none without comes before a row with one.
        let is_past_values = after.as_ref().is_some_and(|place| place.value.is_none());
        let is_before_blanks = before.as_ref().is_some_and(|place| place.value.is_some());
        if !is_past_values {
            let mut bounds = Condition::all();
            if self.nullable() {
                bounds = bounds.add(self.column.is_not_null());
            }
            if let Some(place) = &after {
                bounds = bounds.add(self.further(place, self.descending));
            }
            if let Some(place) = before.as_ref().filter(|place| place.value.is_some()) {
                bounds = bounds.add(self.further(place, !self.descending));
            }
            stretches.push(Stretch {
                bounds,
                has_values: true,
            });
        }
        if self.nullable() && !is_before_blanks {
            let mut bounds = Condition::all().add(self.column.is_null());
            if let Some(place) = after.as_ref().filter(|place| place.value.is_none()) {
                bounds = bounds.add(self.further(place, self.descending));
            }
            if let Some(place) = &before {
                bounds = bounds.add(self.further(place, !self.descending));
            }
            stretches.push(Stretch {
                bounds,
                has_values: false,
            });
        }
        if args.backward {
            stretches.reverse();
        }
        Ok(stretches)
    }

    /// Sorts the rows of a stretch.
    pub(super) fn sort(&self, statement: &mut impl OrderedStatement, reversed: bool, has_values: bool) {
        let direction = self.direction(reversed);
        if has_values {
            statement.order_by(self.column.as_column_ref(), direction.clone());
        }
        statement.order_by(self.id.as_column_ref(), direction);
    }

    /// A place of this order.
    fn known(&self, path: &str, place: &Cursor) -> Result<Known, Error> {
        let foreign = || foreign(path);
        if place.order != self.name() {
            return Err(foreign());
        }
        let value = place
            .value
            .as_ref()
            .map(|value| from_text(&self.column, &value.text()).ok_or_else(foreign));
        Ok(Known {
            value: value.transpose()?,
            id: place.id,
        })
    }

    /// The rows of a stretch that lie below a place, or above it.
    fn further(&self, place: &Known, below: bool) -> SimpleExpr {
        let id = self.id.into_simple_expr();
        let Some(value) = &place.value else {
            return if below { id.lt(place.id) } else { id.gt(place.id) };
        };
        let row = Expr::tuple([self.column.into_simple_expr(), id]);
        let bound = Expr::tuple([self.column.save_as(Expr::val(value.clone())), Expr::val(place.id)]);
        if below { row.lt(bound) } else { row.gt(bound) }
    }

    /// The rows beyond a place: after it, or (`reversed`) before it.
    pub(super) fn beyond(&self, path: &str, place: &Cursor, reversed: bool) -> Result<Condition, Error> {
        let place = self.known(path, place)?;
        let upwards = self.descending == reversed;
        let further = |column: E::Column, value: Value| -> SimpleExpr {
            if upwards { column.gt(value) } else { column.lt(value) }
        };
        let tie = further(self.id, place.id.into());
        Ok(match (place.value, reversed) {
            (Some(value), _) => {
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
