//! What was accepted and implemented week by week, and what was open at the end of each.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};
use plotters::{
    element::{Rectangle, Text},
    series::{AreaSeries, LineSeries},
    style::{
        Color, ShapeStyle,
        text_anchor::{HPos, VPos},
    },
};
use serde::Deserialize;

use super::{Area, Drawn, figure, framed, ink, legend, letters, thin, top};
use crate::pages::parts;

/// A week.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Week {
    /// Its last instant, or now.
    pub at: DateTime<Utc>,
    /// Accepted within it.
    pub accepted: i64,
    /// Implemented within it.
    pub implemented: i64,
    /// Open at its end.
    pub open: i64,
    /// Overdue at its end.
    pub overdue: i64,
}

#[allow(clippy::cast_precision_loss, reason = "weeks are few")]
fn place(week: usize) -> f64 {
    week as f64
}

fn draw(area: &Area<'_>, weeks: &[Week], zone: Tz) -> Drawn {
    let highest = top(weeks
        .iter()
        .flat_map(|week| [week.open, week.accepted, week.implemented]));
    let mut chart = framed(area, 8, place(weeks.len()), highest)?;
    let line = |value: fn(&Week) -> i64| {
        let points = weeks.iter().enumerate();
        points.map(move |(week, values)| (place(week) + 0.5, value(values)))
    };
    let open = AreaSeries::new(line(|week| week.open), 0, thin(ink::OPEN));
    chart.draw_series(open.border_style(ink::OPEN.stroke_width(2)))?;
    let bars = |value: fn(&Week) -> i64, colour: plotters::style::RGBColor, from: f64| {
        let weeks = weeks.iter().enumerate().filter(move |(_, week)| value(week) > 0);
        weeks.map(move |(week, values)| {
            let left = place(week) + from;
            Rectangle::new(
                [(left, value(values)), (left + 0.3, 0)],
                ShapeStyle::from(&colour).filled(),
            )
        })
    };
    chart.draw_series(bars(|week| week.accepted, ink::ACCEPTED, 0.19))?;
    chart.draw_series(bars(|week| week.implemented, ink::IMPLEMENTED, 0.51))?;
    chart.draw_series(LineSeries::new(line(|week| week.overdue), ink::OVERDUE.stroke_width(2)))?;

    let width = usize::try_from(area.dim_in_pixel().0).unwrap_or(usize::MAX);
    let every = weeks.len().div_ceil((width / 72).max(1)).max(1);
    for (week, values) in weeks.iter().enumerate().skip(every / 2).step_by(every) {
        let (x, y) = chart.plotting_area().map_coordinate(&(place(week) + 0.5, 0));
        let day = values.at.with_timezone(&zone).format("%-d %b").to_string();
        area.draw(&Text::new(day, (x, y + 7), letters(HPos::Center, VPos::Top)))?;
    }
    Ok(())
}

/// The chart and its figures.
pub fn trend(weeks: &[Week], zone: Tz) -> Markup {
    let sum = |value: fn(&Week) -> i64| weeks.iter().map(value).sum::<i64>();
    let (accepted, implemented) = (sum(|week| week.accepted), sum(|week| week.implemented));
    let ends = weeks.first().zip(weeks.last());
    let says = ends.map_or_else(String::new, |(first, last)| {
        format!(
            "In {} weeks {accepted} were accepted and {implemented} implemented. Open went from {} to {}, overdue from {} to {}.",
            weeks.len(),
            first.open,
            last.open,
            first.overdue,
            last.overdue
        )
    });
    let is_empty = weeks
        .iter()
        .all(|week| week.open + week.accepted + week.implemented == 0);
    html! {
        p.says { (says) }
        @if is_empty { p.empty { "There is nothing to draw yet." } } @else {
        (legend(&[("c-open", "Open"), ("c-overdue", "Overdue"), ("c-accepted", "Accepted"), ("c-implemented", "Implemented")]))
        (figure("trend", "Open, overdue, accepted and implemented by week", &says, [(700, 250), (350, 220)], |area| draw(area, weeks, zone)))
        details.figures {
            summary { "Figures by week" }
            table {
                thead { tr {
                    th scope="col" { "Week to" }
                    th.n scope="col" { "Accepted" } th.n scope="col" { "Implemented" }
                    th.n scope="col" { "Open" } th.n scope="col" { "Overdue" }
                } }
                tbody {
                    @for week in weeks.iter().rev() {
                        tr {
                            th scope="row" { (parts::day_of(week.at, zone)) }
                            td.n { (week.accepted) } td.n { (week.implemented) } td.n { (week.open) } td.n { (week.overdue) }
                        }
                    }
                }
            }
        }
        }
    }
}
