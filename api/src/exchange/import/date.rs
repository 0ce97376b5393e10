//! Calendar days as people write them, in English and Norwegian.

use chrono::{Datelike, NaiveDate};

use super::pattern::Pattern;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    Full(NaiveDate),
    /// No year stated.
    Yearless(u32, u32),
    /// `03/04/2024`: which of the two is the month depends on the author.
    Either {
        first: u32,
        second: u32,
        year: i32,
    },
    /// Written like a date, but no day of any calendar.
    Unreadable,
}

/// Which of the two numbers in `03/04/2024` comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// The names of each month, English and Norwegian.
const MONTHS: [&str; 12] = [
    "jan january januar",
    "feb february februar",
    "mar march mars",
    "apr april",
    "may mai",
    "jun june juni",
    "jul july juli",
    "aug august",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december des desember",
];

/// The days of an incident lie within this many days.
const MAX_SPREAD: i64 = 21;

static ISO: Pattern = Pattern::new(r"^(\d{4,5})[-/](\d{1,2})[-/](\d{1,2})(?:T(?:\d)|\b)");
static DOTTED: Pattern = Pattern::new(r"^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\b");
static EITHER: Pattern = Pattern::new(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b");
static SHORT: Pattern = Pattern::new(r"^(\d{2})[-/](\d{2})\s+\d{1,2}:");
static MONTH_FIRST: Pattern = Pattern::new(
    r"^([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:(?:\s?[-–]\s?\d{1,2}(?:st|nd|rd|th)?)?,?\s+(\d{4})\b|\b)",
);
static DAY_FIRST: Pattern =
    Pattern::new(r"^(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?([A-Za-z]{3,9})\b\.?(?:,?\s+(\d{4})\b)?");
static CANDIDATE: Pattern = Pattern::new(r"(?i)\b(?:\d{1,5}(?:st|nd|rd|th)?\b|[a-z]{3,9}\b)");
static NUMERIC: Pattern = Pattern::new(r"\b(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})\b");

/// The day at the very start of a text, and how many bytes it takes.
pub(super) fn leading(text: &str) -> Option<(Day, usize)> {
    if let Some(found) = ISO.captures(text) {
        let day = number(&found, 1)
            .zip(number(&found, 2))
            .zip(number(&found, 3))
            .and_then(|((year, month), day)| full(i32::try_from(year).ok()?, month, day));
        return Some((day.unwrap_or(Day::Unreadable), found.get(3)?.end()));
    }
    if let Some(found) = DOTTED.captures(text) {
        if text.get(found.get(0)?.end()..)?.starts_with(['.', '-']) {
            return None;
        }
        let (day, month) = (number(&found, 1)?, number(&found, 2)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let read = full(year(&found, 3)?, month, day).unwrap_or(Day::Unreadable);
        return Some((read, found.get(0)?.end()));
    }
    if let Some(found) = EITHER.captures(text) {
        let (first, second, year) = (number(&found, 1)?, number(&found, 2)?, year(&found, 3)?);
        let day = match (first, second) {
            (1..=12, 1..=12) if first != second => Day::Either { first, second, year },
            (1..=12, _) => full(year, first, second).unwrap_or(Day::Unreadable),
            _ => full(year, second, first).unwrap_or(Day::Unreadable),
        };
        return Some((day, found.get(0)?.end()));
    }
    if let Some(found) = SHORT.captures(text) {
        let (month, day) = (number(&found, 1)?, number(&found, 2)?);
        return ((1..=12).contains(&month) && (1..=31).contains(&day))
            .then_some((Day::Yearless(month, day), found.get(2)?.end()));
    }
    let (found, month, day) = if let Some(found) = MONTH_FIRST.captures(text) {
        let (month, day) = (month(found.get(1)?.as_str())?, number(&found, 2)?);
        (found, month, day)
    } else {
        let found = DAY_FIRST.captures(text)?;
        let (month, day) = (month(found.get(2)?.as_str())?, number(&found, 1)?);
        (found, month, day)
    };
    let read = match number(&found, 3) {
        Some(year) => full(i32::try_from(year).ok()?, month, day)?,
        None if (1..=31).contains(&day) => Day::Yearless(month, day),
        None => return None,
    };
    Some((read, found.get(0)?.end()))
}

/// Every day in a text, with where it stands.
pub(super) fn within(text: &str) -> Vec<(Day, std::ops::Range<usize>)> {
    let mut days = Vec::new();
    let mut from = 0;
    for candidate in CANDIDATE.find_all(text) {
        if candidate.start() < from {
            continue;
        }
        if let Some((day, length)) = text.get(candidate.start()..).and_then(leading) {
            from = candidate.start() + length;
            days.push((day, candidate.start()..from));
        }
    }
    days
}

/// The first day in a text that needs no guess.
pub(super) fn first_full(text: &str) -> Option<NaiveDate> {
    within(text).into_iter().find_map(|(day, _)| match day {
        Day::Full(day) => Some(day),
        _ => None,
    })
}

/// The order the numeric dates of a text are written in, when one of them tells.
pub(super) fn order_of(text: &str) -> Option<Order> {
    NUMERIC
        .captures_all(text)
        .find_map(|found| match (number(&found, 1)?, number(&found, 2)?) {
            (13.., 1..=12) => Some(Order::DayFirst),
            (1..=12, 13..) => Some(Order::MonthFirst),
            _ => None,
        })
}

/// The order in which dates such as `08-01-2026` and `11-01-2026` lie close together, as the days of one incident do.
pub(super) fn order_by_spread(days: &[Day]) -> Option<Order> {
    let spread = |is_day_first: bool| {
        let read = days.iter().filter_map(|day| match *day {
            Day::Either { first, second, year } if is_day_first => NaiveDate::from_ymd_opt(year, second, first),
            Day::Either { first, second, year } => NaiveDate::from_ymd_opt(year, first, second),
            _ => None,
        });
        let (least, most) = read.fold(
            (None, None),
            |(least, most): (Option<NaiveDate>, Option<NaiveDate>), day| {
                (Some(least.map_or(day, |least| least.min(day))), most.max(Some(day)))
            },
        );
        Some((most? - least?).num_days())
    };
    match (spread(true)?, spread(false)?) {
        (day_first @ 1..=MAX_SPREAD, month_first) if day_first * 4 < month_first => Some(Order::DayFirst),
        (day_first, month_first @ 1..=MAX_SPREAD) if month_first * 4 < day_first => Some(Order::MonthFirst),
        _ => None,
    }
}

/// The first day in a text, by the order in which the document writes its dates.
pub(super) fn first_ordered(text: &str, order: Option<Order>) -> Option<NaiveDate> {
    within(text).into_iter().find_map(|(day, _)| match (day, order) {
        (Day::Full(day), _) => Some(day),
        (Day::Either { first, second, year }, Some(Order::DayFirst)) => NaiveDate::from_ymd_opt(year, second, first),
        (Day::Either { first, second, year }, Some(Order::MonthFirst)) => NaiveDate::from_ymd_opt(year, first, second),
        _ => None,
    })
}

pub(super) fn last_of_quarter(year: i32, quarter: u32) -> Option<NaiveDate> {
    let (year, month) = match quarter {
        1..=3 => (year, quarter * 3 + 1),
        4 => (year + 1, 1),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year, month, 1)?.pred_opt()
}

fn month(name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let at = MONTHS
        .iter()
        .position(|names| names.split(' ').any(|known| known == name))?;
    u32::try_from(at + 1).ok()
}

fn full(year: i32, month: u32, day: u32) -> Option<Day> {
    NaiveDate::from_ymd_opt(year, month, day)
        .filter(|day| (1970..=2200).contains(&day.year()))
        .map(Day::Full)
}

fn number(found: &regex::Captures<'_>, group: usize) -> Option<u32> {
    found.get(group)?.as_str().parse().ok()
}

fn year(found: &regex::Captures<'_>, group: usize) -> Option<i32> {
    let year = i32::try_from(number(found, group)?).ok()?;
    Some(if year < 100 { 2000 + year } else { year })
}
