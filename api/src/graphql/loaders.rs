//! Loaders for what a look-ahead did not bring: rows by id, pages of children, short lists. Each answers all the parents of
//! one level in one statement. A feature says what its lists are; how they are batched stands here, once.

use std::{collections::HashMap, fmt::Debug, hash::Hash, marker::PhantomData, sync::Arc};

use async_graphql::{Context, dataloader::Loader};
use entity::{ids::TypedId, read_at::ReadAt};
use sea_orm::{
    ConnectionTrait, EntityTrait, IntoSimpleExpr, ModelTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait,
    Select, Value, prelude::Uuid,
};

use super::{
    ahead::{Ahead, Place},
    connection::Counter,
    context::{loaders, session},
    plan::{Listed, Plan},
};
use crate::{
    auth::{Reads, Session, Viewer},
    platform::{
        error::Error,
        keys::is_postgres,
        page::{self, Child, Order, Page, PageArgs},
        sql,
    },
};

// A getter's future is as large as the largest that it may wait for, and each object of a list has one: what waits stands on the heap.

/// How many ids are asked for at a time.
const AT_ONCE: usize = 10_000;

/// An id whose row can be loaded.
pub trait Row: TypedId + Into<Value> {
    /// The table.
    type Entity: EntityTrait<Model: ReadAt + Send + Sync>;
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
            let ids: Vec<Uuid> = some.iter().map(|key| key.0.uuid()).collect();
            let is_one = sql::one_of(I::id_column().into_simple_expr(), &ids, is_postgres(&self.0.db));
            let found = I::visible(&self.0.viewer).filter(is_one);
            rows.extend(page::all(&self.0.db, found).await?);
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
    Box::pin(loaders(ctx).load_one(ById(id))).await
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
#[derive(Debug)]
pub struct PageOf<C, N> {
    parent: Uuid,
    list: C,
    page: PageArgs,
    plan: Plan<N>,
}

impl<C: Clone, N> Clone for PageOf<C, N> {
    fn clone(&self) -> Self {
        Self {
            parent: self.parent,
            list: self.list.clone(),
            page: self.page.clone(),
            plan: self.plan,
        }
    }
}
impl<C: Eq, N> PartialEq for PageOf<C, N> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.same_list() == other.same_list()
    }
}
impl<C: Eq, N> Eq for PageOf<C, N> {}
impl<C: Hash, N> Hash for PageOf<C, N> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.parent, self.same_list()).hash(state);
    }
}

impl<C, N> PageOf<C, N> {
    /// What it has in common with those that are read together with it.
    fn same_list(&self) -> (&C, &PageArgs, Plan<N>) {
        (&self.list, &self.page, self.plan)
    }
}

/// Asks for the length of one parent's list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountOf<C> {
    parent: Uuid,
    list: C,
}

impl<C: Children, N: Listed<Entity = C::Entity>> Loader<PageOf<C, N>> for Reads {
    type Value = Page<N>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf<C, N>]) -> Result<HashMap<PageOf<C, N>, Self::Value>, Error> {
        let mut groups: HashMap<_, Vec<&PageOf<C, N>>> = HashMap::new();
        for key in keys {
            groups.entry(key.same_list()).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for ((list, args, plan), keys) in groups {
            let parents: Vec<Uuid> = keys.iter().map(|key| key.parent).collect();
            let mut pages = pages_of(&self.0, list, args, plan, &parents).await?;
            for key in keys {
                let page = pages.remove(&key.parent).unwrap_or_else(Page::empty);
                loaded.insert(key.clone(), page);
            }
        }
        Ok(loaded)
    }
}

