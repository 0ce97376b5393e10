//! The pages of single things, which print as documents.

pub mod cause;
pub mod incident;
pub mod item;
pub mod report;

use maud::{Markup, html};

use super::{map, parts, values::TreatedCause};

/// What stands above a thing: where it belongs, its title, and its state.
fn head(above: &Markup, title: &str, badges: &Markup) -> Markup {
    html! {
        header.title {
            p.above { (above) }
            h1 { (title) }
            p.badges { (badges) }
        }
    }
}

/// A section of text; nothing when nothing is written.
fn section(title: &str, text: &str) -> Markup {
    html! {
        @if !text.trim().is_empty() {
            section { h2 { (title) } (parts::prose(text, 3)) }
        }
    }
}

/// Root causes, the map of what treats them, and the same as a list.
fn causes(root: &str, title: &str, causes: &[TreatedCause], with_report: bool) -> Markup {
    html! {
        @if !causes.is_empty() {
            section {
                h2 { (title) }
                (map::map(causes))
                (super::lists::causes::table(root, &causes.iter().map(|cause| &cause.row).collect::<Vec<_>>(), with_report))
            }
        }
    }
}
