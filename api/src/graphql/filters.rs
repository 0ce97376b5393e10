//! The comparators that list filters are made of, and how filters combine.

use std::cell::Cell;

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use entity::ids::{IdError, TypedId};
use sea_orm::{ColumnTrait, Condition, Value};

use super::scalars::{Date, DateTime};
use crate::{
    auth::{Session, Viewer},
    platform::{error::Error, ids, sql},
};

/// How deeply filters may nest.
const MAX_DEPTH: usize = 8;
/// How many conditions one filter may hold.
const MAX_TERMS: usize = 100;
/// How many values one comparator may list.
const MAX_VALUES: usize = 500;

/// What a filter needs to know to become a condition, and how much of it there has been.
pub struct FilterEnv<'a> {
    /// Who asks; related tables are looked into within their scope.
    pub viewer: &'a Viewer,
    /// The day that decides what is overdue.
    pub today: NaiveDate,
    /// Are the rows of all moments, so that no one day decides what is overdue?
    pub is_over_time: bool,
    depth: Cell<usize>,
    terms: Cell<usize>,
}

impl<'a> FilterEnv<'a> {
    /// For one list of one request.
    pub fn new(session: &'a Session) -> Self {
        Self::on(session, session.today())
    }

    /// For a question about another day.
    pub fn on(session: &'a Session, today: NaiveDate) -> Self {
        Self {
            viewer: &session.viewer,
            today,
            is_over_time: false,
            depth: Cell::new(0),
            terms: Cell::new(0),
        }
    }

    /// For a question about many moments at once.
    pub fn over_time(session: &'a Session) -> Self {
        Self {
            is_over_time: true,
            ..Self::new(session)
        }
    }

    /// Condition of a filter that may be absent.
    pub fn all_of<F: ListFilter>(&self, filter: Option<&F>) -> Result<Condition, Error> {
        filter.map_or_else(|| Ok(Condition::all()), |filter| self.condition(filter))
    }

    /// Condition of a filter, nested or not.
    pub fn condition<F: ListFilter>(&self, filter: &F) -> Result<Condition, Error> {
        self.terms.set(self.terms.get() + 1);
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > MAX_DEPTH || self.terms.get() > MAX_TERMS {
            return Err(Error::TooComplex(format!(
                "This filter is too large; nest at most {MAX_DEPTH} levels and {MAX_TERMS} filters."
            )));
        }
        let mut all = Condition::all().add(filter.own(self)?);
        let Combined { and, or, not } = filter.combined();
        for part in and.unwrap_or_default() {
            all = all.add(self.condition(part)?);
        }
        if let Some(alternatives) = or {
            // Any of no alternatives is none.
            let mut any = Condition::any().add(sql::nothing());
            for part in alternatives {
                any = any.add(self.condition(part)?);
            }
            all = all.add(any);
        }
        if let Some(excluded) = not {
            all = all.add(self.condition(excluded)?.not());
        }
        self.depth.set(self.depth.get() - 1);
        Ok(all)
    }
}

/// The parts of a filter that combine others of its kind.
pub struct Combined<'a, F> {
    /// All of these.
    pub and: Option<&'a [F]>,
    /// Any of these.
    pub or: Option<&'a [F]>,
    /// Not this.
    pub not: Option<&'a F>,
}

impl<F> Combined<'_, F> {
    /// For filters that do not combine.
    pub fn none() -> Self {
        Self {
            and: None,
            or: None,
            not: None,
        }
    }
}

/// The filter of one kind of list.
pub trait ListFilter: Sized {
    /// Its own fields, ANDed.
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error>;
    /// Its `and`, `or` and `not`.
    fn combined(&self) -> Combined<'_, Self> {
        Combined::none()
    }
}

fn few<T>(values: &[T]) -> Result<&[T], Error> {
    if values.len() > MAX_VALUES {
        return Err(Error::TooComplex(format!(
            "List at most {MAX_VALUES} values in one filter; ask in several requests."
        )));
    }
    Ok(values)
}

/// Compares ids. All given comparators must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "IDFilter")]
pub struct IdFilter {
    /// Is this id.
    eq: Option<ID>,
    /// Is one of these ids; an empty list matches nothing.
    r#in: Option<Vec<ID>>,
    /// Is none of these ids.
    not_in: Option<Vec<ID>>,
    /// Whether there is no such object.
    is_null: Option<bool>,
}

impl IdFilter {
    /// As a condition on a column of ids of type `I`.
    pub fn on<I, C>(&self, path: &str, column: C) -> Result<Condition, Error>
    where
        I: TypedId + std::str::FromStr<Err = IdError> + Into<Value>,
        C: ColumnTrait,
    {
        let parse = |ids: &[ID]| {
            few(ids)?
                .iter()
                .map(|id| ids::parse::<I>(path, id))
                .collect::<Result<Vec<I>, _>>()
        };
        let mut all = Condition::all();
        if let Some(id) = &self.eq {
            all = all.add(sql::known(column, column.eq(ids::parse::<I>(path, id)?)));
        }
        if let Some(ids) = &self.r#in {
            all = all.add(sql::known(column, column.is_in(parse(ids)?)));
        }
        if let Some(ids) = &self.not_in {
            all = all.add(
                Condition::any()
                    .add(column.is_null())
                    .add(column.is_not_in(parse(ids)?)),
            );
        }
        Ok(add_null(all, column, self.is_null))
    }
}

