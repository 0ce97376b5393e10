//! The names of operations, which callers choose. Only so many are told apart: whoever made one up for every request would else
//! fill the memory of the process and of Prometheus.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// How many names are told apart in a process.
pub const MOST: usize = 100;
/// A longer name is nobody's dashboard.
const CHARS: usize = 80;
/// What all others are called.
pub const OTHER: &str = "other";
/// What an operation without a name is called. No name of GraphQL has a hyphen.
pub const ANONYMOUS: &str = "-";

/// The names that are told apart.
#[derive(Debug, Default)]
pub struct Names(Mutex<BTreeSet<String>>);

impl Names {
    /// The label of an operation. A new name is taken in only if the operation was run, so whoever may not ask fills nothing.
    pub fn label(&self, name: Option<&str>, was_run: bool) -> String {
        let Some(name) = name else { return ANONYMOUS.to_owned() };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return name.to_owned();
        }
        if was_run && known.len() < MOST && name.len() <= CHARS && name != OTHER {
            known.insert(name.to_owned());
            return name.to_owned();
        }
        OTHER.to_owned()
    }
}
