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
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
};
use futures_util::{StreamExt, stream::FuturesUnordered};

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
}

impl<T: Ready> Ready for &T {
    const WAITS: &'static [&'static str] = T::WAITS;

    fn type_of(&self) -> Cow<'static, str> {
        T::type_of(self)
    }

    fn brought(&self, field: &str) -> bool {
        T::brought(self, field)
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
        let mut found = poll_fn(|task| Poll::Ready(Found::of(task, [(ctx, &self.0)].into_iter()))).await;
        if !found.waiting.is_empty() {
            Box::pin(found.wait()).await;
        }
        Ok(found.objects.pop().map_or(Value::Null, into_value))
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
        let places: Vec<_> = (0..self.0.len()).map(|index| ctx.with_index(index)).collect();
        let each = || places.iter().zip(&self.0);
        let mut found = poll_fn(|task| Poll::Ready(Found::of(task, each()))).await;
        if !found.waiting.is_empty() {
            Box::pin(found.wait()).await;
        }
        Ok(Value::List(found.objects.into_iter().map(into_value).collect()))
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

/// What is known of the objects of a level.
struct Found<'a> {
    objects: Vec<Object>,
    waiting: Vec<Waiting<'a>>,
    ctx: Option<&'a ContextSelectionSet<'a>>,
}

impl<'a> Found<'a> {
    /// Asks each field of each object once.
    fn of<T: Ready + 'a>(
        task: &mut Task<'_>,
        objects: impl ExactSizeIterator<Item = (&'a ContextSelectionSet<'a>, &'a T)>,
    ) -> Self {
        let mut found = Self {
            objects: Vec::with_capacity(objects.len()),
            waiting: Vec::new(),
            ctx: None,
        };
        for (ctx, object) in objects {
            found.ctx = Some(ctx);
            let fields = found.ask(task, ctx, object);
            found.objects.push(fields);
        }
        found
    }

    fn ask<T: Ready>(&mut self, task: &mut Task<'_>, ctx: &'a ContextSelectionSet<'a>, object: &'a T) -> Object {
        let (items, place) = (&ctx.item.node.items, self.objects.len());
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
                object.brought(called)
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
                    self.waiting.push(asking);
                }
            }
        }
        fields
    }

    /// Awaits the rest.
    async fn wait(&mut self) {
        let mut waiting: FuturesUnordered<_> = std::mem::take(&mut self.waiting).into_iter().collect();
        while let Some((place, key, value)) = waiting.next().await {
            let Some(object) = self.objects.get_mut(place) else {
                continue;
            };
            match (value, self.ctx) {
                (Ok(value), _) => {
                    object.insert(key.clone(), value);
                }
                (Err(error), ctx) => {
                    object.shift_remove(key);
                    if let Some(ctx) = ctx {
                        ctx.add_error(error);
                    }
                }
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
