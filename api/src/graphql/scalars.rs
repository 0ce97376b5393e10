//! The scalars of the contract. Each refuses bad input with a sentence and never holds what a database could not.

use std::ops::Deref;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};

use crate::platform::clock::{DAYS, kept, written};

/// An instant: RFC 3339 in UTC, to the microsecond, such as `2026-11-23T14:05:00Z`. Other offsets are accepted and converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A calendar date: ISO 8601, such as `2026-11-23`. Due dates are meant in the organisation's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

/// Text in CommonMark with tables and task lists. Sanitised whenever it is rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Markdown(pub String);

/// An absolute http or https URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url(pub String);

/// A count as an Int, which ends at 2³¹ − 1.
pub fn int(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn text(value: Value, expected: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(format!("expected {expected}")),
    }
}

/// An instant: RFC 3339 in UTC, to the microsecond, such as 2026-11-23T14:05:00Z. Other offsets are accepted and converted.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, INSTANT)?;
        chrono::DateTime::parse_from_rfc3339(&text)
            .ok()
            .map(|at| kept(at.with_timezone(&Utc)))
            .filter(|at| DAYS.contains(&at.date_naive()))
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{text:?} is not {INSTANT}")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar date: ISO 8601, such as 2026-11-23. Due dates are meant in the organisation's time zone.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value, DAY)?;
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        day.filter(|day| text.len() == 10 && DAYS.contains(day))
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("{text:?} is not {DAY}")))
    }

    fn to_value(&self) -> Value {
        Value::String(written(self.0))
    }
}

/// Text in CommonMark with tables and task lists. Sanitised whenever it is rendered.
#[Scalar(name = "Markdown")]
impl ScalarType for Markdown {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(text(value, "Markdown as a string")?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// An absolute http or https URL, without a user or password.
#[Scalar(name = "URL")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(text(value, "a URL as a string")?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

const INSTANT: &str = "an instant such as 2026-11-23T14:05:00Z, in a year from 1900 to 9999";
const DAY: &str = "a date such as 2026-11-23, in a year from 1900 to 9999";

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(at: chrono::DateTime<Utc>) -> Self {
        Self(at)
    }
}
impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}
impl From<String> for Markdown {
    fn from(text: String) -> Self {
        Self(text)
    }
}
impl From<&String> for Markdown {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}
impl Deref for Markdown {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
