//! Loaders for what a look-ahead did not bring: rows by id, pages of children, short lists. Each answers all the parents of
//! one level in one statement. A feature says what its lists are; how they are batched stands here, once.

use std::{collections::HashMap, fmt::Debug, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, dataloader::Loader};
use entity::ids::TypedId;
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, Select, Value, prelude::Uuid};

use super::{
    connection::Counter,
    context::{loaders, session},
};
use crate::{
    auth::{Reads, Session, Viewer},
    platform::{
        error::Error,
        page::{self, Child, Order, Page, PageArgs},
    },
};

/// How many ids are asked for at a time.
const AT_ONCE: usize = 10_000;

/// An id whose row can be loaded.
pub trait Row: TypedId + Into<Value> {
    /// The table.
    type Entity: EntityTrait<Model: Send + Sync>;
    /// Its primary key.
    fn id_column() -> <Self::Entity as EntityTrait>::Column;
    /// The rows that a viewer may see.
    fn visible(viewer: &Viewer) -> Select<Self::Entity>;
}

/// Asks for one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ById<I>(pub I);

/// The row type behind an id.
pub type ModelOf<I> = <<I as Row>::Entity as EntityTrait>::Model;

fn uuid_of(value: Value) -> Uuid {
    match value {
        Value::Uuid(id) => id.unwrap_or_default(),
        _ => Uuid::nil(),
    }
}

impl<I: Row> Loader<ById<I>> for Reads {
    type Value = Arc<ModelOf<I>>;
    type Error = Error;

    async fn load(&self, keys: &[ById<I>]) -> Result<HashMap<ById<I>, Self::Value>, Error> {
        let mut rows = Vec::with_capacity(keys.len());
        // Databases bound the number of values in a statement.
        for some in keys.chunks(AT_ONCE) {
            let ids = some.iter().map(|key| Into::<Value>::into(key.0));
            let found = I::visible(&self.0.viewer).filter(I::id_column().is_in(ids));
            rows.extend(found.all(&self.0.db).await?);
        }
        self.0.note_shown::<I::Entity>(rows.iter());
        Ok(rows
            .into_iter()
            .map(|row| (ById(I::from(uuid_of(row.get(I::id_column())))), Arc::new(row)))
            .collect())
    }
}

/// One row, if there is one and the viewer may see it.
pub async fn by_id<I: Row>(ctx: &Context<'_>, id: I) -> Result<Option<Arc<ModelOf<I>>>, Error> {
    loaders(ctx).load_one(ById(id)).await
}

/// The row behind a reference that may be empty.
pub async fn by_reference<I: Row>(ctx: &Context<'_>, id: Option<I>) -> Result<Option<Arc<ModelOf<I>>>, Error> {
    match id {
        Some(id) => by_id(ctx, id).await,
        None => Ok(None),
    }
}

/// The row that must be there: what refers to it could not be seen without it.
pub async fn required<I: Row>(ctx: &Context<'_>, id: I) -> Result<Arc<ModelOf<I>>, Error> {
    by_id(ctx, id)
        .await?
        .ok_or_else(|| Error::internal(format!("{id} is gone although something refers to it")))
}

/// A list that hangs on a parent, with its filter and order: equal lists of many parents are read together.
pub trait Children: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// The table that is listed.
    type Entity: EntityTrait<Model: Send + Sync>;
    /// Scope, filter, link and order.
    fn child(&self, session: &Session) -> Result<Child<Self::Entity>, Error>;
}

/// Asks for one page of one parent's list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageOf<C> {
    parent: Uuid,
    list: C,
    page: PageArgs,
}

/// Asks for the length of one parent's list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountOf<C> {
    parent: Uuid,
    list: C,
}

impl<C: Children> Loader<PageOf<C>> for Reads {
    type Value = Page<Arc<<C::Entity as EntityTrait>::Model>>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf<C>]) -> Result<HashMap<PageOf<C>, Self::Value>, Error> {
        let mut groups: HashMap<(&C, &PageArgs), Vec<&PageOf<C>>> = HashMap::new();
        for key in keys {
            groups.entry((&key.list, &key.page)).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for ((list, args), keys) in groups {
            let parents: Vec<Uuid> = keys.iter().map(|key| key.parent).collect();
            let mut pages = page::page_by_parent(&self.0.db, list.child(&self.0)?, &parents, args).await?;
            for key in keys {
                let page = pages.remove(&key.parent).unwrap_or_else(Page::empty);
                self.0.note_shown::<C::Entity>(page.rows.iter().map(|(_, row)| row));
                loaded.insert(key.clone(), page.map(Arc::new));
            }
        }
        Ok(loaded)
    }
}

