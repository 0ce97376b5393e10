//! Lists that hang on the objects of a page, read for all of them before the first is asked.
//!
//! A loader answers all the parents of one level in one statement, too. But each parent asks it for itself, waits, and is woken: for
//! fifty rows with a short list each that is half of what the engine does. Where the parents are at hand, and a list is asked for by
//! no more than its page, it is read at once, and its getters find it here. What is not here is asked of the loader: it is right all
//! the same, only slower.
//!
//! Only one page of parents is at hand, not those of its siblings. So below a list within a list the loaders stay.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use async_graphql::{
    Context, ContextSelectionSet, Positioned, QueryPathSegment, Value,
    parser::types::{Field, Selection, SelectionSet},
};
use sea_orm::prelude::Uuid;

use super::{
    context::session,
    direct::Ready,
    loaders::{Children, pages_of},
    plan::{Listed, Plan},
};
use crate::platform::page::{Page, PageArgs};

/// Reads what hangs on some objects.
pub struct Reading<'a> {
    /// Does so.
    pub read: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
    /// Is there nothing left to wait for then?
    pub is_all: bool,
}

/// Where a field stands in the document: the same for all the objects of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    /// Of a field. A document stays where it is for as long as it is executed.
    pub fn of(field: &Positioned<Field>) -> Self {
        Self(std::ptr::from_ref(&field.node).addr())
    }
}

/// The lists of one field, by what they hang on.
struct Level {
    place: Place,
    /// Of pages by their parents.
    pages: Box<dyn Any + Send>,
}

/// What one request has read ahead.
#[derive(Default)]
pub struct Ahead(Mutex<Vec<Level>>);

impl Ahead {
    fn keep<N: Listed>(&self, place: Place, pages: HashMap<Uuid, Page<N>>) {
        let mut levels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        levels.push(Level {
            place,
            pages: Box::new(pages),
        });
    }

    /// The list of one parent, once.
    pub fn take<N: Listed>(&self, place: Place, parent: Uuid) -> Option<Page<N>> {
        let mut levels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut here = levels.iter_mut().filter(|level| level.place == place);
        here.find_map(|level| level.pages.downcast_mut::<HashMap<Uuid, Page<N>>>()?.remove(&parent))
    }
}

/// Are the parents at hand all that there are on their level?
pub fn is_whole_level(ctx: &ContextSelectionSet<'_>) -> bool {
    let mut node = ctx.path_node.as_ref();
    while let Some(here) = node {
        if matches!(here.segment, QueryPathSegment::Index(_)) {
            return false;
        }
        node = here.parent;
    }
    true
}

/// Reads a list for all of these parents, if it is asked for by its page alone.
pub fn read<'a, C: Children, N: Listed<Entity = C::Entity> + Ready>(
    ctx: &'a Context<'a>,
    parents: Vec<Uuid>,
    list: C,
) -> Option<Reading<'a>> {
    let args = page_alone(ctx)?;
    let is_all = is_all_there::<N>(&ctx.item.node.selection_set.node);
    let read = Box::pin(async move {
        let plan = Plan::<N>::of_connection(ctx);
        // Whatever is wrong, the loader says it in its place.
        let Ok(mut found) = pages_of(session(ctx), &list, &args, plan, &parents).await else {
            return;
        };
        for parent in parents {
            found.entry(parent).or_insert_with(Page::empty);
        }
        ctx.data_unchecked::<Ahead>().keep(Place::of(ctx.item), found);
    });
    Some(Reading { read, is_all })
}

/// Is all that is selected of a list there once its rows are?
fn is_all_there<N: Ready>(selected: &SelectionSet) -> bool {
    all(selected, |field| match field.name.node.as_str() {
        "pageInfo" | "__typename" => true,
        _ => is_row_there::<N>(field),
    })
}

/// Is all that is selected of the rows of a list there, if the field leads to them?
pub fn is_row_there<N: Ready>(field: &Field) -> bool {
    let of_row = |row: &Field| {
        all(&row.selection_set.node, |field| {
            let is_leaf = field.selection_set.node.items.is_empty();
            is_leaf && !N::WAITS.contains(&field.name.node.as_str())
        })
    };
    match field.name.node.as_str() {
        "nodes" => of_row(field),
        "edges" => all(&field.selection_set.node, |field| {
            field.name.node != "node" || of_row(field)
        }),
        _ => false,
    }
}

fn all(selected: &SelectionSet, is_there: impl Fn(&Field) -> bool) -> bool {
    selected.items.iter().all(|item| match &item.node {
        Selection::Field(field) => is_there(&field.node),
        _ => false,
    })
}

/// The page that a field asks for, if it says nothing else and nothing wrong.
fn page_alone(ctx: &Context<'_>) -> Option<PageArgs> {
    let (mut first, mut after, mut last, mut before) = (None, None, None, None);
    for (name, value) in ctx.field().arguments().ok()? {
        match (name.as_str(), value) {
            ("first", value) => first = number(value)?,
            ("last", value) => last = number(value)?,
            ("after", value) => after = text(value)?,
            ("before", value) => before = text(value)?,
            (_, Value::Null) => {}
            _ => return None,
        }
    }
    PageArgs::new(first, after.as_deref(), last, before.as_deref()).ok()
}

fn number(value: Value) -> Option<Option<i32>> {
    match value {
        Value::Null => Some(None),
        Value::Number(number) => i32::try_from(number.as_i64()?).ok().map(Some),
        _ => None,
    }
}

fn text(value: Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text)),
        _ => None,
    }
}

/// Says which fields of an object lead to lists that can be read ahead, and what those hold.
macro_rules! lists {
    (|$object:ident| $parent:expr; { $($field:literal: $list:expr => $node:ty),+ $(,)? }) => {
        fn parent(&self) -> sea_orm::prelude::Uuid {
            let $object = self;
            $parent
        }

        fn ahead<'a>(
            ctx: &'a async_graphql::Context<'a>,
            parents: impl Fn() -> Vec<sea_orm::prelude::Uuid>,
        ) -> Option<$crate::graphql::ahead::Reading<'a>> {
            match ctx.item.node.name.node.as_str() {
                $($field => $crate::graphql::ahead::read::<_, $node>(ctx, parents(), $list),)+
                _ => None,
            }
        }
    };
}
pub(crate) use lists;
