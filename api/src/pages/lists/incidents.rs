//! Incidents.

use maud::{Markup, html};

use super::{Field, List, choices, orders, values};
use crate::pages::{
    filters::{Filters, SEVERITIES},
    frame::{Frame, Part},
    parts,
    values::{Choices, IncidentRow, Listed},
};

/// The filters of the list.
pub const FILTERS: [&str; 9] = [
    "reported", "required", "team", "service", "severity", "q", "sort", "after", "before",
];

/// The orders, by the name in the address, and for people.
pub const ORDERS: [(&str, &str); 3] = [
    ("-started", "Latest first"),
    ("started", "Earliest first"),
    ("severity", "Worst first"),
];

fn table(frame: &Frame, rows: &[IncidentRow]) -> Markup {
    let root = &frame.root;
    html! {
        table.items {
            thead { tr {
                th scope="col" { "Incident" }
                th.extra scope="col" { "Severity" }
                th.extra scope="col" { "Began" }
                th.extra scope="col" { "Lasted" }
                th.extra scope="col" { "Team" }
                th scope="col" { "Reports" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            p { a.key href={ (root) "incidents/" (row.line.key) } { (row.line.key) " " span.line { (row.line.title) } } }
                            p.meta.slim {
                                (parts::badge(&row.line.severity)) " "
                                span { (parts::moment(row.started_at, frame.zone)) " · " (parts::team(row.team.as_ref())) }
                            }
                        }
                        td.extra { (parts::badge(&row.line.severity)) }
                        td.extra { (parts::moment(row.started_at, frame.zone)) }
                        td.extra { (row.time_to_resolve_seconds.map_or_else(|| "–".to_owned(), parts::lasted)) }
                        td.extra { (parts::team(row.team.as_ref())) }
                        td {
                            @for report in &row.reports.nodes {
                                p { a href={ (root) "reports/" (report.key) } { (report.key) } " " (parts::badge(&report.status)) }
                            }
                            @if row.reports.nodes.is_empty() {
                                @if row.requires_report { span.late { "Required" } } @else { span.none { "None" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, filters: &Filters, all: &Choices, found: &Listed<IncidentRow>) -> String {
    let yes_no = |yes: &str, no: &str| vec![("yes".to_owned(), yes.to_owned()), ("no".to_owned(), no.to_owned())];
    let fields = [
        Field::text("q", "Title has"),
        Field::new("severity", "Severity", values(SEVERITIES)),
        Field::new("team", "Team", choices(&all.teams)).or_none("No team"),
        Field::new("service", "Service", choices(&all.services)),
        Field::new("required", "Report required", yes_no("Yes", "No")),
        Field::new("reported", "Has a report", yes_no("Yes", "No")),
        Field::new("sort", "Order", orders(&ORDERS)).of(ORDERS[0].0),
    ];
    let list = List {
        title: "Incidents",
        part: Part::Incidents,
        path: "incidents",
        words: ("incident", "incidents"),
        fields: &fields,
        filters,
    };
    list.page(frame, found, &table(frame, &found.nodes))
}
