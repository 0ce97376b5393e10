//! What many pages show: a status, a date, a person, text of somebody.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use maud::{Markup, PreEscaped, html};

use super::values::{Choice, Comment, Happened, IncidentLine, Named, ReportLine};
use crate::platform::{markdown, text::words};

/// A value of a closed set, such as IN_PROGRESS, as the style sheet calls it.
pub fn class(value: &str) -> String {
    value.to_lowercase().replace('_', "-")
}

/// A value of a closed set, such as IN_PROGRESS, with a colour of its own.
pub fn badge(value: &str) -> Markup {
    html! { span class={ "badge is-" (class(value)) } { (named(value)) } }
}

/// A value of a closed set for people. Severities and priorities are names already.
pub fn named(value: &str) -> String {
    match value {
        "NO_ACTION" => "No action, for a reason".to_owned(),
        "INVESTIGATE" => "Investigate".to_owned(),
        _ if value.starts_with("SEV") || value.ends_with(|last: char| last.is_ascii_digit()) => value.to_owned(),
        _ => words(value),
    }
}

/// A day.
pub fn day(day: NaiveDate) -> Markup {
    html! { time datetime=(day) { (day.format("%-d %b %Y")) } }
}

/// A moment, in the organisation's time zone.
pub fn moment(at: DateTime<Utc>, zone: Tz) -> Markup {
    let local = at.with_timezone(&zone);
    html! { time datetime=(at.to_rfc3339()) { (local.format("%-d %b %Y, %H:%M")) } }
}

/// The day of a moment, in the organisation's time zone.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> Markup {
    day(at.with_timezone(&zone).date_naive())
}

/// A day, or none.
pub fn date(on: Option<NaiveDate>) -> Markup {
    html! {
        @match on {
            Some(on) => (day(on)),
            None => span.none { "No date" },
        }
    }
}

/// When something is due, and how late it is.
pub fn due(on: Option<NaiveDate>, days_overdue: i64) -> Markup {
    html! {
        (date(on))
        @if days_overdue > 0 { " " span.late { (days(days_overdue)) " late" } }
    }
}

/// A number of days.
pub fn days(count: i64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

/// A number of things.
pub fn count(number: i64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

/// How long something lasted.
pub fn lasted(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, 0) => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (_, 0, _) => self::days(days),
        _ => format!("{} {hours} h", self::days(days)),
    }
}

/// Somebody, or nobody.
pub fn person(person: Option<&Named>) -> Markup {
    html! {
        @match person {
            Some(person) => (person.name),
            None => span.none { "Nobody" },
        }
    }
}

/// A team, or none.
pub fn team(team: Option<&Choice>) -> Markup {
    html! {
        @match team {
            Some(team) => (team.name),
            None => span.none { "No team" },
        }
    }
}

/// Markdown of somebody, with headings from this level on.
pub fn prose(text: &str, level: u8) -> Markup {
    html! { div.prose { (PreEscaped(markdown::to_part(text, level))) } }
}

/// A link to elsewhere; its address only as text, when it is not one of the web.
pub fn outside(url: &str, text: &str) -> Markup {
    let of_web = url.starts_with("https://") || url.starts_with("http://");
    html! {
        @if of_web { a href=(url) rel="noopener noreferrer nofollow" { (text) } } @else { (text) }
    }
}

/// A link to an incident.
pub fn incident(root: &str, line: &IncidentLine) -> Markup {
    html! { a href={ (root) "incidents/" (line.key) } { (line.key) " " (line.title) } }
}

/// A link to a report, with its status.
pub fn report(root: &str, line: &ReportLine) -> Markup {
    html! {
        a href={ (root) "reports/" (line.key) } { (line.key) " " (line.title) }
        " " (badge(&line.status)) (restricted(&line.visibility))
    }
}

/// The mark of what not everybody may see.
pub fn restricted(visibility: &str) -> Markup {
    html! { @if visibility == "RESTRICTED" { " " (badge(visibility)) } }
}

/// A line of a list of facts.
pub fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// What people said.
pub fn comments(comments: &[Comment], zone: Tz) -> Markup {
    html! {
        @if !comments.is_empty() {
            section {
                h2 { "Comments" }
                @for comment in comments {
                    article.comment {
                        p.meta { strong { (person(comment.author.as_ref())) } ", " (moment(comment.created_at, zone)) }
                        (prose(&comment.body, 3))
                    }
                }
            }
        }
    }
}

/// What happened, the latest first.
pub fn history(events: &[Happened], zone: Tz) -> Markup {
    html! {
        @if !events.is_empty() {
            section.no-print {
                h2 { "History" }
                details.figures {
                    summary { (if events.len() == 1 { "The latest event".to_owned() } else { format!("The latest {} events", events.len()) }) }
                    ol.history {
                        @for event in events {
                            li {
                                (moment(event.occurred_at, zone)) " "
                                strong { (words(&event.r#type.replace('.', " "))) }
                                @if let Some(actor) = &event.actor { span.meta { " by " (actor.name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