impl<C: Children> Loader<CountOf<C>> for Reads {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[CountOf<C>]) -> Result<HashMap<CountOf<C>, i64>, Error> {
        let mut groups: HashMap<&C, Vec<&CountOf<C>>> = HashMap::new();
        for key in keys {
            groups.entry(&key.list).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for (list, keys) in groups {
            let parents: Vec<Uuid> = keys.iter().map(|key| key.parent).collect();
            let counts = page::count_by_parent(&self.0.db, list.child(&self.0)?, &parents).await?;
            for key in keys {
                loaded.insert(key.clone(), counts.get(&key.parent).copied().unwrap_or(0));
            }
        }
        Ok(loaded)
    }
}

/// One page of a parent's list, and what counts all of it.
pub async fn children<C: Children, N>(
    ctx: &Context<'_>,
    parent: Uuid,
    list: C,
    page: PageArgs,
    wrap: impl Fn(Arc<<C::Entity as EntityTrait>::Model>) -> N,
) -> Result<(Page<N>, Counter), Error> {
    let loaders = loaders(ctx).clone();
    let found = loaders
        .load_one(PageOf {
            parent,
            list: list.clone(),
            page,
        })
        .await?;
    let counter = Counter::new(move || {
        let (loaders, key) = (
            loaders.clone(),
            CountOf {
                parent,
                list: list.clone(),
            },
        );
        async move { Ok(loaders.load_one(key).await?.unwrap_or(0)) }
    });
    Ok((found.unwrap_or_else(Page::empty).map(wrap), counter))
}

/// One page of a list at the root, and what counts all of it.
pub async fn root<E: EntityTrait<Model: Send + Sync>, N>(
    ctx: &Context<'_>,
    select: Select<E>,
    order: Order<E>,
    page: PageArgs,
    wrap: impl Fn(Arc<E::Model>) -> N,
) -> Result<(Page<N>, Counter), Error> {
    let found = page::list(&session(ctx).db, select.clone(), order, &page).await?;
    session(ctx).note_shown::<E>(found.rows.iter().map(|(_, row)| row));
    Ok((
        found.map(|row| wrap(Arc::new(row))),
        counter(session(ctx).clone(), select),
    ))
}

/// Counts a list at the root.
pub fn counter<E: EntityTrait<Model: Send + Sync>>(session: Arc<Session>, select: Select<E>) -> Counter {
    Counter::new(move || {
        let (session, select) = (session.clone(), select.clone());
        async move { page::count(&session.db, select).await }
    })
}

/// A list too short to page: the labels, members or evidence of one parent.
pub trait ShortList: Send + Sync + 'static {
    /// The table.
    type Entity: EntityTrait<Model: Send + Sync + Clone>;
    /// The column that holds the parent's id.
    fn parent_column() -> <Self::Entity as EntityTrait>::Column;
    /// The rows, in order.
    fn select(session: &Session) -> Select<Self::Entity>;
}

/// Asks for one parent's short list.
pub struct ShortListOf<L>(Uuid, PhantomData<L>);

impl<L> Clone for ShortListOf<L> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}
impl<L> PartialEq for ShortListOf<L> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<L> Eq for ShortListOf<L> {}
impl<L> Hash for ShortListOf<L> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<L: ShortList> Loader<ShortListOf<L>> for Reads {
    type Value = Vec<<L::Entity as EntityTrait>::Model>;
    type Error = Error;

    async fn load(&self, keys: &[ShortListOf<L>]) -> Result<HashMap<ShortListOf<L>, Self::Value>, Error> {
        let parents = keys.iter().map(|key| Value::from(key.0));
        let rows = L::select(&self.0)
            .filter(L::parent_column().is_in(parents))
            .all(&self.0.db)
            .await?;
        let mut lists: HashMap<ShortListOf<L>, Self::Value> =
            keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        for row in rows {
            let parent = ShortListOf(uuid_of(row.get(L::parent_column())), PhantomData);
            lists.entry(parent).or_default().push(row);
        }
        Ok(lists)
    }
}

/// One parent's short list.
pub async fn short_list<L: ShortList>(
    ctx: &Context<'_>,
    parent: Uuid,
) -> Result<Vec<<L::Entity as EntityTrait>::Model>, Error> {
    Ok(loaders(ctx)
        .load_one(ShortListOf::<L>(parent, PhantomData))
        .await?
        .unwrap_or_default())
}
