//! Lists of issues come in pages. How long the texts of issues are nobody knows before: a page that is too large for one answer is asked
//! for in smaller parts, down to single issues, and one that is too large by itself is passed over.

use super::Issue;

/// How many issues a page may have, the most first. Each number divides those before it, so that a smaller page can begin where a larger
/// one does.
pub(super) const SIZES: [usize; 5] = [100, 50, 25, 5, 1];

/// One page of issues, and how to ask for the next.
pub struct Pages {
    /// The issues.
    pub issues: Vec<Issue>,
    /// What to ask with for the next page; none after the last.
    pub next: Option<String>,
    /// Whether no issue of the page was passed over.
    pub is_whole: bool,
}

impl Pages {
    /// A page that begins after so many issues, of trackers that count pages from 1. `read`: how many came, whatever they were.
    pub(super) fn counted(issues: Vec<Issue>, from: usize, size: usize, read: usize) -> Self {
        Self {
            issues,
            next: (read == size).then(|| (from + size).to_string()),
            is_whole: true,
        }
    }

    /// The issue that comes after so many others is passed over.
    pub(super) fn passed(from: usize) -> Self {
        Self {
            issues: Vec::new(),
            next: Some((from + 1).to_string()),
            is_whole: false,
        }
    }
}

/// After how many issues a page begins, of trackers that count pages.
pub(super) fn beginning(page: Option<&str>) -> usize {
    page.and_then(|page| page.parse().ok()).unwrap_or(0)
}

/// The sizes that a page may have which begins after so many issues, of trackers that count pages.
pub(super) fn sizes(from: usize) -> impl Iterator<Item = usize> {
    SIZES.into_iter().filter(move |size| from.is_multiple_of(*size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_one_before_ends() {
        assert_eq!(sizes(0).collect::<Vec<_>>(), SIZES);
        assert_eq!(sizes(25).collect::<Vec<_>>(), [25, 5, 1]);
        assert_eq!(sizes(26).collect::<Vec<_>>(), [1]);
        let next = |from, size, read| Pages::counted(Vec::new(), from, size, read).next;
        assert_eq!(next(50, 25, 25).as_deref(), Some("75"));
        assert_eq!(next(50, 25, 24), None);
        assert_eq!(Pages::passed(75).next.as_deref(), Some("76"));
        assert_eq!([beginning(None), beginning(Some("75"))], [0, 75]);
    }
}
