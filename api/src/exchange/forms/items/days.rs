//! Days as tables have them.

use chrono::{
    Datelike, NaiveDate,
    format::{Item, StrftimeItems},
};

/// How days are written, in the notation of strftime, such as `%d/%m/%Y`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(String);

impl std::str::FromStr for DateFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_sound = StrftimeItems::new(text).all(|item| !matches!(item, Item::Error));
        let a_day = NaiveDate::from_ymd_opt(2024, 11, 23).map(|day| day.format_with_items(StrftimeItems::new(text)));
        let names_a_day = is_sound
            && a_day.is_some_and(|written| {
                let mut out = String::new();
                std::fmt::Write::write_fmt(&mut out, format_args!("{written}")).is_ok()
                    && NaiveDate::parse_from_str(&out, text).is_ok_and(|day| day.day() == 23 && day.month() == 11)
            });
        if names_a_day {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected how a day is written, such as %d/%m/%Y or %m/%d/%y".to_owned())
        }
    }
}

/// Notations that can be read in one way only.
const CLEAR: [&str; 15] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d.%m.%Y",
    "%d/%B/%y",
    "%d/%B/%Y",
    "%d-%B-%y",
    "%d-%B-%Y",
    "%d %B %Y",
    "%d %B %y",
    "%d. %B %Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%a %B %d %Y",
];

/// The day in a cell, or why there is none that is certain.
pub(super) fn read(cell: &str, format: Option<&DateFormat>) -> Result<NaiveDate, String> {
    let formats = format.map(|format| format.0.as_str());
    if let Some(day) = formats.into_iter().chain(CLEAR).find_map(|format| by(cell, format)) {
        return Ok(day);
    }
    let (month_first, day_first) = (numeric(cell, "%m", "%d"), numeric(cell, "%d", "%m"));
    match (month_first, day_first) {
        (Some(one), Some(other)) if one != other => Err(format!(
            "{cell} can be {} or {}; say how days are written with --date-format, such as %d/%m/%Y",
            one.format("%-d %B %Y"),
            other.format("%-d %B %Y")
        )),
        (Some(day), _) | (None, Some(day)) => Ok(day),
        (None, None) => Err(format!(
            "{cell:?} is no day that can be read; write it as 2026-11-23, or say how with --date-format"
        )),
    }
}

fn numeric(cell: &str, first: &str, second: &str) -> Option<NaiveDate> {
    let notations = [
        format!("{first}/{second}/%y"),
        format!("{first}/{second}/%Y"),
        format!("{first}-{second}-%y"),
        format!("{first}-{second}-%Y"),
    ];
    notations.iter().find_map(|notation| by(cell, notation))
}

/// A day at the start of a cell; only a time may follow.
fn by(cell: &str, format: &str) -> Option<NaiveDate> {
    let (day, rest) = NaiveDate::parse_and_remainder(cell.trim(), format).ok()?;
    let is_end = rest.is_empty() || rest.starts_with([' ', 'T', ',']);
    (is_end && (1970..=2200).contains(&day.year())).then_some(day)
}
