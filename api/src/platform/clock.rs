//! The one clock. Everything that asks what time it is takes it from here, so tests and the demo can move it.

use std::{
    fmt::Write,
    ops::RangeInclusive,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SubsecRound, Timelike, Utc};
use chrono_tz::Tz;

/// Tells the time, to the microsecond: PostgreSQL keeps no more.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;

    /// How much time has passed since some moment. Unlike the difference of two instants it never runs backwards.
    fn ticks(&self) -> std::time::Duration;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn ticks(&self) -> std::time::Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(at.trunc_subsecs(6))))
    }

    /// Moves to an instant, forwards or backwards.
    pub fn set(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at.trunc_subsecs(6);
    }

    /// Moves by a span.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ticks(&self) -> std::time::Duration {
        (self.now() - DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }
}

/// An instant as both databases keep it: to the microsecond, and without leap seconds. What is said to be in the 61st second of a minute
/// is in the first of the next.
pub fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    let past_the_minute = at.nanosecond().checked_sub(1_000_000_000);
    let next = past_the_minute.and_then(|nanoseconds| {
        let second = at.with_nanosecond(nanoseconds)?;
        second.checked_add_signed(Duration::seconds(1))
    });
    next.unwrap_or(at).trunc_subsecs(6)
}

/// The last instant that is taken: SQLite compares instants as text, where a year of five digits comes before all others.
const LAST_INSTANT: DateTime<Utc> = match LAST_DAY.and_hms_micro_opt(23, 59, 59, 999_999) {
    Some(at) => at.and_utc(),
    None => DateTime::<Utc>::MAX_UTC,
};

/// The last instant of a day in the organisation's time zone, or the last there is.
pub fn end_of_day_in(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let next = day.succ_opt().map(|next| start_of_day_in(zone, next));
    next.map_or(LAST_INSTANT, |next| {
        (next - Duration::microseconds(1)).min(LAST_INSTANT)
    })
}

/// The first instant of a day in the organisation's time zone. Where clocks skip midnight, the day begins when they have.
pub fn start_of_day_in(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // No zone has ever skipped more than a day.
    let hours = (0..=24).filter_map(|hours| midnight.checked_add_signed(Duration::hours(hours)));
    let mut known = hours.filter_map(|at| at.and_local_timezone(zone).earliest());
    known.next().map_or(midnight.and_utc(), |at| at.to_utc())
}

/// The first day that is taken.
pub const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The last one: ISO 8601 writes no later year with four digits.
pub const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// The days that are taken. Both databases can hold them.
pub const DAYS: RangeInclusive<NaiveDate> = FIRST_DAY..=LAST_DAY;

/// A day as ISO 8601 has it.
pub fn written(day: NaiveDate) -> String {
    // In one piece: the library's own way to a text asks for memory several times.
    let mut text = String::with_capacity(10);
    // Writing to a text cannot fail.
    let _ = write!(text, "{day}");
    text
}

/// The calendar day it is at `at` in the organisation's time zone.
pub fn day_in(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};

    use super::{LAST_DAY, end_of_day_in, kept};

    #[test]
    fn no_day_ends_after_the_last_year() {
        for zone in [
            chrono_tz::America::St_Johns,
            chrono_tz::UTC,
            chrono_tz::Pacific::Auckland,
        ] {
            for day in [LAST_DAY, NaiveDate::MAX] {
                assert_eq!(end_of_day_in(zone, day).year(), 9999, "{zone} {day}");
            }
            let ended = end_of_day_in(zone, NaiveDate::default());
            assert_eq!(ended.with_timezone(&zone).to_string()[..19], *"1970-01-01 23:59:59");
        }
        assert_eq!(
            end_of_day_in(chrono_tz::UTC, LAST_DAY).to_rfc3339(),
            "9999-12-31T23:59:59.999999+00:00"
        );
    }

    #[test]
    fn leap_seconds_are_those_after_them() {
        let end_of_time = "+262142-12-31T23:59:60Z";
        for (given, is_kept) in [
            (end_of_time, end_of_time),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2016-12-31T23:59:60.1234567Z", "2017-01-01T00:00:00.123456Z"),
            ("2016-12-31T23:59:59.999999Z", "2016-12-31T23:59:59.999999Z"),
        ] {
            let at = given.parse().unwrap();
            assert_eq!(
                kept(at),
                is_kept.parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
                "{given}"
            );
        }
    }
}