/// The same page of the lists of many parents. One without rows is absent.
pub async fn pages_of<C: Children, N: Listed<Entity = C::Entity>>(
    session: &Session,
    list: &C,
    args: &PageArgs,
    plan: Plan<N>,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Page<N>>, Error> {
    let mut child = list.child(session)?;
    let plan = plan.with(child.order.columns());
    child.select = plan.join(child.select);
    let read = |row: &QueryResult| plan.read(row);
    let pages = page::page_by_parent(&session.db, child, parents, args, read, N::row).await?;
    for page in pages.values() {
        session.note_shown::<C::Entity>(page.rows.iter().map(|(_, node)| node.row()));
    }
    Ok(pages)
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
pub async fn children<C: Children, N: Listed<Entity = C::Entity>>(
    ctx: &Context<'_>,
    parent: Uuid,
    list: C,
    page: PageArgs,
) -> Result<(Page<N>, Counter), Error> {
    let loaders = loaders(ctx);
    let ahead: &Ahead = ctx.data_unchecked();
    let found = match ahead.take(Place::of(ctx.item), parent) {
        Some(found) => found,
        None => {
            let asked = PageOf {
                parent,
                list: list.clone(),
                page: page.clone(),
                plan: Plan::of_connection(ctx),
            };
            Box::pin(loaders.load_one(asked)).await?.unwrap_or_else(Page::empty)
        }
    };
    let counter = Counter::of(&found, &page, || {
        let loaders = loaders.clone();
        let key = CountOf { parent, list };
        Counter::new(|| async move { Ok(loaders.load_one(key).await?.unwrap_or(0)) })
    });
    Ok((found, counter))
}

/// One page of a list at the root, and what counts all of it.
pub async fn root<N: Listed>(
    ctx: &Context<'_>,
    select: Select<N::Entity>,
    order: Order<N::Entity>,
    page: PageArgs,
) -> Result<(Page<N>, Counter), Error> {
    root_counted(ctx, select, order, page, counter).await
}

/// The same, counted in another way.
pub async fn root_counted<N: Listed>(
    ctx: &Context<'_>,
    select: Select<N::Entity>,
    order: Order<N::Entity>,
    page: PageArgs,
    counter: impl FnOnce(Arc<Session>, Select<N::Entity>) -> Counter,
) -> Result<(Page<N>, Counter), Error> {
    let plan = Plan::of_connection(ctx).with(order.columns());
    let read = |row: &QueryResult| plan.read(row);
    let is_counted = ctx.field().selection_set().any(|field| field.name() == "totalCount");
    let counted = is_counted.then(|| select.clone());
    let reading = page::list(&session(ctx).db, plan.join(select), order, &page, read, N::row);
    let found = Box::pin(reading).await?;
    session(ctx).note_shown::<N::Entity>(found.rows.iter().map(|(_, node)| node.row()));
    let counter = Counter::of(&found, &page, || match counted {
        Some(select) => counter(session(ctx).clone(), select),
        None => Counter::new(|| async { Err(Error::internal("totalCount was not looked for")) }),
    });
    Ok((found, counter))
}

/// One object with what its selection asks for, if there is one and the viewer may see it.
pub async fn one<N: Listed>(ctx: &Context<'_>, select: Select<N::Entity>) -> Result<Option<N>, Error> {
    let plan = Plan::of_object(ctx);
    let statement = plan.join(select).limit(1).into_query();
    let found = Box::pin(session(ctx).db.query_one(&statement)).await?;
    let found: Option<N> = found.map(|row| plan.read(&row)).transpose()?;
    session(ctx).note_shown::<N::Entity>(found.iter().map(Listed::row));
    Ok(found)
}

/// Counts a list at the root.
pub fn counter<E: EntityTrait>(session: Arc<Session>, select: Select<E>) -> Counter {
    Counter::new(|| async move { page::count(&session.db, select).await })
}

/// A list too short to page: the labels, members or evidence of one parent.
pub trait ShortList: Send + Sync + 'static {
    /// The table.
    type Entity: EntityTrait<Model: ReadAt + Send + Sync + Clone>;
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
        let parents: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let is_theirs = sql::one_of(L::parent_column().into_simple_expr(), &parents, is_postgres(&self.0.db));
        let rows = page::all(&self.0.db, L::select(&self.0).filter(is_theirs)).await?;
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
    let list = ShortListOf::<L>(parent, PhantomData);
    Ok(Box::pin(loaders(ctx).load_one(list)).await?.unwrap_or_default())
}
