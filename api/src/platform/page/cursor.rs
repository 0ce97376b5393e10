//! A place in an ordered list, as an opaque string.

use std::{borrow::Cow, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sea_orm::{ColumnTrait, ColumnType, Value, prelude::Uuid};
use serde_json::{Value as Json, json};

use crate::platform::{
    clock::{DAYS, written},
    error::Error,
};

/// A value that rows are ordered by. As a text it is written only where somebody asks for it: each row has a place, and few of them
/// leave.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    Text(String),
    Day(NaiveDate),
    Instant(DateTime<Utc>),
    Number(i64),
}

impl Mark {
    /// As a cursor carries it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Day(day) => written(*day).into(),
            Self::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Micros, true).into(),
            Self::Number(number) => number.to_string().into(),
        }
    }

    /// Of a column's value.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::ChronoDateTimeUtc(at) => at.map(Self::Instant),
            Value::ChronoDate(day) => day.map(Self::Day),
            Value::BigInt(number) => number.map(Self::Number),
            Value::Int(number) => number.map(i64::from).map(Self::Number),
            Value::String(text) => text.map(Self::Text),
            _ => None,
        }
    }
}

/// Which order, where in it, and which row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The order's name, so that a cursor of another order is refused rather than misread.
    pub(super) order: Arc<str>,
    /// The row's value in the ordered column; none for NULL.
    pub(super) value: Option<Mark>,
    /// The row's id, which settles ties.
    pub(super) id: Uuid,
}

impl Cursor {
    /// A place in a list that is not of one table.
    pub fn new(order: &str, value: Option<String>, id: Uuid) -> Self {
        Self {
            order: order.into(),
            value: value.map(Mark::Text),
            id,
        }
    }

    /// The value and id, if the cursor belongs to this order.
    pub fn of_order(&self, order: &str) -> Option<(Option<Cow<'_, str>>, Uuid)> {
        (*self.order == *order).then(|| (self.value.as_ref().map(Mark::text), self.id))
    }

    /// The opaque text.
    pub fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(
            json!([
                *self.order,
                self.value.as_ref().map(Mark::text),
                self.id.simple().to_string()
            ])
            .to_string(),
        )
    }

    /// Reads a cursor that this service gave out.
    pub fn decode(path: &str, text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or_else(|| {
            Error::invalid(
                path,
                "MALFORMED_CURSOR",
                "This is not a cursor of this list; use one that a page returned, unchanged.",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let Json::Array(parts) = serde_json::from_slice(&bytes).ok()? else {
            return None;
        };
        let [order, value, id] = <[Json; 3]>::try_from(parts).ok()?;
        let value = match value {
            Json::Null => None,
            Json::String(value) if !value.contains('\0') => Some(value),
            _ => return None,
        };
        Some(Self {
            order: order.as_str()?.into(),
            value: value.map(Mark::Text),
            id: id.as_str()?.parse().ok()?,
        })
    }
}

/// A day, as ours all are.
pub fn day_of_cursor(text: &str) -> Option<NaiveDate> {
    let day: NaiveDate = text.parse().ok()?;
    DAYS.contains(&day).then_some(day)
}

/// The way back, by the type of the column.
pub(super) fn from_text(column: &impl ColumnTrait, text: &str) -> Option<Value> {
    Some(match column.def().get_column_type() {
        ColumnType::TimestampWithTimeZone => {
            let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
            day_of_cursor(&at.date_naive().to_string())?;
            Value::from(at)
        }
        ColumnType::Date => Value::from(day_of_cursor(text)?),
        ColumnType::BigInteger => Value::from(text.parse::<i64>().ok()?),
        ColumnType::Integer => Value::from(text.parse::<i32>().ok()?),
        _ => Value::from(text.to_owned()),
    })
}
