//! Recommendations.

use maud::{Markup, html};

use super::{Field, List, choices, orders, values};
use crate::pages::{
    filters::{Filters, ITEM_STATUSES, KINDS, PRIORITIES, SEVERITIES},
    frame::{Frame, Part},
    parts,
    values::{Choices, ItemRow, Listed},
};

/// The filters of the list.
pub const FILTERS: [&str; 16] = [
    "open", "overdue", "status", "priority", "kind", "team", "owner", "service", "severity", "category", "label",
    "age", "q", "sort", "after", "before",
];

/// The orders, by the name in the address, and for people.
pub const ORDERS: [(&str, &str); 7] = [
    ("due", "Soonest due first"),
    ("-due", "Latest due first"),
    ("priority", "Most urgent first"),
    ("created", "Oldest first"),
    ("-created", "Newest first"),
    ("-updated", "Last changed first"),
    ("-completed", "Last done first"),
];

/// Rows of recommendations.
pub fn table(root: &str, rows: &[ItemRow]) -> Markup {
    html! {
        table.items {
            thead { tr {
                th scope="col" { "Recommendation" }
                th.extra scope="col" { "Status" }
                th.extra scope="col" { "Priority" }
                th.extra scope="col" { "Owner" }
                th.extra scope="col" { "Team" }
                th.extra scope="col" { "After" }
                th scope="col" { "Due" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td {
                            p { a.key href={ (root) "recommendations/" (row.key) } { (row.key) " " span.line { (row.title) } } }
                            p.meta.slim {
                                (parts::badge(&row.status)) " "
                                span { (row.priority) " · " (parts::person(row.owner.as_ref())) " · " (parts::team(row.team.as_ref())) }
                            }
                        }
                        td.extra { (parts::badge(&row.status)) }
                        td.extra { (parts::badge(&row.priority)) }
                        td.extra { (parts::person(row.owner.as_ref())) }
                        td.extra { (parts::team(row.team.as_ref())) }
                        td.extra { a href={ (root) "incidents/" (row.incident.key) } { (row.incident.key) } " " (parts::badge(&row.incident.severity)) }
                        td.due { (parts::due(row.due_on, row.days_overdue)) }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn page(frame: &Frame, filters: &Filters, all: &Choices, found: &Listed<ItemRow>) -> String {
    let fields = [
        Field::text("q", "Title has"),
        Field::new("status", "Status", values(ITEM_STATUSES)),
        Field::new("priority", "Priority", values(PRIORITIES)),
        Field::new("kind", "Kind", values(KINDS)),
        Field::new("team", "Team", choices(&all.teams)).or_none("No team"),
        Field::new("service", "Service", choices(&all.services)),
        Field::new("severity", "Severity", values(SEVERITIES)),
        Field::new("category", "Kind of cause", choices(&all.categories)),
        Field::new("sort", "Order", orders(&ORDERS)).of(ORDERS[0].0),
    ];
    let list = List {
        title: "Recommendations",
        part: Part::Recommendations,
        path: "recommendations",
        words: ("recommendation", "recommendations"),
        fields: &fields,
        filters,
    };
    list.page(frame, found, &table(&frame.root, &found.nodes))
}
