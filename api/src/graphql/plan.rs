//! How a list or an object is read: looks ahead at what is selected below it, reads no other columns, and brings related rows
//! by join in the same statement.
//!
//! A kind of object says once which columns its fields need ([`Listed::FIELDS`]); where a field is selected of which it does not
//! say so, all are read. It also says which of its fields lead to one other row, and how that row is joined
//! ([`Listed::RELATIONS`]). A relation may be joined only in part, without long texts; then it is joined when nothing else of it is
//! selected. What was not foreseen is left to the loaders: it is right all the same, only slower.

use std::{fmt, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, SelectionField};
use entity::{columns::Columns, read_at::ReadAt};
use sea_orm::{DbErr, EntityTrait, QueryResult, QuerySelect, Select, sea_query::SelectStatement};

use crate::platform::sql;

/// The row behind a listed object.
pub type RowOf<N> = <<N as Listed>::Entity as EntityTrait>::Model;

/// The most relations that one kind of object has.
const MOST: usize = 4;

/// An object that stands for a row, as lists have it.
pub trait Listed: Clone + Send + Sync + Sized + 'static {
    /// The table.
    type Entity: EntityTrait<Model: ReadAt + Send + Sync>;
    /// What is read whatever is selected: the id, which is the first column, and the report, so that it is known what was shown.
    const ALWAYS: Columns = Columns::ALL;
    /// Which columns the getter of a field looks at, whether it waits for more or not.
    const FIELDS: &'static [(&'static str, Columns)] = &[];
    /// What can come with the row.
    const RELATIONS: &'static [Relation<Self>] = &[];

    /// Of a row that came alone.
    fn of(row: Arc<RowOf<Self>>) -> Self;
    /// The row. Of what came by a plan, only what the plan asked for is filled in.
    fn row(&self) -> &RowOf<Self>;
}

/// Says which columns are always read, and which the fields need.
macro_rules! fields {
    ($table:ident[$($always:ident),+] { $($field:literal: [$($column:ident),+]),+ $(,)? }) => {
        const ALWAYS: entity::columns::Columns = entity::columns!($table: $($always),+);
        const FIELDS: &'static [(&'static str, entity::columns::Columns)] =
            &[$(($field, entity::columns!($table: $($column),+))),+];
    };
}
pub(crate) use fields;

/// Makes a listed object of a row and nothing else.
macro_rules! listed {
    ($node:ident, $entity:path $(, $($fields:tt)+)?) => {
        impl $crate::graphql::plan::Listed for $node {
            type Entity = $entity;
            $($crate::graphql::plan::fields!($($fields)+);)?

            fn of(row: std::sync::Arc<$crate::graphql::plan::RowOf<Self>>) -> Self {
                Self(row)
            }
            fn row(&self) -> &$crate::graphql::plan::RowOf<Self> {
                &self.0
            }
        }
    };
}
pub(crate) use listed;

/// A field that leads to one other row.
pub struct Relation<N> {
    /// The field, as the schema names it.
    pub field: &'static str,
    /// Which columns the fields of the other object need.
    pub fields: &'static [(&'static str, Columns)],
    /// Which of its columns are always read.
    pub always: Columns,
    /// How many columns the other table has.
    pub width: usize,
    /// The fields of the other object that the join does not bring. Where one of them is selected, nothing is joined.
    pub lacks: &'static [&'static str],
    /// The columns behind them.
    pub left_out: Columns,
    /// Joins the other table, and adds its columns at the end.
    pub join: fn(&mut SelectStatement, Columns),
    /// Reads them from this place on.
    pub read: fn(&mut N, &QueryResult, usize, Columns) -> Result<(), DbErr>,
}

/// A relation that is kept in the field of the same name: to what a column refers to, or joined in a way of its own.
macro_rules! relation {
    ($field:ident: $target:ty, by $column:expr) => {
        $crate::graphql::plan::relation!($field: $target, |select, columns| {
            let alias = concat!("its_", stringify!($field));
            let on = $crate::platform::joins::refers($column, alias);
            $crate::platform::joins::bring::<<$target as $crate::graphql::plan::Listed>::Entity>(select, alias, on, columns);
        })
    };
    ($field:ident: $target:ty, $join:expr) => {
        $crate::graphql::plan::Relation {
            field: stringify!($field),
            fields: <$target as $crate::graphql::plan::Listed>::FIELDS,
            always: <$target as $crate::graphql::plan::Listed>::ALWAYS,
            width: <$crate::graphql::plan::RowOf<$target> as entity::read_at::ReadAt>::WIDTH,
            lacks: &[],
            left_out: entity::columns::Columns::NONE,
            join: $join,
            read: |node, row, place, columns| {
                node.$field =
                    $crate::platform::loaded::Loaded::Known($crate::platform::joins::related(row, place, columns)?);
                Ok(())
            },
        }
    };
}
pub(crate) use relation;

