//! The same page of many parents' lists, in one statement: the rows of several are numbered within each parent.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait, Select,
    prelude::Uuid,
    sea_query::{Alias, ColumnRef, Expr, ExprTrait, Func, Query, SelectStatement, WindowStatement},
};

use super::{Order, Page, PageArgs, list::bounds};
use crate::platform::{error::Error, keys::is_postgres, sql};

const PARENT: &str = "parent_key";
const NUMBER: &str = "row_in_parent";

/// A list that belongs to a parent: what is in it, how it is ordered, and which column holds the parent's id.
pub struct Child<E: EntityTrait> {
    /// Scope, filter, and the join to a link table if the parent's id stands there.
    pub select: Select<E>,
    /// The column with the parent's id, of `E` or of the joined link table.
    pub parent: ColumnRef,
    /// The order within the parent.
    pub order: Order<E>,
}

impl<E: EntityTrait> Child<E> {
    fn of(self, parents: &[Uuid], is_postgres: bool) -> (Select<E>, ColumnRef, Order<E>) {
        let is_theirs = sql::one_of(Expr::col(self.parent.clone()), parents, is_postgres);
        (self.select.filter(is_theirs), self.parent, self.order)
    }
}

/// One page for each parent; a parent without rows is absent. `key` finds the listed row in what `read` makes of a result.
pub async fn page_by_parent<E: EntityTrait, T>(
    db: &impl ConnectionTrait,
    child: Child<E>,
    parents: &[Uuid],
    args: &PageArgs,
    read: impl Fn(&QueryResult) -> Result<T, DbErr>,
    key: impl Fn(&T) -> &E::Model,
) -> Result<HashMap<Uuid, Page<T>>, Error> {
    let (select, parent, order) = child.of(parents, is_postgres(db));
    let mut inner = select.filter(bounds(&order, args)?).into_query();
    let name = order.name();
    let placed = |result: &QueryResult| {
        let value = read(result)?;
        Ok::<_, DbErr>((order.place(name.clone(), key(&value)), value))
    };
    // Numbers tell the rows of several parents apart; those of one need none, and the database may stop where the page ends.
    if let [only] = parents {
        order.apply(&mut inner, args.backward);
        let found = db.query_all_raw(sql::at_most(&inner, args.limit + 1, db)).await?;
        let rows: Vec<_> = found.iter().map(placed).collect::<Result<_, _>>()?;
        let page = (!rows.is_empty()).then(|| (*only, Page::trim(rows, args)));
        return Ok(page.into_iter().collect());
    }
    let mut window = WindowStatement::partition_by(parent.clone());
    order.apply(&mut window, args.backward);
    inner.expr_as(Expr::col(parent), Alias::new(PARENT)).expr_window_as(
        Func::cust("ROW_NUMBER"),
        window,
        Alias::new(NUMBER),
    );
    let found = db.query_all(&numbered(inner, args.limit + 1)).await?;

    let mut rows: HashMap<Uuid, Vec<(i64, _)>> = HashMap::with_capacity(parents.len());
    for result in &found {
        let number = result.try_get("", NUMBER)?;
        let row = placed(result)?;
        rows.entry(parent_of(result)?).or_default().push((number, row));
    }
    let page = |mut rows: Vec<(i64, _)>| {
        // They come in this order anyway, as they were numbered. Sorting them once more is dearer for the database than for us.
        rows.sort_by_key(|(number, _)| *number);
        Page::trim(rows.into_iter().map(|(_, row)| row).collect(), args)
    };
    Ok(rows.into_iter().map(|(parent, rows)| (parent, page(rows))).collect())
}

fn numbered(inner: SelectStatement, most: u64) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("*"))
        .from_subquery(inner, Alias::new("numbered"))
        .and_where(Expr::col(Alias::new(NUMBER)).lte(most))
        .take()
}

/// How many rows each parent's whole list has; a parent without rows is absent.
pub async fn count_by_parent<E: EntityTrait>(
    db: &impl ConnectionTrait,
    child: Child<E>,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, i64>, Error> {
    let (select, parent, _) = child.of(parents, is_postgres(db));
    let mut counting = select.select_only().into_query();
    counting
        .expr_as(Expr::col(parent.clone()), Alias::new(PARENT))
        .expr_as(Expr::cust("count(*)"), Alias::new(NUMBER))
        .add_group_by([Expr::col(parent)]);
    let mut counts = HashMap::with_capacity(parents.len());
    for result in &db.query_all(&counting).await? {
        counts.insert(parent_of(result)?, result.try_get::<i64>("", NUMBER)?);
    }
    Ok(counts)
}

fn parent_of(result: &QueryResult) -> Result<Uuid, Error> {
    Ok(result.try_get::<Uuid>("", PARENT)?)
}
