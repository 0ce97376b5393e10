//! The overview.

use chrono::{Duration, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::{Desk, Offered, Trouble};
use crate::{
    pages::{filters::PERIODS, overview},
    platform::clock::{day_in, end_of_day_in, start_of_day_in},
};

const OVERVIEW: &str = concat!(
    include_str!("queries/overview.graphql"),
    include_str!("queries/rows.graphql"),
    include_str!("queries/report_line.graphql"),
);

/// What the headline figures are held against.
const DAYS_BEFORE: i64 = 30;

#[derive(Deserialize)]
struct Found {
    #[serde(flatten)]
    page: overview::Overview,
    #[serde(flatten)]
    offered: Offered,
}

/// A filter with more conditions.
fn with(filter: impl Into<Value>, more: &[(&str, Value)]) -> Value {
    let mut filter = filter.into();
    for (name, value) in more {
        filter[*name] = value.clone();
    }
    filter
}

pub(super) async fn show(desk: &Desk<'_>) -> Result<String, Trouble> {
    let filters = desk.filters(&overview::FILTERS)?;
    let frame = &desk.frame;
    let period = filters.one("period", &PERIODS)?.unwrap_or(PERIODS[1]);
    let weeks: i64 = period.trim_end_matches('w').parse().unwrap_or(26);
    let today = day_in(frame.zone, frame.now);
    let from = today - Duration::days(7 * weeks - 1);
    let began = start_of_day_in(frame.zone, from);
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    // The same all day, so that it is counted once.
    let before = end_of_day_in(frame.zone, today - Duration::days(DAYS_BEFORE));
    let items = filters.items(frame.now)?;
    let incidents = filters.incidents()?;
    let found: Found = desk
        .ask(
            OVERVIEW,
            json!({
                "overdue": with(items.clone(), &[("isOverdue", json!(true))]),
                "items": items,
                "causes": filters.causes()?,
                "unreported": with(incidents.clone(), &[("requiresReport", json!(true)), ("hasReport", json!(false))]),
                "incidents": with(incidents, &[("startedAt", json!({ "gte": instant(began) }))]),
                "lateReports": with(filters.only(&["team", "service", "severity"]).reports()?, &[("isOverdue", json!(true))]),
                "before": instant(before),
                "from": from,
                "to": today,
            }),
        )
        .await?;
    let choices = desk.choices(found.offered).await?;
    filters.check(&choices)?;
    Ok(overview::page(frame, &filters, &choices, &found.page))
}
