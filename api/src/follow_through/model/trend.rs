//! A trend: flows within an interval, and stocks at its end, put together from counts by day.

use chrono::{Datelike, Days, Months, NaiveDate};

/// How long an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    /// A day.
    Day,
    /// Seven days, counted from the first.
    Week,
    /// A calendar month.
    Month,
}

/// The last days of the intervals from `from` to `to`. The last interval ends on `to`, whole or not.
pub fn points(from: NaiveDate, to: NaiveDate, interval: Interval) -> Vec<NaiveDate> {
    let mut ends = Vec::new();
    let mut begin = from;
    while begin <= to {
        let next = match interval {
            Interval::Day => begin.checked_add_days(Days::new(1)),
            Interval::Week => begin.checked_add_days(Days::new(7)),
            Interval::Month => begin
                .with_day(1)
                .and_then(|first| first.checked_add_months(Months::new(1))),
        };
        let Some(next) = next.filter(|next| *next <= to) else {
            ends.push(to);
            break;
        };
        ends.extend(next.pred_opt());
        begin = next;
    }
    ends
}

/// What happened on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Accepted for the first time.
    pub accepted: i64,
    /// Became IMPLEMENTED.
    pub implemented: i64,
    /// Became DECLINED, having been accepted.
    pub declined: i64,
}

/// By how much a stock changed on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stocks {
    /// Open.
    pub open: i64,
    /// Overdue.
    pub overdue: i64,
}

/// One interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its last day.
    pub day: NaiveDate,
    /// Within it.
    pub flow: Flow,
    /// At its end.
    pub stocks: Stocks,
}

impl Point {
    /// The points of a trend that begins on `from` and has these ends, from what happened and changed on each day, in any order.
    pub fn of(
        from: NaiveDate,
        ends: &[NaiveDate],
        flows: &[(NaiveDate, Flow)],
        stocks: &[(NaiveDate, Stocks)],
    ) -> Vec<Self> {
        let mut points: Vec<Self> = ends
            .iter()
            .map(|day| Self {
                day: *day,
                flow: Flow::default(),
                stocks: Stocks::default(),
            })
            .collect();
        let at = |day: NaiveDate| ends.partition_point(|end| *end < day);
        for (day, flow) in flows.iter().filter(|(day, _)| *day >= from) {
            if let Some(point) = points.get_mut(at(*day)) {
                point.flow.accepted += flow.accepted;
                point.flow.implemented += flow.implemented;
                point.flow.declined += flow.declined;
            }
        }
        for (day, change) in stocks {
            if let Some(point) = points.get_mut(at(*day)) {
                point.stocks.open += change.open;
                point.stocks.overdue += change.overdue;
            }
        }
        let mut so_far = Stocks::default();
        for point in &mut points {
            so_far.open += point.stocks.open;
            so_far.overdue += point.stocks.overdue;
            point.stocks = so_far;
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, NaiveDate, points};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn intervals_cover_every_day_once() {
        let ends = |from, to, interval| -> Vec<String> {
            points(day(from), day(to), interval)
                .iter()
                .map(NaiveDate::to_string)
                .collect()
        };
        assert_eq!(
            ends("2026-03-02", "2026-03-04", Interval::Day),
            ["2026-03-02", "2026-03-03", "2026-03-04"]
        );
        assert_eq!(
            ends("2026-03-02", "2026-03-17", Interval::Week),
            ["2026-03-08", "2026-03-15", "2026-03-17"]
        );
        assert_eq!(
            ends("2026-03-02", "2026-03-15", Interval::Week),
            ["2026-03-08", "2026-03-15"]
        );
        assert_eq!(
            ends("2026-01-31", "2026-03-31", Interval::Month),
            ["2026-01-31", "2026-02-28", "2026-03-31"]
        );
        assert_eq!(ends("2026-03-02", "2026-03-01", Interval::Day), [""; 0]);
        assert_eq!(
            ends("+262142-12-30", "+262142-12-31", Interval::Week),
            ["+262142-12-31"]
        );
    }
}