/// Which columns are read, and which relations come along: of those, nothing or some columns, in the order of
/// [`Listed::RELATIONS`].
pub struct Plan<N> {
    own: Columns,
    brought: [Columns; MOST],
    of: PhantomData<fn() -> N>,
}

impl<N> Clone for Plan<N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N> Copy for Plan<N> {}
impl<N> PartialEq for Plan<N> {
    fn eq(&self, other: &Self) -> bool {
        (self.own, self.brought) == (other.own, other.brought)
    }
}
impl<N> Eq for Plan<N> {}
impl<N> Hash for Plan<N> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.own, self.brought).hash(state);
    }
}
impl<N> fmt::Debug for Plan<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plan").field(&self.own).field(&self.brought).finish()
    }
}

impl<N: Listed> Plan<N> {
    /// For the field that is being resolved, if it is one object.
    pub fn of_object(ctx: &Context<'_>) -> Self {
        Self::of(&[ctx.field()])
    }

    /// For the field that is being resolved, if it is a connection.
    pub fn of_connection(ctx: &Context<'_>) -> Self {
        let mut nodes = Vec::with_capacity(1);
        for field in ctx.field().selection_set() {
            match field.name() {
                "nodes" => nodes.push(field),
                "edges" => nodes.extend(field.selection_set().filter(|field| field.name() == "node")),
                _ => {}
            }
        }
        Self::of(&nodes)
    }

    fn of(nodes: &[SelectionField<'_>]) -> Self {
        const {
            assert!(
                N::RELATIONS.len() <= MOST,
                "raise MOST: a relation would never be joined"
            )
        };
        let below = || nodes.iter().flat_map(SelectionField::selection_set);
        let mut plan = Self {
            own: needed(N::FIELDS, N::ALWAYS, below()),
            brought: [Columns::NONE; MOST],
            of: PhantomData,
        };
        for (relation, brought) in N::RELATIONS.iter().zip(&mut plan.brought) {
            let asking = || below().filter(|field| field.name() == relation.field);
            let selected = || asking().flat_map(|field| field.selection_set().collect::<Vec<_>>());
            let is_asked = asking().next().is_some();
            if is_asked && selected().all(|field| !relation.lacks.contains(&field.name())) {
                *brought = needed(relation.fields, relation.always, selected()).without(relation.left_out);
            }
        }
        plan
    }

    /// The same, and these columns as well.
    #[must_use]
    pub fn with(mut self, columns: Columns) -> Self {
        self.own = self.own.and(columns);
        self
    }

    fn chosen(self) -> impl Iterator<Item = (&'static Relation<N>, Columns)> {
        let relations = N::RELATIONS.iter().zip(self.brought);
        relations.filter(|(_, columns)| *columns != Columns::NONE)
    }

    /// Narrows a selection of the rows to what is read, and joins what comes along.
    pub fn join(self, mut select: Select<N::Entity>) -> Select<N::Entity> {
        if self.own.count(RowOf::<N>::WIDTH) < RowOf::<N>::WIDTH {
            select = sql::narrowed(select, self.own);
        }
        let query = QuerySelect::query(&mut select);
        self.chosen()
            .for_each(|(relation, columns)| (relation.join)(query, columns));
        select
    }

    /// Reads an object, and what came along.
    pub fn read(self, row: &QueryResult) -> Result<N, DbErr> {
        let mut node = N::of(Arc::new(RowOf::<N>::read_some(row, 0, self.own)?));
        let mut place = self.own.count(RowOf::<N>::WIDTH);
        for (relation, columns) in self.chosen() {
            (relation.read)(&mut node, row, place, columns)?;
            place += columns.count(relation.width);
        }
        Ok(node)
    }
}

/// Which columns these fields of an object need.
fn needed<'a>(known: &[(&str, Columns)], always: Columns, fields: impl Iterator<Item = SelectionField<'a>>) -> Columns {
    let of = |field: SelectionField<'_>| match field.name() {
        "__typename" => Columns::NONE,
        name => known
            .iter()
            .find(|(field, _)| *field == name)
            .map_or(Columns::ALL, |(_, columns)| *columns),
    };
    fields.map(of).fold(always, Columns::and)
}
