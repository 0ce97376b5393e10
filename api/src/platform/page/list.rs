//! One page of one list.

use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Select,
};

use super::{Cursor, Order, PageArgs};
use crate::platform::error::Error;

/// The rows of a page, in list order, with their places.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<(Cursor, T)>,
    /// There are rows after the last one.
    pub has_next: bool,
    /// There are rows before the first one.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// A page without rows, of an empty list.
    pub fn empty() -> Self {
        Self {
            rows: Vec::new(),
            has_next: false,
            has_previous: false,
        }
    }

    /// The same page of other values.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(|(cursor, row)| (cursor, f(row))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    /// Makes a page of what a statement returned: up to one row too many, and reversed when read from the end.
    pub(crate) fn trim(mut rows: Vec<(Cursor, T)>, args: &PageArgs) -> Self {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if args.backward {
            rows.reverse();
            Self {
                rows,
                has_next: args.before.is_some(),
                has_previous: more,
            }
        } else {
            Self {
                rows,
                has_next: more,
                has_previous: args.after.is_some(),
            }
        }
    }
}

/// The keyset conditions of a page.
pub(super) fn bounds<E: EntityTrait>(order: &Order<E>, args: &PageArgs) -> Result<Condition, Error> {
    let mut condition = Condition::all();
    if let Some(after) = &args.after {
        condition = condition.add(order.beyond("after", after, false)?);
    }
    if let Some(before) = &args.before {
        condition = condition.add(order.beyond("before", before, true)?);
    }
    Ok(condition)
}

/// Reads one page of rows. `select` holds scope and filter.
pub async fn list<E: EntityTrait>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: Order<E>,
    args: &PageArgs,
) -> Result<Page<E::Model>, Error> {
    list_with(
        db,
        select,
        order,
        args,
        |row| E::Model::from_query_result(row, ""),
        |row| row,
    )
    .await
}

/// Reads one page of rows with what was joined to them. `key` finds the listed row in the value.
pub async fn list_with<E: EntityTrait, T>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: Order<E>,
    args: &PageArgs,
    read: impl Fn(&QueryResult) -> Result<T, DbErr>,
    key: impl Fn(&T) -> &E::Model,
) -> Result<Page<T>, Error> {
    let mut select = select.filter(bounds(&order, args)?).limit(args.limit + 1);
    order.apply(QuerySelect::query(&mut select), args.backward);
    let found = db.query_all(&select.into_query()).await?;
    let mut rows = Vec::with_capacity(found.len());
    for result in &found {
        let value = read(result)?;
        rows.push((order.cursor(key(&value)), value));
    }
    Ok(Page::trim(rows, args))
}

/// How many rows the whole list has.
pub async fn count<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<i64, Error>
where
    E::Model: Sync,
{
    Ok(i64::try_from(select.count(db).await?).unwrap_or(i64::MAX))
}
