//! The form of filters, and what is filtered by.

use maud::{Markup, html};

use crate::pages::{filters::Filters, parts};

/// A field of the form.
pub struct Field {
    name: &'static str,
    label: &'static str,
    kind: Kind,
}

enum Kind {
    /// A choice; the value that is meant when none is given.
    Choice(Vec<(String, String)>, Option<&'static str>),
    /// Free text.
    Text,
}

impl Field {
    /// A choice among values and their names.
    pub fn new(name: &'static str, label: &'static str, values: Vec<(String, String)>) -> Self {
        Self {
            name,
            label,
            kind: Kind::Choice(values, None),
        }
    }

    /// Free text.
    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            kind: Kind::Text,
        }
    }

    /// With a choice for what has none.
    #[must_use]
    pub fn or_none(mut self, label: &str) -> Self {
        if let Kind::Choice(values, _) = &mut self.kind {
            values.push(("none".to_owned(), label.to_owned()));
        }
        self
    }

    /// With a value that is meant when none is given.
    #[must_use]
    pub fn of(mut self, meant: &'static str) -> Self {
        if let Kind::Choice(_, given) = &mut self.kind {
            *given = Some(meant);
        }
        self
    }
}

fn field(field: &Field, filters: &Filters) -> Markup {
    let given = filters.get(field.name);
    html! {
        label {
            span { (field.label) }
            @match &field.kind {
                Kind::Text => { input type="search" name=(field.name) value=[given] maxlength="200" autocomplete="off"; }
                Kind::Choice(values, meant) => {
                    @let chosen = given.or(*meant);
                    select name=(field.name) {
                        @if meant.is_none() { option value="" { "Any" } }
                        @for (value, name) in values {
                            option value=(value) selected[chosen.is_some_and(|chosen| chosen.eq_ignore_ascii_case(value))] { (name) }
                        }
                        // Several, as links give them.
                        @if let Some(given) = given.filter(|given| !values.iter().any(|(value, _)| value.eq_ignore_ascii_case(given))) {
                            option value=(given) selected { (said(given)) }
                        }
                    }
                }
            }
        }
    }
}

/// Values with commas between them, for people.
fn said(value: &str) -> String {
    let is_constant = |part: &str| {
        part.chars()
            .all(|letter| letter.is_ascii_uppercase() || "_0123456789".contains(letter))
    };
    let parts: Vec<_> = value
        .split(',')
        .map(|part| {
            if is_constant(part) {
                parts::named(part)
            } else {
                part.to_owned()
            }
        })
        .collect();
    parts.join(", ")
}

/// A form that leads to the same page with other filters. Those without a field of their own are kept.
pub fn form(path: &str, fields: &[Field], filters: &Filters) -> Markup {
    let has_field = |name: &str| fields.iter().any(|field| field.name == name);
    html! {
        form.filters.no-print method="get" action=(path) role="search" aria-label="Filters" {
            @for one in fields { (field(one, filters)) }
            @for (name, value) in filters.chosen().filter(|(name, _)| !has_field(name)) {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(sort) = filters.get("sort").filter(|_| !has_field("sort")) { input type="hidden" name="sort" value=(sort); }
            button { "Show" }
        }
    }
}

/// What is filtered by, each with a way to be rid of it.
pub fn chips(path: &str, filters: &Filters) -> Markup {
    let chosen: Vec<_> = filters.chosen().collect();
    html! {
        @if !chosen.is_empty() {
            ul.chips aria-label="Filtered by" {
                @for (name, value) in &chosen {
                    li {
                        (chip(name, value))
                        " " a.no-print href={ (path) (filters.link(&[(name, None)])) } aria-label={ "Without this filter: " (chip(name, value)) } { "×" }
                    }
                }
                @if chosen.len() > 1 { li.no-print.clear { a href=(path) { "Clear all" } } }
            }
        }
    }
}

fn chip(name: &str, value: &str) -> String {
    match (name, value) {
        ("open", "yes") => "Open".to_owned(),
        ("open", _) => "Not open".to_owned(),
        ("overdue", "yes") => "Overdue".to_owned(),
        ("overdue", _) => "Not overdue".to_owned(),
        ("recurring", "yes") => "Came back".to_owned(),
        ("recurring", _) => "First occurrences".to_owned(),
        ("required", "yes") => "Report required".to_owned(),
        ("required", _) => "No report required".to_owned(),
        ("reported", "yes") => "With a report".to_owned(),
        ("reported", _) => "Without a report".to_owned(),
        ("owner", "me") => "Owned by me".to_owned(),
        ("owner", "none") => "Without an owner".to_owned(),
        ("team", "none") => "Without a team".to_owned(),
        ("age", value) => format!("Open for {} days", value.replace('-', "–")),
        ("q", value) => format!("Title has “{value}”"),
        (name, value) => format!("{}: {}", parts::named(name), said(value)),
    }
}
