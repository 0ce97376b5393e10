//! How a list or an object is read: looks ahead at what is selected below it, and brings related rows by join in the same
//! statement.
//!
//! A kind of object says once which of its fields lead to one other row, and how that row is joined ([`Listed::RELATIONS`]). A
//! relation may be joined only in part, without long texts; then it is joined when nothing else of it is selected. What was not
//! foreseen is left to the loaders: it is right all the same, only slower.

use std::{fmt, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, SelectionField};
use entity::read_at::ReadAt;
use sea_orm::{DbErr, EntityTrait, QueryResult, QuerySelect, Select, sea_query::SelectStatement};

/// The row behind a listed object.
pub type RowOf<N> = <<N as Listed>::Entity as EntityTrait>::Model;

/// An object that stands for a row, as lists have it.
pub trait Listed: Clone + Send + Sync + Sized + 'static {
    /// The table.
    type Entity: EntityTrait<Model: ReadAt + Send + Sync>;
    /// What can come with the row.
    const RELATIONS: &'static [Relation<Self>] = &[];

    /// Of a row that came alone.
    fn of(row: Arc<RowOf<Self>>) -> Self;
    /// The row.
    fn row(&self) -> &RowOf<Self>;
}

/// Makes a listed object of a row and nothing else.
macro_rules! listed {
    ($node:ident, $entity:path) => {
        impl $crate::graphql::plan::Listed for $node {
            type Entity = $entity;

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
    /// The fields of the other object that the join does not bring. Where one of them is selected, nothing is joined.
    pub lacks: &'static [&'static str],
    /// How many columns the join brings.
    pub width: usize,
    /// Joins the other table, and adds its columns at the end.
    pub join: fn(&mut SelectStatement),
    /// Reads them from this place on.
    pub read: fn(&mut N, &QueryResult, usize) -> Result<(), DbErr>,
}

/// Which relations come along, as bits in the order of [`Listed::RELATIONS`].
pub struct Plan<N> {
    chosen: u32,
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
        self.chosen == other.chosen
    }
}
impl<N> Eq for Plan<N> {}
impl<N> Hash for Plan<N> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.chosen.hash(state);
    }
}
impl<N> fmt::Debug for Plan<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plan").field(&self.chosen).finish()
    }
}

impl<N: Listed> Plan<N> {
    /// For the field that is being resolved, if it is one object.
    pub fn of_object(ctx: &Context<'_>) -> Self {
        Self::of(&[ctx.field()])
    }

    /// For the field that is being resolved, if it is a connection.
    pub fn of_connection(ctx: &Context<'_>) -> Self {
        if N::RELATIONS.is_empty() {
            return Self::of(&[]);
        }
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
        let asked = |relation: &Relation<N>| {
            let mut asking = nodes
                .iter()
                .flat_map(SelectionField::selection_set)
                .filter(|field| field.name() == relation.field)
                .peekable();
            let is_brought = |field: SelectionField<'_>| {
                field
                    .selection_set()
                    .all(|below| !relation.lacks.contains(&below.name()))
            };
            asking.peek().is_some() && asking.all(is_brought)
        };
        let bits = N::RELATIONS.iter().zip(0..u32::BITS);
        let chosen = bits
            .filter(|(relation, _)| asked(relation))
            .map(|(_, bit)| 1 << bit)
            .sum();
        Self {
            chosen,
            of: PhantomData,
        }
    }

    fn chosen(self) -> impl Iterator<Item = &'static Relation<N>> {
        let bits = N::RELATIONS.iter().zip(0..u32::BITS);
        bits.filter(move |(_, bit)| self.chosen & (1 << bit) != 0)
            .map(|(relation, _)| relation)
    }

    /// Joins what comes along to a selection of the rows.
    pub fn join(self, mut select: Select<N::Entity>) -> Select<N::Entity> {
        let query = QuerySelect::query(&mut select);
        self.chosen().for_each(|relation| (relation.join)(query));
        select
    }

    /// Reads an object, and what came along.
    pub fn read(self, row: &QueryResult) -> Result<N, DbErr> {
        let mut node = N::of(Arc::new(RowOf::<N>::read_at(row, 0)?));
        let mut place = RowOf::<N>::WIDTH;
        for relation in self.chosen() {
            (relation.read)(&mut node, row, place)?;
            place += relation.width;
        }
        Ok(node)
    }
}
