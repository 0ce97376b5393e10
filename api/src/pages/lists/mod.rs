//! The lists: a form of filters, what is filtered by, the rows, and the way to the next page.

pub mod causes;
pub mod form;
pub mod incidents;
pub mod items;
pub mod reports;

use maud::{Markup, html};

use self::form::{Field, chips, form};
use super::{
    filters::Filters,
    frame::{Frame, Part},
    parts,
    values::{Choice, Listed},
};

/// A list, but for its rows.
struct List<'a> {
    title: &'a str,
    part: Part,
    /// Its place, from the public address.
    path: &'a str,
    /// What its rows are, in words: one and many.
    words: (&'a str, &'a str),
    fields: &'a [Field],
    filters: &'a Filters,
}

/// Choices of teams, services or categories for a field.
pub(super) fn choices(all: &[Choice]) -> Vec<(String, String)> {
    all.iter()
        .map(|choice| (choice.slug.clone(), choice.name.clone()))
        .collect()
}

/// Values of a closed set for a field.
pub(super) fn values(all: &[&str]) -> Vec<(String, String)> {
    all.iter()
        .map(|value| ((*value).to_owned(), parts::named(value)))
        .collect()
}

/// Orders, by the name in the address, for a field.
fn orders(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(value, name)| ((*value).to_owned(), (*name).to_owned()))
        .collect()
}

impl List<'_> {
    fn page<T>(&self, frame: &Frame, found: &Listed<T>, rows: &Markup) -> String {
        let path = format!("{}{}", frame.root, self.path);
        let (one, many) = self.words;
        let body = html! {
            div.title {
                h1 { (self.title) }
                p.sub { (parts::count(found.total_count, one, many)) }
            }
            (form(&path, self.fields, self.filters))
            (chips(&path, self.filters))
            section.panel aria-label=(self.title) {
                @if found.nodes.is_empty() {
                    p.empty {
                        "No " (many) " here. "
                        @if self.filters.chosen().next().is_some() { a href=(path) { "Show all of them" } }
                    }
                } @else {
                    (rows)
                }
            }
            (self.pager(&path, found))
        };
        frame.page(self.title, self.part, &body)
    }

    fn pager<T>(&self, path: &str, found: &Listed<T>) -> Markup {
        let info = found.page_info.as_ref();
        let before = info
            .filter(|info| info.has_previous_page)
            .and_then(|info| info.start_cursor.as_deref());
        let after = info
            .filter(|info| info.has_next_page)
            .and_then(|info| info.end_cursor.as_deref());
        html! {
            @if before.is_some() || after.is_some() {
                nav.pager aria-label="Pages" {
                    @if let Some(cursor) = before { a rel="prev" href={ (path) (self.filters.link(&[("before", Some(cursor))])) } { "← Before" } }
                    @if let Some(cursor) = after { a rel="next" href={ (path) (self.filters.link(&[("after", Some(cursor))])) } { "Next →" } }
                }
            }
        }
    }
}
