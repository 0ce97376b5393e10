//! Root causes.

use maud::{Markup, html};

use super::{Field, List, choices, values};
use crate::pages::{
    filters::{COVERAGES, Filters, ROLES, SEVERITIES},
    frame::{Frame, Part},
    parts,
    values::{CauseRow, Choices, Listed},
};

/// The filters of the list.
pub const FILTERS: [&str; 10] = [
    "coverage",
    "role",
    "category",
    "recurring",
    "team",
    "service",
    "severity",
    "q",
    "after",
    "before",
];

/// Rows of root causes.
pub fn table(root: &str, rows: &[&CauseRow], with_report: bool) -> Markup {
    html! {
        table.items {
            thead { tr {
                th scope="col" { "Root cause" }
                th.extra scope="col" { "Part" }
                th.extra scope="col" { "Kind" }
                @if with_report { th.extra scope="col" { "Report" } }
                th scope="col" { "What is done" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            p { a href={ (root) "root-causes/" (row.id) } { (row.title) } }
                            @if let Some(kind) = &row.recurrence_kind { p.meta { "Came back: " (parts::named(kind)) } }
                            @if with_report { p.meta.slim { (row.report.key) " · " (parts::named(&row.role)) } }
                        }
                        td.extra { (parts::named(&row.role)) }
                        td.extra { @if let Some(category) = &row.category { (category.name) } @else { span.none { "Not sorted" } } }
                        @if with_report { td.extra { a href={ (root) "reports/" (row.report.key) } { (row.report.key) } } }
                        td { (parts::badge(&row.coverage)) }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, filters: &Filters, all: &Choices, found: &Listed<CauseRow>) -> String {
    let recurring = vec![("yes".to_owned(), "Yes".to_owned()), ("no".to_owned(), "No".to_owned())];
    let fields = [
        Field::text("q", "Title has"),
        Field::new("coverage", "What is done", values(&COVERAGES)),
        Field::new("role", "Part", values(&ROLES)),
        Field::new("category", "Kind", choices(&all.categories)),
        Field::new("recurring", "Came back", recurring),
        Field::new("team", "Team", choices(&all.teams)).or_none("No team"),
        Field::new("service", "Service", choices(&all.services)),
        Field::new("severity", "Severity", values(SEVERITIES)),
    ];
    let list = List {
        title: "Root causes",
        part: Part::RootCauses,
        path: "root-causes",
        words: ("root cause", "root causes"),
        fields: &fields,
        filters,
    };
    let rows: Vec<&CauseRow> = found.nodes.iter().collect();
    list.page(frame, found, &table(&frame.root, &rows, true))
}
