//! A root cause.

use maud::html;
use serde::Deserialize;

use super::{causes, head, section};
use crate::pages::{
    frame::{Frame, Part},
    lists::{self, items},
    parts::{self, badge, fact},
    values::{CauseRow, ItemRow, Listed, TreatedCause},
};

/// What the query answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "they are those of the schema")]
pub struct Cause {
    #[serde(flatten)]
    pub treated: TreatedCause,
    pub description: String,
    pub no_action_reason: Option<String>,
    pub parent: Option<CauseRow>,
    pub children: Vec<CauseRow>,
    pub recurrence_of: Option<CauseRow>,
    pub recurrences: Listed<CauseRow>,
    pub items: Listed<ItemRow>,
}

/// The page.
pub fn page(frame: &Frame, cause: &Cause) -> String {
    let root = &frame.root;
    let row = &cause.treated.row;
    let above = html! { a href={ (root) "root-causes" } { "Root causes" } " / " a href={ (root) "reports/" (row.report.key) } { (row.report.key) } };
    let badges = html! {
        (badge(&row.coverage)) " " span.badge { (parts::named(&row.role)) }
        @if let Some(kind) = &row.recurrence_kind { " " span.badge.is-overdue { "Came back: " (parts::named(kind).to_lowercase()) } }
        (parts::restricted(&row.report.visibility))
    };
    let link = |row: &CauseRow| html! { a href={ (root) "root-causes/" (row.id) } { (row.title) } };
    let table = |title: &str, rows: &[CauseRow]| {
        html! {
            @if !rows.is_empty() {
                section { h2 { (title) } (lists::causes::table(root, &rows.iter().collect::<Vec<_>>(), true)) }
            }
        }
    };
    let body = html! {
        article.document {
            (head(&above, &row.title, &badges))
            dl.facts {
                (fact("Found in", &parts::report(root, &row.report)))
                @if let Some(category) = &row.category {
                    (fact("Kind", &html! { a href={ (root) "root-causes?category=" (category.slug) } { (category.name) } }))
                }
                @if let Some(parent) = &cause.parent { (fact("Explains", &link(parent))) }
                @if let Some(first) = &cause.recurrence_of {
                    (fact("Came back from", &html! { (link(first)) " " span.meta { "in " (first.report.key) } }))
                }
                @if let Some(reason) = &cause.no_action_reason { (fact("Nothing is done because", &html! { (reason) })) }
            }
            (section("Why", &cause.description))
            (table("What explains it", &cause.children))
            (table("When it came back", &cause.recurrences.nodes))
            @if cause.treated.recommendations.nodes.is_empty() {
                section { h2 { "What is recommended against it" } p.empty { "Nothing yet." } }
            } @else {
                (causes(root, "What is recommended against it", std::slice::from_ref(&cause.treated), false))
                (items::table(root, &cause.items.nodes))
            }
        }
    };
    frame.page(&row.title, Part::RootCauses, &body)
}
