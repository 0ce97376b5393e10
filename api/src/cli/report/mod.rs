//! `postmortem report`: the follow-through review of a time, as a document to send round.
//!
//! Whoever gets it forwarded reads it, so it holds what everybody may see: nothing of RESTRICTED reports.

mod csv;
mod json;
mod lines;

use std::sync::Arc;

use chrono::Datelike;

use entity::enums::ActorKind;

pub(super) use csv::guarded;

use super::{
    args::{ReportArgs, ReportFormat},
    sentence,
};
use crate::{
    auth::{App, Viewer},
    follow_through::queries::review::{Figures, Period, Review, review},
};

pub(super) async fn report(app: &Arc<App>, args: &ReportArgs) -> Result<(), String> {
    let session = app
        .session(Viewer::anybody(ActorKind::Scheduler))
        .await
        .map_err(|error| sentence(&error))?;
    let last_month = Period::last_month(session.today());
    let period = match (args.from, args.to) {
        (None, None) => last_month,
        (Some(from), to) => Period {
            from,
            to: to.unwrap_or(session.today()),
        },
        (None, Some(to)) => Period {
            from: to.with_day(1).unwrap_or(to),
            to,
        },
    };
    let found = review(&session, period, args.team.as_deref())
        .await
        .map_err(|error| sentence(&error))?;
    let text = match args.format {
        ReportFormat::Text => lines::document(&found, lines::Style::Text),
        ReportFormat::Markdown => lines::document(&found, lines::Style::Markdown),
        ReportFormat::Json => {
            serde_json::to_string_pretty(&json::document(&found)).map_err(|problem| problem.to_string())?
        }
        ReportFormat::Csv => csv::document(&found)?,
    };
    outln!("{}", text.trim_end());
    Ok(())
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Share,
    Days,
}

/// The headline figures: the name in programs, the name for people, and the value.
type Headline = (&'static str, &'static str, Unit, fn(&Figures) -> Option<f64>);

#[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2⁵²")]
fn number(count: i64) -> Option<f64> {
    Some(count as f64)
}

fn size(count: usize) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

const HEADLINES: &[Headline] = &[
    ("open", "Open", Unit::Count, |f| number(f.counts.open)),
    ("overdue", "Overdue", Unit::Count, |f| number(f.counts.overdue)),
    ("overdueRate", "Overdue, of what is open", Unit::Share, |f| {
        f.counts.overdue_rate()
    }),
    ("overdueDaysTotal", "Days overdue, added up", Unit::Count, |f| {
        number(f.counts.overdue_days)
    }),
    ("medianOpenAgeDays", "Median age of what is open", Unit::Days, |f| {
        f.counts.median_open_age_days()
    }),
    ("unowned", "Open without an owner", Unit::Count, |f| {
        number(f.counts.unowned)
    }),
    ("proposed", "Waiting for a decision", Unit::Count, |f| {
        number(f.counts.proposed)
    }),
    ("accepted", "Accepted", Unit::Count, |f| number(f.flow.accepted)),
    ("implemented", "Implemented", Unit::Count, |f| {
        number(f.flow.implemented)
    }),
    ("declined", "Declined after acceptance", Unit::Count, |f| {
        number(f.flow.declined)
    }),
    ("onTimeRate", "On time, of what was ever due", Unit::Share, |f| {
        f.counts.on_time_rate()
    }),
    ("completionRate", "Done, of what was ever accepted", Unit::Share, |f| {
        f.counts.completion_rate()
    }),
    ("slippedRate", "Put off, of what was ever accepted", Unit::Share, |f| {
        f.counts.slipped_rate()
    }),
    ("recurrences", "Causes that came back", Unit::Count, |f| {
        size(f.recurrence.recurrences)
    }),
    (
        "preventableRecurrences",
        "… while work on them was open",
        Unit::Count,
        |f| size(f.recurrence.while_open),
    ),
];

fn title(review: &Review) -> String {
    let Period { from, to } = review.period;
    match &review.team {
        Some(team) => format!("Follow-through of {team}, {from} to {to}"),
        None => format!("Follow-through, {from} to {to}"),
    }
}
