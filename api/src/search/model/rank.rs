//! Puts hits in order: by where the words stand, never by anything of things that the viewer may not see.

use uuid::Uuid;

use super::{
    query::{SearchQuery, Sought, Term},
    words::words,
};

/// The points of a hit that is called by its key.
pub const BY_KEY: i64 = 1_000;
/// Of a hit whose words stand in its text only.
const FOUND: i64 = 100;
/// For all words standing in the title; a share of it for some.
const IN_TITLE: i64 = 600;
/// For a title that consists of what is searched for; a share of it for longer titles.
const WHOLE_TITLE: i64 = 200;
/// For all words standing side by side in the title.
const SIDE_BY_SIDE: i64 = 99;

/// A hit in its place: the best first, and of equals the one that was made last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Up to a thousand.
    pub points: i64,
    /// Of the thing that was found.
    pub id: Uuid,
}

impl Place {
    /// What a list of hits is sorted by.
    pub fn order(&self) -> (std::cmp::Reverse<i64>, std::cmp::Reverse<Uuid>) {
        (std::cmp::Reverse(self.points), std::cmp::Reverse(self.id))
    }
}

impl Sought {
    fn is(&self, (_, stem): (&str, &str)) -> bool {
        self.stem == stem
    }

    fn begins(&self, (plain, _): (&str, &str)) -> bool {
        plain.starts_with(&self.plain)
    }
}

impl Term {
    /// Does it stand in these words from here?
    pub fn stands_at(&self, words: &[(&str, &str)]) -> bool {
        let Some(words) = words.get(..self.words.len()) else {
            return false;
        };
        let last = self.words.len().saturating_sub(1);
        let stems = || self.words.iter().zip(words).all(|(sought, word)| sought.is(*word));
        let typed = || {
            let mut pairs = self.words.iter().zip(words).enumerate();
            pairs.all(|(index, (sought, word))| {
                if index == last {
                    sought.begins(*word)
                } else {
                    word.0 == sought.plain
                }
            })
        };
        stems() || (self.goes_on && typed())
    }
}

/// The points of a hit. `title` is as it was indexed.
pub fn points(query: &SearchQuery, key: Option<&str>, title: &str) -> i64 {
    let key: Vec<String> = key
        .map(|key| words(key).map(|word| word.plain).collect())
        .unwrap_or_default();
    let sought = || query.wanted.iter().flat_map(|term| &term.words);
    if !key.is_empty() && sought().map(|word| &word.plain).eq(&key) {
        return BY_KEY;
    }
    let title: Vec<(&str, &str)> = title
        .split_whitespace()
        .map(|word| word.split_once('|').unwrap_or((word, word)))
        .collect();
    let key: Vec<(&str, &str)> = key.iter().map(|word| (word.as_str(), word.as_str())).collect();
    let stands_in = |term: &Term, words: &[(&str, &str)]| (0..words.len()).any(|at| term.stands_at(&words[at..]));
    let there = query
        .wanted
        .iter()
        .filter(|term| stands_in(term, &title) || stands_in(term, &key))
        .count();
    let covered = (0..title.len())
        .filter(|word| {
            query.wanted.iter().any(|term| {
                (word.saturating_sub(term.words.len().saturating_sub(1))..=*word).any(|at| term.stands_at(&title[at..]))
            })
        })
        .count();
    let begins = query.wanted.last().is_some_and(|term| term.goes_on);
    let length = sought().count();
    let side_by_side = title.windows(length.max(1)).any(|title| {
        let mut pairs = sought().zip(title).enumerate();
        pairs.all(|(index, (sought, word))| sought.is(*word) || (begins && index + 1 == length && sought.begins(*word)))
    });
    FOUND
        + share(IN_TITLE, there, query.wanted.len())
        + share(WHOLE_TITLE, covered, title.len())
        + if side_by_side { SIDE_BY_SIDE } else { 0 }
}

/// That share of the points, rounded down.
fn share(points: i64, part: usize, whole: usize) -> i64 {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / points);
    if whole == 0 {
        0
    } else {
        points * number(part) / number(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::model::query::parse;

    fn ranked(query: &str, key: &str, title: &str) -> i64 {
        points(&parse(query).unwrap(), Some(key), title)
    }

    #[test]
    fn the_more_of_the_title_the_better() {
        let title = "limit retry|retri storm";
        assert_eq!(ranked("rec-7", "REC-7", title), BY_KEY);
        assert_eq!(ranked("rec 7", "REC-7", title), BY_KEY);
        let descending = [
            ranked("limit retries storm", "REC-7", title),
            ranked("retries storm", "REC-7", title),
            ranked("limit storm", "REC-7", title),
            ranked("limit ledger storm", "REC-7", title),
            ranked("storm of ledgers", "REC-7", title),
            ranked("ledgers", "REC-7", title),
        ];
        assert!(descending.is_sorted_by(|one, other| one > other), "{descending:?}");
        assert_eq!(descending[0], 999);
        assert_eq!(ranked("rec-", "REC-71", ""), 700);
        assert_eq!(ranked("stor", "REC-7", title), ranked("storm ", "REC-7", title));
    }
}
