//! What a client asked for: `first`/`after` or `last`/`before`.

use super::{Cursor, DEFAULT_PAGE, MAX_PAGE};
use crate::platform::error::{Error, Problems};

/// A checked request for a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageArgs {
    /// The number of rows, 0 to 100.
    pub limit: u64,
    /// From the end of the list.
    pub backward: bool,
    /// Only rows after this place.
    pub after: Option<Cursor>,
    /// Only rows before this place.
    pub before: Option<Cursor>,
}

impl PageArgs {
    /// Checks all four arguments of a list.
    pub fn new(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> Result<Self, Error> {
        let mut problems = Problems::default();
        if first.is_some() && last.is_some() {
            problems.add("last", "FIRST_WITH_LAST", "Use either first or last, not both.");
        }
        let size = problems.take(size("first", first)).flatten();
        let size_from_end = problems.take(size_of_last(last)).flatten();
        let after = problems.take(cursor("after", after)).flatten();
        let before = problems.take(cursor("before", before)).flatten();
        problems.finish()?;
        Ok(Self {
            limit: size.or(size_from_end).unwrap_or(DEFAULT_PAGE),
            backward: last.is_some(),
            after,
            before,
        })
    }
}

fn size_of_last(last: Option<i32>) -> Result<Option<u64>, Error> {
    size("last", last)
}

fn size(path: &str, given: Option<i32>) -> Result<Option<u64>, Error> {
    let Some(given) = given else { return Ok(None) };
    match u64::try_from(given) {
        Ok(size) if size <= MAX_PAGE => Ok(Some(size)),
        _ => Err(Error::invalid(
            path,
            "PAGE_SIZE",
            format!("Ask for 0 to {MAX_PAGE} rows at a time."),
        )),
    }
}

fn cursor(path: &str, given: Option<&str>) -> Result<Option<Cursor>, Error> {
    given.map(|text| Cursor::decode(path, text)).transpose()
}
