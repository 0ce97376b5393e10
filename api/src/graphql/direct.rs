//! Resolves objects without a boxed future for each of their fields.
//!
//! Most getters only hand out what is already there. The schema library allocates a future for each of them all the same, as
//! large as the largest getter of the type; on a page of fifty rows that is half of the engine's work. Here each field is polled
//! once where it stands. What then still waits is kept and awaited with all else that waits, so that loaders see a whole level at
//! once, as before.
//!
//! [`Direct`] stands for one object, [`Many`] for a list of them. Both mean exactly what the library's own resolving means: what
//! it does with fragments and directives is left to it.

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context as Task, Poll},
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use sea_orm::prelude::Uuid;

use super::ahead::{Place, Reading, is_whole_level};

/// An object whose fields are mostly there.
pub trait Ready: ContainerType + Send + Sync {
    /// The fields without a selection of their own, as the schema names them, that have to wait all the same. One that is
    /// missing here is asked twice.
    const WAITS: &'static [&'static str];

    /// The name of its type; of an interface, that of the object behind it.
    fn type_of(&self) -> Cow<'static, str> {
        self.introspection_type_name()
    }

    /// Has the object that this field leads to come along?
    fn brought(&self, field: &str) -> bool {
        let _ = field;
        false
    }

    /// Is all that this field leads to there, so that nothing below it waits?
    fn is_there(&self, field: &Field) -> bool {
        self.brought(&field.name.node)
    }

    /// By what the lists that hang on it are known.
    fn parent(&self) -> Uuid {
        Uuid::nil()
    }

    /// Reads the list that a field leads to for all of these objects, if it can be read ahead.
    fn ahead<'a>(ctx: &'a Context<'a>, parents: impl Fn() -> Vec<Uuid>) -> Option<Reading<'a>> {
        let _ = (ctx, parents);
        None
    }
}

impl<T: Ready> Ready for &T {
    const WAITS: &'static [&'static str] = T::WAITS;

    fn type_of(&self) -> Cow<'static, str> {
        T::type_of(self)
    }

    fn brought(&self, field: &str) -> bool {
        T::brought(self, field)
    }

    fn is_there(&self, field: &Field) -> bool {
        T::is_there(self, field)
    }

    fn parent(&self) -> Uuid {
        T::parent(self)
    }

    fn ahead<'a>(ctx: &'a Context<'a>, parents: impl Fn() -> Vec<Uuid>) -> Option<Reading<'a>> {
        T::ahead(ctx, parents)
    }
}

/// One such object.
#[derive(Debug, Clone)]
pub struct Direct<T>(pub T);

/// A list of such objects.
#[derive(Debug, Clone)]
pub struct Many<T>(pub Vec<T>);

impl<T: Ready> OutputType for Direct<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.type_of()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !is_plain(ctx) {
            return Box::pin(self.0.resolve(ctx, field)).await;
        }
        let there = read_ahead(ctx, std::slice::from_ref(&self.0)).await;
        let mut waiting = Vec::new();
        let mut object = poll_fn(|task| Poll::Ready(ask(task, ctx, &self.0, 0, &there, &mut waiting))).await;
        if !waiting.is_empty() {
            Box::pin(wait(waiting, std::slice::from_mut(&mut object), ctx)).await;
        }
        Ok(into_value(object))
    }
}

impl<T: Ready> OutputType for Many<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !is_plain(ctx) {
            let objects: Vec<_> = self.0.iter().collect();
            return Box::pin(objects.resolve(ctx, field)).await;
        }
        let there = read_ahead(ctx, &self.0).await;
        let places: Vec<_> = (0..self.0.len()).map(|index| ctx.with_index(index)).collect();
        let mut waiting = Vec::new();
        let mut objects: Vec<Object> = poll_fn(|task| {
            let each = places.iter().zip(&self.0).enumerate();
            let asked = each.map(|(place, (ctx, object))| ask(task, ctx, object, place, &there, &mut waiting));
            Poll::Ready(asked.collect())
        })
        .await;
        if !waiting.is_empty() {
            Box::pin(wait(waiting, &mut objects, ctx)).await;
        }
        Ok(Value::List(objects.into_iter().map(into_value).collect()))
    }
}

/// Are only plain fields selected, each once?
fn is_plain(ctx: &ContextSelectionSet<'_>) -> bool {
    let mut rest = ctx.item.node.items.as_slice();
    while let Some((first, others)) = rest.split_first() {
        match plain_key(first) {
            Some(key) if others.iter().all(|other| plain_key(other) != Some(key)) => rest = others,
            _ => return false,
        }
    }
    true
}