fn add_null<C: ColumnTrait>(all: Condition, column: C, is_null: Option<bool>) -> Condition {
    match is_null {
        Some(true) => all.add(column.is_null()),
        Some(false) => all.add(column.is_not_null()),
        None => all,
    }
}

/// Compares text. All given comparators must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct StringFilter {
    /// Is exactly this text.
    eq: Option<String>,
    /// Is exactly one of these texts; an empty list matches nothing.
    r#in: Option<Vec<String>>,
    /// Contains this text, in upper or lower case.
    contains: Option<String>,
    /// Starts with this text, in upper or lower case.
    starts_with: Option<String>,
}

impl StringFilter {
    /// Does it name one text?
    pub fn is_one(&self) -> bool {
        self.eq.is_some()
    }

    /// As a condition on a text column.
    pub fn on<C: ColumnTrait>(&self, column: C) -> Result<Condition, Error> {
        let mut all = Condition::all();
        if let Some(text) = &self.eq {
            all = all.add(sql::known(column, column.eq(text.as_str())));
        }
        if let Some(texts) = &self.r#in {
            all = all.add(sql::known(column, column.is_in(few(texts)?.iter().map(String::as_str))));
        }
        if let Some(text) = &self.contains {
            all = all.add(sql::like(column, "%", text, "%"));
        }
        if let Some(text) = &self.starts_with {
            all = all.add(sql::like(column, "", text, "%"));
        }
        Ok(all)
    }
}

/// Compares calendar dates. All given comparators must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct DateFilter {
    /// Is this date.
    eq: Option<Date>,
    /// Is before this date.
    lt: Option<Date>,
    /// Is this date or before it.
    lte: Option<Date>,
    /// Is after this date.
    gt: Option<Date>,
    /// Is this date or after it.
    gte: Option<Date>,
    /// Whether there is no date.
    is_null: Option<bool>,
}

impl DateFilter {
    /// As a condition on a date column.
    pub fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let mut comparisons = Vec::new();
        let mut add = |comparison| comparisons.push(sql::known(column, comparison));
        if let Some(day) = self.eq {
            add(column.eq(day.0));
        }
        if let Some(day) = self.lt {
            add(column.lt(day.0));
        }
        if let Some(day) = self.lte {
            add(column.lte(day.0));
        }
        if let Some(day) = self.gt {
            add(column.gt(day.0));
        }
        if let Some(day) = self.gte {
            add(column.gte(day.0));
        }
        add_null(
            comparisons.into_iter().fold(Condition::all(), Condition::add),
            column,
            self.is_null,
        )
    }
}

/// Compares instants. All given comparators must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct DateTimeFilter {
    /// Is before this instant.
    lt: Option<DateTime>,
    /// Is this instant or before it.
    lte: Option<DateTime>,
    /// Is after this instant.
    gt: Option<DateTime>,
    /// Is this instant or after it.
    gte: Option<DateTime>,
    /// Whether there is no instant.
    is_null: Option<bool>,
}

impl DateTimeFilter {
    /// As a condition on a column of instants.
    pub fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let mut comparisons = Vec::new();
        let mut add = |comparison| comparisons.push(sql::known(column, comparison));
        if let Some(at) = self.lt {
            add(column.lt(at.0));
        }
        if let Some(at) = self.lte {
            add(column.lte(at.0));
        }
        if let Some(at) = self.gt {
            add(column.gt(at.0));
        }
        if let Some(at) = self.gte {
            add(column.gte(at.0));
        }
        add_null(
            comparisons.into_iter().fold(Condition::all(), Condition::add),
            column,
            self.is_null,
        )
    }
}

/// Makes the filter type of one enum.
macro_rules! enum_filter {
    ($name:ident, $value:ty, $stored:ty, $about:literal) => {
        #[doc = $about]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, async_graphql::InputObject)]
        pub struct $name {
            /// Is this value.
            eq: Option<$value>,
            /// Is one of these values; an empty list matches nothing.
            r#in: Option<Vec<$value>>,
            /// Is none of these values.
            not_in: Option<Vec<$value>>,
        }

        impl $name {
            /// Does a stored value pass?
            pub fn admits(&self, value: $stored) -> bool {
                let is = |wanted: &$value| <$stored>::from(*wanted) == value;
                self.eq.as_ref().is_none_or(is)
                    && self.r#in.as_ref().is_none_or(|wanted| wanted.iter().any(is))
                    && self
                        .not_in
                        .as_ref()
                        .is_none_or(|unwanted| !unwanted.iter().any(is))
            }
        }
    };
}
pub(crate) use enum_filter;

/// Makes the filter type of one stored enum, which can be put to a column.
macro_rules! stored_enum_filter {
    ($name:ident, $value:ty, $stored:ty, $about:literal) => {
        enum_filter!($name, $value, $stored, $about);

        impl $name {
            /// As a condition on the column that holds the value.
            pub fn on<C: sea_orm::ColumnTrait>(&self, column: C) -> sea_orm::Condition {
                let admitted = <$stored>::ALL.iter().copied().filter(|value| self.admits(*value));
                let admitted: Vec<&'static str> = admitted.map(<$stored>::as_str).collect();
                sea_orm::Condition::all().add($crate::platform::sql::known(column, column.is_in(admitted)))
            }
        }
    };
}
pub(crate) use stored_enum_filter;
