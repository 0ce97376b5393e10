//! What a list costs towards the complexity limit: its fields once for each row of the page.

use crate::platform::page::{DEFAULT_PAGE, MAX_PAGE};

/// More than any limit allows, and little enough that the library can add it up for every field of a query.
const MOST: usize = 1_000_000_000;

/// The cost of a connection. Out-of-range sizes are refused later, with a better message.
pub fn page(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let size = first
        .or(last)
        .and_then(|size| u64::try_from(size).ok())
        .unwrap_or(DEFAULT_PAGE)
        .min(MAX_PAGE);
    child
        .saturating_mul(usize::try_from(size).unwrap_or(usize::MAX))
        .saturating_add(1)
        .min(MOST)
}

/// The cost of what was asked for one by one: the fields once for each.
pub fn each(count: usize, child: usize) -> usize {
    child.saturating_mul(count).saturating_add(1).min(MOST)
}

/// The cost of a list without pages, taken for ten rows.
pub fn list(child: usize) -> usize {
    child.saturating_mul(10).saturating_add(1).min(MOST)
}
