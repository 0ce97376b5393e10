//! Turns the stamps of a timeline into instants.
//!
//! A timeline states its day, its year and its zone once and relies on the reader to remember them. The calendar is
//! that reader. It never rolls over midnight by itself: an entry that is earlier than the one before it may as well
//! be out of order.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};

use super::date::{Day, Order};
use super::stamp::Stamp;
use super::zone::Zone;

#[derive(Debug, Default)]
pub(super) struct Calendar {
    pub(super) zone: Option<Zone>,
    pub(super) order: Option<Order>,
    /// The date of the document, for a timeline that gives only clock times.
    pub(super) document: Option<NaiveDate>,
    /// The year stated in a heading or a column title.
    pub(super) year: Option<i32>,
    today: Option<NaiveDate>,
    /// The first day any entry stated.
    first_day: Option<NaiveDate>,
    /// The times are said to be approximate.
    pub(super) is_approximate: bool,
    /// An entry was placed without anybody stating a zone.
    pub(super) has_assumed_zone: bool,
    /// A numeric date could be read in two ways.
    pub(super) has_ambiguous_day: bool,
}

pub(super) struct Placed {
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) is_exact: bool,
}

impl Calendar {
    pub(super) fn new(zone: Option<Zone>, order: Option<Order>, document: Option<NaiveDate>) -> Self {
        Self {
            zone,
            order,
            document,
            ..Self::default()
        }
    }

    /// Makes the day of the stamp the day of the entries that follow.
    pub(super) fn turn_to(&mut self, stamp: &Stamp) -> bool {
        match stamp.day.and_then(|day| self.resolve(day)) {
            Some(day) => {
                self.today = Some(day);
                self.first_day.get_or_insert(day);
                true
            }
            None => false,
        }
    }

    /// A second account of the incident begins where the incident began.
    pub(super) fn start_over(&mut self) {
        self.today = self.first_day.or(self.today);
    }

    pub(super) fn place(&mut self, stamp: &Stamp) -> Placed {
        let is_dated = self.turn_to(stamp);
        if stamp.day.is_some() && !is_dated {
            return Placed {
                at: None,
                is_exact: false,
            };
        }
        let is_known_day = self.today.is_some();
        let Some(day) = self.today.or(self.document) else {
            return Placed {
                at: None,
                is_exact: false,
            };
        };
        let Some((hour, minute, second)) = stamp.clock else {
            // A day without a time: midnight stands for it, and does not claim to be exact.
            let at = stamp.day.and_then(|_| self.instant(day, NaiveTime::MIN, stamp.zone));
            return Placed { at, is_exact: false };
        };
        let at = NaiveTime::from_hms_opt(hour, minute, second).and_then(|time| self.instant(day, time, stamp.zone));
        let has_zone = stamp.zone.or(self.zone).is_some();
        self.has_assumed_zone |= !has_zone;
        Placed {
            is_exact: at.is_some() && is_known_day && has_zone && !stamp.is_vague && !self.is_approximate,
            at,
        }
    }

    fn instant(&self, day: NaiveDate, time: NaiveTime, zone: Option<Zone>) -> Option<DateTime<Utc>> {
        let local = day.and_time(time);
        match zone.or(self.zone) {
            Some(zone) => zone.to_utc(local),
            None => Some(local.and_utc()),
        }
    }

    fn resolve(&mut self, day: Day) -> Option<NaiveDate> {
        match day {
            Day::Full(day) => Some(day),
            Day::Yearless(month, day) => {
                let year = self
                    .today
                    .map(|today| today.year())
                    .or(self.year)
                    .or_else(|| self.document.map(|date| date.year()))?;
                NaiveDate::from_ymd_opt(year, month, day)
            }
            Day::Either { first, second, year } => {
                let day_first = NaiveDate::from_ymd_opt(year, second, first);
                let month_first = NaiveDate::from_ymd_opt(year, first, second);
                let near = self.today.or(self.document);
                match (self.order, near) {
                    (Some(Order::DayFirst), _) => day_first,
                    (Some(Order::MonthFirst), _) => month_first,
                    // Two readings lie weeks apart; the one within a few days of a known date is meant.
                    (None, Some(near)) => match (is_near(day_first, near), is_near(month_first, near)) {
                        (true, false) => day_first,
                        (false, true) => month_first,
                        _ => self.ambiguous(),
                    },
                    (None, None) => self.ambiguous(),
                }
            }
            Day::Unreadable => None,
        }
    }

    fn ambiguous(&mut self) -> Option<NaiveDate> {
        self.has_ambiguous_day = true;
        None
    }
}

fn is_near(day: Option<NaiveDate>, other: NaiveDate) -> bool {
    day.is_some_and(|day| (day - other).num_days().abs() <= 10)
}
