//! The figures at the top, each with how it has changed in 30 days.

use maud::{Markup, html};

use super::{Asked, Figures, days, percent};

/// Whether it is good when a figure rises.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rise {
    Good,
    Bad,
    Neither,
}

struct Figure<'a> {
    name: &'a str,
    value: String,
    /// What is counted, in few words.
    hint: &'a str,
    /// How far it is from what it was, rounded as it is shown; none when it was not known.
    change: Option<f64>,
    unit: &'a str,
    rise: Rise,
    link: String,
}

fn change(figure: &Figure<'_>) -> Markup {
    let Some(change) = figure.change else {
        return html! { span.change { "not known 30 days ago" } };
    };
    let (class, mark) = match (change > 0.0, figure.rise) {
        _ if change == 0.0 => ("", "±"),
        (true, Rise::Good) => ("good", "▲"),
        (true, Rise::Bad) => ("bad", "▲"),
        (true, Rise::Neither) => ("", "▲"),
        (false, Rise::Good) => ("bad", "▼"),
        (false, Rise::Bad) => ("good", "▼"),
        (false, Rise::Neither) => ("", "▼"),
    };
    let (by, unit) = (change.abs(), figure.unit);
    let words = if change == 0.0 {
        "unchanged in 30 days".to_owned()
    } else {
        let direction = if change > 0.0 { "up" } else { "down" };
        let unit = if by == 1.0 { unit.trim_end_matches('s') } else { unit };
        format!("{direction} {by:.0}{unit} in 30 days")
    };
    html! { span class={ "change " (class) } { span aria-hidden="true" { (mark) } " " (words) } }
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2⁵²")]
fn counted(now: i64, before: i64) -> Option<f64> {
    Some((now - before) as f64)
}

/// Of two rounded values, so that what is shown adds up.
fn between(now: Option<f64>, before: Option<f64>, factor: f64) -> Option<f64> {
    Some((now? * factor).round() - (before? * factor).round())
}

/// All of them.
pub(super) fn figures(asked: &Asked<'_>, now: &Figures, before: &Figures) -> Markup {
    let yes = Some("yes");
    let done = ("status", Some("IMPLEMENTED,VERIFIED"));
    let count = |name, hint, now: i64, before: i64, rise, link| Figure {
        name,
        value: now.to_string(),
        hint,
        change: counted(now, before),
        unit: "",
        rise,
        link,
    };
    let share = |name, hint, now: Option<f64>, before: Option<f64>, link| Figure {
        name,
        value: percent(now),
        hint,
        change: between(now, before, 100.0),
        unit: " points",
        rise: Rise::Good,
        link,
    };
    let all = [
        count(
            "Open",
            "accepted, not done",
            now.open,
            before.open,
            Rise::Neither,
            asked.items(&[("open", yes)]),
        ),
        count(
            "Overdue",
            "of these, past their date",
            now.overdue,
            before.overdue,
            Rise::Bad,
            asked.items(&[("overdue", yes)]),
        ),
        count(
            "Blocked",
            "open, and stuck",
            now.blocked,
            before.blocked,
            Rise::Bad,
            asked.items(&[("status", Some("BLOCKED"))]),
        ),
        count(
            "Unowned",
            "open, and nobody's",
            now.unowned,
            before.unowned,
            Rise::Bad,
            asked.items(&[("open", yes), ("owner", Some("none"))]),
        ),
        count(
            "To be decided",
            "proposed, no answer yet",
            now.proposed,
            before.proposed,
            Rise::Neither,
            asked.items(&[("status", Some("PROPOSED"))]),
        ),
        share(
            "On time",
            "of what was due so far",
            now.on_time_rate,
            before.on_time_rate,
            asked.items(&[done]),
        ),
        share(
            "Done",
            "of what was accepted",
            now.completion_rate,
            before.completion_rate,
            asked.items(&[done]),
        ),
        Figure {
            name: "Median age",
            value: days(now.median_open_age_days),
            hint: "of what is open",
            change: between(now.median_open_age_days, before.median_open_age_days, 1.0),
            unit: " d",
            rise: Rise::Bad,
            link: asked.items(&[("open", yes), ("sort", Some("created"))]),
        },
    ];
    html! {
        section.headline aria-label="Headline figures" {
            ul {
                @for figure in &all {
                    li {
                        a href=(figure.link) {
                            span.name { (figure.name) }
                            strong { (figure.value) }
                            span.hint { (figure.hint) }
                        }
                        (change(figure))
                    }
                }
            }
        }
    }
}
