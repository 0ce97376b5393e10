//! A regular expression that is compiled once and never panics.
//!
//! A pattern with a mistake matches nothing in production and stops every debug build and test that reaches it.

use std::sync::OnceLock;

use regex::{Captures, Match, Regex};

pub(super) struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        let regex = self.compiled.get_or_init(|| Regex::new(self.source).ok()).as_ref();
        debug_assert!(regex.is_some(), "this pattern does not compile: {}", self.source);
        regex
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    pub(super) fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.regex()?.find(text)
    }

    pub(super) fn find_all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Match<'t>> {
        self.regex().into_iter().flat_map(move |regex| regex.find_iter(text))
    }

    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }

    pub(super) fn captures_all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Captures<'t>> {
        self.regex()
            .into_iter()
            .flat_map(move |regex| regex.captures_iter(text))
    }

    pub(super) fn replace_all(&self, text: &str, with: &str) -> String {
        match self.regex() {
            Some(regex) => regex.replace_all(text, with).into_owned(),
            None => text.to_owned(),
        }
    }

    /// The first group of the first match.
    pub(super) fn group<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.captures(text)?.get(1).map(|group| group.as_str())
    }
}
