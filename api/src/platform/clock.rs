//! The one clock. Everything that asks what time it is takes it from here, so tests and the demo can move it.

use std::{
    fmt::Write,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SubsecRound, Utc};
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

/// The last instant of a day in the organisation's time zone.
pub fn end_of_day_in(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    day.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| {
        start_of_day_in(zone, next) - Duration::microseconds(1)
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
