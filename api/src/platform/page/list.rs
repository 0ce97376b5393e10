//! One page of one list.

use entity::read_at::ReadAt;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, SelectStatement},
};

use super::{Cursor, Order, PageArgs};
use crate::platform::{error::Error, sql};

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

    /// How many rows the whole list has, if this page, for which `args` asked, is all of it.
    pub fn whole(&self, args: &PageArgs) -> Option<i64> {
        let from_end_to_end = args.after.is_none() && args.before.is_none();
        let is_all = from_end_to_end && !self.has_next && !self.has_previous;
        is_all.then(|| i64::try_from(self.rows.len()).unwrap_or(i64::MAX))
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

/// Reads one page of rows with what was joined to them. `select` holds scope and filter; `key` finds the listed row in the value.
///
/// Rows without a value come last, and are read by a statement of their own once those with one have run out: so either walks
/// an index from where the page begins, however far into the list that is.
pub async fn list<E: EntityTrait, T>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: Order<E>,
    args: &PageArgs,
    read: impl Fn(&QueryResult) -> Result<T, DbErr>,
    key: impl Fn(&T) -> &E::Model,
) -> Result<Page<T>, Error> {
    let (most, name) = (args.limit + 1, order.name());
    let mut rows = Vec::new();
    let mut stretches = order.stretches(args)?.into_iter().peekable();
    let mut select = Some(select);
    while let Some(stretch) = stretches.next() {
        let found = u64::try_from(rows.len()).unwrap_or(most);
        if found >= most {
            break;
        }
        let of_list = match stretches.peek() {
            Some(_) => select.clone(),
            None => select.take(),
        };
        let Some(of_list) = of_list else { break };
        let mut select = of_list.filter(stretch.bounds);
        order.sort(QuerySelect::query(&mut select), args.backward, stretch.has_values);
        let statement = sql::at_most(&select.into_query(), most - found, db);
        for result in &db.query_all_raw(statement).await? {
            let value = read(result)?;
            rows.push((order.place(name.clone(), key(&value)), value));
        }
    }
    Ok(Page::trim(rows, args))
}

/// Reads all rows of a selection.
pub async fn all<E: EntityTrait<Model: ReadAt>>(
    db: &impl ConnectionTrait,
    select: Select<E>,
) -> Result<Vec<E::Model>, DbErr> {
    let found = db.query_all(&select.into_query()).await?;
    found.iter().map(|row| E::Model::read_at(row, 0)).collect()
}

/// How many rows the whole list has.
pub async fn count<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<i64, Error> {
    let found = db.query_one(&counting(select)).await?;
    Ok(number_in(found.as_ref())?)
}

/// Counts the rows of a list.
pub fn counting<E: EntityTrait>(select: Select<E>) -> SelectStatement {
    select.select_only().expr(Expr::cust("count(*)")).into_query()
}

/// What a count says.
pub fn number_in(row: Option<&QueryResult>) -> Result<i64, DbErr> {
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}
