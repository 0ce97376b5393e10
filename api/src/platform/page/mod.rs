//! Keyset pages: what a list costs does not depend on how far into it a client is.
//!
//! A list is ordered by one column and then by id, so that no two rows tie. NULLs come last in both directions. A page is
//! read with one row more than asked, which tells whether there is a next one. A cursor names the order it belongs to and
//! the place of its row in it; it stays good when the row is gone.
//!
//! [`list()`] reads one page; [`page_by_parent`] reads the same page of many parents in one statement.

mod args;
mod children;
mod cursor;
mod list;
mod order;

pub use args::PageArgs;
pub use children::{Child, count_by_parent, page_by_parent};
pub use cursor::{Cursor, day_of_cursor};
pub use list::{Page, all, count, counting, list, number_in};
pub use order::Order;

/// The number of rows when a client does not say.
pub const DEFAULT_PAGE: u64 = 20;
/// The most rows of one page.
pub const MAX_PAGE: u64 = 100;
