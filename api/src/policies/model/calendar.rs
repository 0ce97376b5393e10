//! Counting days.

use chrono::{Datelike, Days, NaiveDate};

const WORKING_DAYS: u64 = 5;
const WEEK: u64 = 7;

/// The day that lies `days` days after another: calendar days, or days from Monday to Friday that are no holidays. The holidays
/// are in order.
pub fn due_day(from: NaiveDate, days: i64, business_days: bool, holidays: &[NaiveDate]) -> NaiveDate {
    let days = u64::try_from(days).unwrap_or_default();
    if !business_days {
        return later(from, days);
    }
    let mut day = nth_weekday(from, days);
    // Each holiday that was counted moves the day on by one, perhaps past the next holiday.
    let after = holidays.partition_point(|holiday| *holiday <= from);
    for holiday in holidays.iter().skip(after).filter(|holiday| !is_weekend(**holiday)) {
        if *holiday > day {
            break;
        }
        day = nth_weekday(day, 1);
    }
    day
}

/// The calendar ends a quarter of a million years from now; nothing is due later.
fn later(from: NaiveDate, days: u64) -> NaiveDate {
    from.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

fn is_weekend(day: NaiveDate) -> bool {
    u64::from(day.weekday().num_days_from_monday()) >= WORKING_DAYS
}

/// The n-th day from Monday to Friday after a day. From a weekend it counts as from the Friday before.
fn nth_weekday(from: NaiveDate, days: u64) -> NaiveDate {
    let weekday = u64::from(from.weekday().num_days_from_monday());
    let friday = WORKING_DAYS - 1;
    let beyond = weekday.saturating_sub(friday);
    let (weeks, rest) = (days / WORKING_DAYS, days % WORKING_DAYS);
    let weekend = if weekday - beyond + rest > friday {
        WEEK - WORKING_DAYS
    } else {
        0
    };
    later(from, (weeks * WEEK + rest + weekend).saturating_sub(beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day by day, as one would on a wall calendar.
    fn walked(from: NaiveDate, days: i64, holidays: &[NaiveDate]) -> NaiveDate {
        let (mut day, mut left) = (from, days);
        while left > 0 {
            day = day.succ_opt().unwrap();
            if !is_weekend(day) && !holidays.contains(&day) {
                left -= 1;
            }
        }
        day
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn business_days_skip_weekends_and_holidays() {
        let holidays = ["2026-12-25", "2026-12-26", "2026-12-28", "2027-01-01"].map(day);
        for (from, days, expected) in [
            ("2026-12-21", 1, "2026-12-22"),
            // Friday and Monday are holidays.
            ("2026-12-24", 1, "2026-12-29"),
            ("2026-12-23", 2, "2026-12-29"),
            ("2026-12-31", 1, "2027-01-04"),
            ("2026-12-19", 5, "2026-12-29"),
            ("2026-12-26", 1, "2026-12-29"),
        ] {
            assert_eq!(
                due_day(day(from), days, true, &holidays),
                day(expected),
                "{days} after {from}"
            );
        }
        assert_eq!(due_day(day("2026-12-24"), 1, false, &holidays), day("2026-12-25"));
    }

    /// Every start of three years, every count up to a month, and calendars from none to every third day off.
    #[test]
    fn business_days_agree_with_a_walk() {
        let first = day("2025-01-01");
        let spaced = |step: usize| -> Vec<NaiveDate> { first.iter_days().step_by(step).take(1_500 / step).collect() };
        let long_break: Vec<NaiveDate> = day("2026-08-01").iter_days().take(40).collect();
        for holidays in [Vec::new(), spaced(3), spaced(11), spaced(97), long_break] {
            for from in first.iter_days().take(1_096) {
                for days in 1..=31 {
                    assert_eq!(
                        due_day(from, days, true, &holidays),
                        walked(from, days, &holidays),
                        "{days} after {from}"
                    );
                }
            }
            for from in first.iter_days().take(14) {
                assert_eq!(due_day(from, 3_650, true, &holidays), walked(from, 3_650, &holidays));
            }
        }
    }

    #[test]
    fn the_calendar_does_not_overflow() {
        for business_days in [false, true] {
            assert_eq!(due_day(NaiveDate::MAX, 3_650, business_days, &[]), NaiveDate::MAX);
            assert_eq!(due_day(day("2026-03-02"), -1, business_days, &[]), day("2026-03-02"));
        }
    }
}
