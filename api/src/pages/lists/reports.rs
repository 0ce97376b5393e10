//! Reports.

use maud::{Markup, html};

use super::{Field, List, choices, orders, values};
use crate::pages::{
    filters::{Filters, REPORT_STATUSES, SEVERITIES},
    frame::{Frame, Part},
    parts,
    values::{Choices, Listed, ReportRow},
};

/// The filters of the list.
pub const FILTERS: [&str; 11] = [
    "status", "overdue", "team", "owner", "service", "severity", "label", "q", "sort", "after", "before",
];

/// The orders, by the name in the address, and for people.
pub const ORDERS: [(&str, &str); 5] = [
    ("-created", "Newest first"),
    ("created", "Oldest first"),
    ("due", "Soonest due first"),
    ("-published", "Last published first"),
    ("-updated", "Last changed first"),
];

/// Rows of reports.
pub fn table(frame: &Frame, rows: &[ReportRow]) -> Markup {
    let root = &frame.root;
    html! {
        table.items {
            thead { tr {
                th scope="col" { "Report" }
                th.extra scope="col" { "Status" }
                th.extra scope="col" { "Owner" }
                th.extra scope="col" { "Team" }
                th.extra scope="col" { "On" }
                th scope="col" { "Published or due" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            p { a.key href={ (root) "reports/" (row.line.key) } { (row.line.key) " " span.line { (row.line.title) } } }
                            p.meta.slim {
                                (parts::badge(&row.line.status)) (parts::restricted(&row.line.visibility)) " "
                                span { (parts::person(row.owner.as_ref())) " · " (parts::team(row.team.as_ref())) }
                            }
                        }
                        td.extra { (parts::badge(&row.line.status)) (parts::restricted(&row.line.visibility)) }
                        td.extra { (parts::person(row.owner.as_ref())) }
                        td.extra { (parts::team(row.team.as_ref())) }
                        td.extra { a href={ (root) "incidents/" (row.incident.key) } { (row.incident.key) } " " (parts::badge(&row.incident.severity)) }
                        td.due {
                            @match row.published_at {
                                Some(at) => (parts::day_of(at, frame.zone)),
                                None => { span.meta { "Due " } (parts::due(row.due_on, row.days_overdue)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, filters: &Filters, all: &Choices, found: &Listed<ReportRow>) -> String {
    let fields = [
        Field::text("q", "Title has"),
        Field::new("status", "Status", values(REPORT_STATUSES)),
        Field::new("team", "Team", choices(&all.teams)).or_none("No team"),
        Field::new("service", "Service", choices(&all.services)),
        Field::new("severity", "Severity", values(SEVERITIES)),
        Field::new("sort", "Order", orders(&ORDERS)).of(ORDERS[0].0),
    ];
    let list = List {
        title: "Reports",
        part: Part::Reports,
        path: "reports",
        words: ("report", "reports"),
        fields: &fields,
        filters,
    };
    list.page(frame, found, &table(frame, &found.nodes))
}
