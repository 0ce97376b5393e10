//! Trends in the API.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use chrono::NaiveDate;

use crate::{
    auth::Session,
    follow_through::{
        model::trend::{Interval, Point},
        queries::trend::{Trend, trend},
    },
    graphql::scalars::{DateTime, int},
    platform::{clock::end_of_day_in, error::Error},
    recommendations::queries::RecommendationFilter,
};

/// How long an interval of a trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Interval", rename_items = "SCREAMING_SNAKE_CASE")]
pub enum TrendInterval {
    /// A day.
    Day,
    /// Seven days, counted from the first day of the trend.
    Week,
    /// A calendar month.
    Month,
}

/// What flowed within an interval, and what stood at its end.
#[derive(SimpleObject)]
pub struct TrendPoint {
    /// The end of the interval: the last instant of its last day in the organisation's time zone, or now when that is not over.
    at: DateTime,
    /// Accepted for the first time within the interval.
    accepted: i32,
    /// Became IMPLEMENTED within it; after a reopening, again.
    implemented: i32,
    /// Became DECLINED within it, having been accepted.
    declined: i32,
    /// Open at its end.
    open: i32,
    /// Overdue at its end.
    overdue: i32,
}

pub(super) async fn shown(
    session: &Arc<Session>,
    filter: Option<&RecommendationFilter>,
    (from, to): (NaiveDate, NaiveDate),
    interval: TrendInterval,
) -> Result<Vec<TrendPoint>, Error> {
    let asked = Trend {
        from,
        to,
        interval: interval.into(),
    };
    let now = session.now();
    let point = |point: Point| TrendPoint {
        at: end_of_day_in(session.app.settings.time_zone, point.day).min(now).into(),
        accepted: int(point.flow.accepted),
        implemented: int(point.flow.implemented),
        declined: int(point.flow.declined),
        open: int(point.stocks.open),
        overdue: int(point.stocks.overdue),
    };
    Ok(trend(session, filter, &asked).await?.into_iter().map(point).collect())
}
