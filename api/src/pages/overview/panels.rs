//! The lists of the overview: what is late, who has how much, what came back, and what is not written.

use maud::{Markup, html};

use super::{Asked, Group, Overview, Recurring, badge, days, incident, number, percent};
use crate::pages::{
    lists::items,
    parts,
    values::{ItemRow, Listed},
};

/// The most overdue.
pub(super) fn overdue(asked: &Asked<'_>, found: &Listed<ItemRow>) -> Markup {
    let link = asked.items(&[("overdue", Some("yes"))]);
    html! {
        section.panel {
            h2 { "Overdue" }
            @if found.nodes.is_empty() {
                p.empty { "Nothing is overdue." }
            } @else {
                (items::table(&asked.frame.root, &found.nodes))
                p.more { a href=(link) { (if found.total_count == 1 { "See the one that is overdue".to_owned() } else { format!("See all {} that are overdue", found.total_count) }) } }
            }
        }
    }
}

/// How each team stands.
pub(super) fn teams(asked: &Asked<'_>, groups: &[Group]) -> Markup {
    let highest = groups
        .iter()
        .map(|group| group.metrics.open)
        .max()
        .unwrap_or_default()
        .max(1);
    let mut sorted: Vec<&Group> = groups.iter().collect();
    sorted.sort_by_key(|group| (-group.metrics.overdue, -group.metrics.open));
    html! {
        section.panel {
            h2 { "By team" }
            @if groups.is_empty() {
                p.empty { "Nothing was recommended yet." }
            } @else {
                table {
                    thead { tr {
                        th scope="col" { "Team" }
                        th.n scope="col" { "Open" }
                        th.n scope="col" { "Overdue" }
                        th.bars scope="col" { span.unseen { "Open and overdue, drawn" } }
                        th.n scope="col" { "On time" }
                        th.n.extra scope="col" { "Done" }
                        th.n.extra scope="col" { "Median age" }
                    } }
                    tbody {
                        @for group in sorted {
                            @let slug = if group.key.is_empty() { "none" } else { group.key.as_str() };
                            @let figures = &group.metrics;
                            tr {
                                th scope="row" { @if group.key.is_empty() { span.none { "No team" } } @else { (group.label) } }
                                td.n { (number(&asked.items(&[("team", Some(slug)), ("open", Some("yes"))]), figures.open, "open")) }
                                td.n { (number(&asked.items(&[("team", Some(slug)), ("overdue", Some("yes"))]), figures.overdue, "overdue")) }
                                td.bars { (bar(figures.open, figures.overdue, highest)) }
                                td.n { (percent(figures.on_time_rate)) }
                                td.n.extra { (percent(figures.completion_rate)) }
                                td.n.extra { (days(figures.median_open_age_days)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Open as a length, and what of it is overdue.
fn bar(open: i64, overdue: i64, highest: i64) -> Markup {
    html! {
        svg.bar viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.c-open x="0" y="0" width=(open * 200 / highest) height="10" {}
            rect.c-overdue x="0" y="0" width=(overdue * 200 / highest) height="10" {}
        }
    }
}

/// Causes that came back.
pub(super) fn recurring(asked: &Asked<'_>, found: &[Recurring]) -> Markup {
    let root = &asked.frame.root;
    html! {
        section.panel {
            h2 { "Causes that came back" }
            @if found.is_empty() {
                p.empty { "No cause is known to have come back." }
            } @else {
                ul.rows {
                    @for one in found {
                        li {
                            p { a href={ (root) "root-causes/" (one.cause.id) } { (one.cause.title) } }
                            p.meta {
                                strong { (parts::count(one.occurrences, "time", "times")) }
                                @if one.preventable_occurrences > 0 {
                                    ", " span.late { (one.preventable_occurrences) " while work was open" }
                                }
                                ", " (parts::count(one.open_recommendations, "recommendation", "recommendations")) " open"
                                @if let Some(last) = one.incidents.last() { " · last in " a href={ (root) "incidents/" (last.key) } { (last.key) } }
                            }
                        }
                    }
                }
                p.more { a href=(asked.list("root-causes", &[("recurring", Some("yes"))])) { "See all recurrences" } }
            }
        }
    }
}

/// From incidents to published reports, and what is missing.
pub(super) fn reports(asked: &Asked<'_>, found: &Overview, weeks: &str) -> Markup {
    let (root, funnel) = (&asked.frame.root, &found.funnel);
    let highest = funnel.incidents.max(1);
    let step = |name: &str, count: i64| {
        html! {
            tr {
                th scope="row" { (name) }
                td.n { (count) }
                td.bars { (bar(count, 0, highest)) }
            }
        }
    };
    let (unreported, late) = (&found.unreported, &found.late_reports);
    html! {
        section.panel {
            h2 { "Reports missing" }
            @if unreported.nodes.is_empty() && late.nodes.is_empty() {
                p.empty { "Every report that is required is written, or still in time." }
            }
            @if !unreported.nodes.is_empty() {
                p {
                    a href=(asked.list("incidents", &[("required", Some("yes")), ("reported", Some("no"))])) {
                        (parts::count(unreported.total_count, "incident requires a report and has none", "incidents require a report and have none"))
                    }
                }
                ul.rows {
                    @for one in &unreported.nodes { li { p { (badge(&one.severity)) " " (incident(root, one)) } } }
                }
            }
            @if !late.nodes.is_empty() {
                p {
                    a href=(asked.list("reports", &[("overdue", Some("yes"))])) {
                        (parts::count(late.total_count, "report is overdue", "reports are overdue"))
                    }
                }
                ul.rows {
                    @for one in &late.nodes {
                        li {
                            p { (parts::report(root, &one.line)) }
                            p.meta { "Due " (parts::due(one.due_on, one.days_overdue)) " · " (parts::person(one.owner.as_ref())) }
                        }
                    }
                }
            }
            h3 { "Incidents of the last " (weeks) " weeks" }
            table.funnel {
                tbody {
                    (step("Incidents", funnel.incidents))
                    (step("Requiring a report", funnel.requiring_report))
                    (step("With a report", funnel.with_report))
                    (step("Published", funnel.published))
                }
            }
            @if funnel.coverage_rate.is_some() || funnel.median_days_to_publish.is_some() {
                p.meta {
                    @if funnel.coverage_rate.is_some() { (percent(funnel.coverage_rate)) " of what is required is published. " }
                    @if let Some(days) = funnel.median_days_to_publish { "Half of what is published was so within " (format!("{days:.0}")) " days." }
                }
            }
        }
    }
}