/// Under which name a selection puts its value, if it is a plain field.
fn plain_key(item: &Positioned<Selection>) -> Option<&Name> {
    match &item.node {
        Selection::Field(field) if field.node.directives.is_empty() => Some(&field.node.response_key().node),
        _ => None,
    }
}

type Object = IndexMap<Name, Value>;

/// An object none of whose fields could be had is null: so the library has it.
fn into_value(object: Object) -> Value {
    if object.is_empty() {
        Value::Null
    } else {
        Value::Object(object)
    }
}

/// The value of a field that waits, and the place where it belongs.
type Waiting<'a> = Pin<Box<dyn Future<Output = (usize, &'a Name, ServerResult<Value>)> + Send + 'a>>;

/// Reads the lists that hang on these objects and can be read ahead. Says which of these fields need not wait then.
async fn read_ahead<T: Ready>(ctx: &ContextSelectionSet<'_>, objects: &[T]) -> Vec<Place> {
    let mut there = Vec::new();
    if objects.is_empty() || !is_whole_level(ctx) {
        return there;
    }
    let parents = || objects.iter().map(T::parent).collect();
    for item in &ctx.item.node.items {
        let Selection::Field(field) = &item.node else {
            continue;
        };
        if field.node.selection_set.node.items.is_empty() {
            continue;
        }
        let field_ctx = ctx.with_field(field);
        if let Some(reading) = T::ahead(&field_ctx, parents) {
            reading.read.await;
            if reading.is_all {
                there.push(Place::of(field));
            }
        }
    }
    there
}

/// Asks each field of an object once. What waits is put aside, with the place of its object.
fn ask<'a, T: Ready>(
    task: &mut Task<'_>,
    ctx: &'a ContextSelectionSet<'a>,
    object: &'a T,
    place: usize,
    there: &[Place],
    waiting: &mut Vec<Waiting<'a>>,
) -> Object {
    let items = &ctx.item.node.items;
    let mut fields = Object::with_capacity(items.len());
    for item in items {
        let Selection::Field(field) = &item.node else {
            continue;
        };
        let (called, key) = (field.node.name.node.as_str(), &field.node.response_key().node);
        if called == "__typename" {
            fields.insert(key.clone(), Value::String(object.type_of().into_owned()));
            continue;
        }
        let is_leaf = field.node.selection_set.node.items.is_empty();
        let is_here = if is_leaf {
            !T::WAITS.contains(&called)
        } else {
            object.is_there(&field.node) || there.contains(&Place::of(field))
        };
        if is_here {
            if let Poll::Ready(value) = ask_at_once(task, ctx, field, object) {
                keep(&mut fields, ctx, key, value);
                continue;
            }
            debug_assert!(!is_leaf, "{}.{called} waits: name it in WAITS", T::type_name());
        }
        let mut asking: Waiting<'a> = Box::pin(async move {
            let field_ctx = ctx.with_field(field);
            let value = object.resolve_field(&field_ctx).await;
            (place, key, value.map(Option::unwrap_or_default))
        });
        match asking.as_mut().poll(task) {
            Poll::Ready((.., value)) => keep(&mut fields, ctx, key, value),
            Poll::Pending => {
                // Its place in the order of the selection.
                fields.insert(key.clone(), Value::Null);
                waiting.push(asking);
            }
        }
    }
    fields
}

/// Awaits the rest.
async fn wait(waiting: Vec<Waiting<'_>>, objects: &mut [Object], ctx: &ContextSelectionSet<'_>) {
    let mut waiting: FuturesUnordered<_> = waiting.into_iter().collect();
    while let Some((place, key, value)) = waiting.next().await {
        let Some(object) = objects.get_mut(place) else {
            continue;
        };
        match value {
            Ok(value) => {
                object.insert(key.clone(), value);
            }
            Err(error) => {
                object.shift_remove(key);
                ctx.add_error(error);
            }
        }
    }
}

/// Asks a field without giving it memory of its own.
fn ask_at_once<T: Ready>(
    task: &mut Task<'_>,
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    object: &T,
) -> Poll<ServerResult<Value>> {
    let field_ctx = ctx.with_field(field);
    let asking = pin!(object.resolve_field(&field_ctx));
    asking.poll(task).map(|value| value.map(Option::unwrap_or_default))
}

/// A field that failed is left out, and its error noted: so the library has it.
fn keep(fields: &mut Object, ctx: &ContextSelectionSet<'_>, key: &Name, value: ServerResult<Value>) {
    match value {
        Ok(value) => {
            fields.insert(key.clone(), value);
        }
        Err(error) => ctx.add_error(error),
    }
}
