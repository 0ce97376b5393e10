//! Times in the demo's files: `-412 13:42` is that time of day, UTC, 412 days before the day of loading; `+12` is a date.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, de::Error};

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    day: i64,
    time: NaiveTime,
}

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day(i64);

fn shift(today: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    let shifted = if days < 0 {
        today.checked_sub_days(by)
    } else {
        today.checked_add_days(by)
    };
    shifted.unwrap_or(today)
}

impl Moment {
    pub fn at(self, today: NaiveDate) -> DateTime<Utc> {
        shift(today, self.day).and_time(self.time).and_utc()
    }
}

impl Day {
    pub fn on(self, today: NaiveDate) -> NaiveDate {
        shift(today, self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = || {
            let (day, time) = text.split_once(' ')?;
            Some(Self {
                day: day.parse().ok()?,
                time: NaiveTime::parse_from_str(time, "%H:%M").ok()?,
            })
        };
        read().ok_or_else(|| D::Error::custom(format!("{text:?} is not a moment such as -412 13:42")))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format!("{text:?} is not a day such as -30 or +12")))
    }
}
