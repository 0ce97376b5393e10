//! What somebody searches for, and how each database is asked for it.
//!
//! Words must all be there. "Words in quotes" stand side by side, as do the parts of what is written in one go (max_size,
//! REC-40). `-word` must not be there. The last word, while it is being typed, also stands for what begins with it. Nothing else
//! has a meaning: what a database would take for an operator is text here, and never reaches it.

use super::words::{Word, words};
use crate::platform::error::Error;

/// The most characters of a query.
const MOST_CHARACTERS: usize = 500;
/// The most things that are looked for.
const MOST_TERMS: usize = 32;
/// The most words of all of them together.
const MOST_WORDS: usize = 64;
/// A single letter stands for itself: too many words begin with it.
const SHORTEST_BEGINNING: usize = 2;

/// Words that stand side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// One, or those of a phrase.
    pub words: Vec<Sought>,
    /// The last of them may go on.
    pub goes_on: bool,
}

/// One word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Without case and accents.
    pub plain: String,
    /// Its stem.
    pub stem: String,
}

/// A query that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// All of these are there.
    pub wanted: Vec<Term>,
    /// None of these is.
    pub unwanted: Vec<Term>,
}

/// A part of a query, as it was typed.
struct Part<'q> {
    text: &'q str,
    unwanted: bool,
    quoted: bool,
    /// Nothing stands after it.
    last: bool,
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// Takes a query apart at blanks and quotes. A quote that is not closed goes to the end.
fn parts(query: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = query;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return parts };
        let after = rest.strip_prefix('-');
        let excludes = |text: &str| {
            text.chars()
                .next()
                .is_some_and(|next| next.is_alphanumeric() || is_quote(next))
        };
        let unwanted = after.is_some_and(excludes);
        let (text, first) = match after {
            Some(after) if unwanted => (after, after.chars().next().unwrap_or(first)),
            _ => (rest, first),
        };
        let (text, quoted) = if is_quote(first) {
            (text.get(first.len_utf8()..).unwrap_or_default(), true)
        } else {
            (text, false)
        };
        let end = if quoted {
            text.find(is_quote)
        } else {
            text.find(|letter: char| letter.is_whitespace() || is_quote(letter))
        };
        let (part, beyond) = text.split_at(end.unwrap_or(text.len()));
        rest = if quoted {
            beyond.trim_start_matches(is_quote)
        } else {
            beyond
        };
        parts.push(Part {
            text: part,
            unwanted,
            quoted,
            last: beyond.is_empty(),
        });
    }
}

/// A term, and whether it is a common word that may be left out.
fn term(part: &Part<'_>) -> Option<(Term, bool)> {
    let found: Vec<Word> = words(part.text).collect();
    let last = found.last()?;
    let goes_on = part.last
        && !part.quoted
        && !part.unwanted
        && last.end == part.text.len()
        && last.plain.chars().count() >= SHORTEST_BEGINNING;
    let common = found.len() == 1 && !part.quoted && last.is_common();
    let words = found
        .into_iter()
        .map(|word| Sought {
            plain: word.plain,
            stem: word.stem,
        })
        .collect();
    Some((Term { words, goes_on }, common))
}

/// Reads a query, or says why it cannot be answered.
pub fn parse(query: &str) -> Result<SearchQuery, Error> {
    if query.chars().count() > MOST_CHARACTERS {
        let message = format!("This is too long to search for; use at most {MOST_CHARACTERS} characters.");
        return Err(Error::invalid("query", "TOO_LONG", message));
    }
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    for part in parts(query) {
        if let Some((term, common)) = term(&part) {
            if part.unwanted {
                unwanted.push(term);
            } else {
                wanted.push((term, common));
            }
        }
    }
    if wanted.is_empty() {
        return Err(Error::invalid(
            "query",
            "NO_WORD",
            "Name at least one word to search for; signs alone, and words to exclude alone, find nothing.",
        ));
    }
    if wanted.iter().any(|(_, common)| !common) {
        wanted.retain(|(_, common)| !common);
    }
    let wanted: Vec<Term> = wanted.into_iter().map(|(term, _)| term).collect();
    let words: usize = wanted.iter().chain(&unwanted).map(|term| term.words.len()).sum();
    if wanted.len() + unwanted.len() > MOST_TERMS || words > MOST_WORDS {
        let message = format!("Search for at most {MOST_TERMS} words and phrases, and {MOST_WORDS} words in all.");
        return Err(Error::invalid("query", "TOO_MANY_WORDS", message));
    }
    Ok(SearchQuery { wanted, unwanted })
}

impl Term {
    fn joined(&self, separator: &str, mut one: impl FnMut(&Sought) -> String) -> String {
        self.words.iter().map(&mut one).collect::<Vec<_>>().join(separator)
    }

    fn on_postgres(&self) -> String {
        let stems = self.joined(" <-> ", |word| format!("'{}'", word.stem));
        if self.goes_on {
            let typed = self.joined(" <-> ", |word| format!("'={}'", word.plain));
            return format!("({stems} | {typed}:*)");
        }
        format!("({stems})")
    }

    fn on_sqlite(&self) -> String {
        let stems = self.joined(" ", |word| word.stem.clone());
        if self.goes_on {
            let typed = self.joined(" ", |word| word.plain.clone());
            return format!("(stems : \"{stems}\" OR words : \"{typed}\" *)");
        }
        format!("(stems : \"{stems}\")")
    }
}

impl SearchQuery {
    /// As a tsquery.
    pub fn on_postgres(&self) -> String {
        let wanted: Vec<String> = self.wanted.iter().map(Term::on_postgres).collect();
        let unwanted: String = self
            .unwanted
            .iter()
            .map(|term| format!(" & !{}", term.on_postgres()))
            .collect();
        format!("{}{unwanted}", wanted.join(" & "))
    }

    /// As an expression of FTS5.
    pub fn on_sqlite(&self) -> String {
        let wanted: Vec<String> = self.wanted.iter().map(Term::on_sqlite).collect();
        let wanted = wanted.join(" AND ");
        if self.unwanted.is_empty() {
            return wanted;
        }
        let unwanted: Vec<String> = self.unwanted.iter().map(Term::on_sqlite).collect();
        format!("({wanted}) NOT ({})", unwanted.join(" OR "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> (String, String) {
        let query = parse(query).unwrap();
        (query.on_postgres(), query.on_sqlite())
    }

    #[test]
    fn each_database_is_asked_in_its_own_words() {
        for (query, postgres, sqlite) in [
            ("Retries ", "('retri')", r#"(stems : "retri")"#),
            (
                "the retrie",
                "('retri' | '=retrie':*)",
                r#"(stems : "retri" OR words : "retrie" *)"#,
            ),
            (r#""the retries""#, "('the' <-> 'retri')", r#"(stems : "the retri")"#),
            ("REC-4", "('rec' <-> '4')", r#"(stems : "rec 4")"#),
            (
                "REC-40",
                "('rec' <-> '40' | '=rec' <-> '=40':*)",
                r#"(stems : "rec 40" OR words : "rec 40" *)"#,
            ),
            ("a -b", "('a') & !('b')", r#"((stems : "a")) NOT ((stems : "b"))"#),
            ("x OR NEAR(y) AND *", "('x') & ('near' <-> 'y') & ('and')", ""),
        ] {
            let (on_postgres, on_sqlite) = asked(query);
            if query.starts_with('x') {
                assert_eq!(on_postgres, "('x') & ('near' <-> 'y')", "{query}");
                continue;
            }
            assert_eq!(
                (on_postgres.as_str(), on_sqlite.as_str()),
                (postgres, sqlite),
                "{query}"
            );
        }
    }

    #[test]
    fn quotes_need_no_end() {
        assert_eq!(asked(r#"rate "limits of"#).0, "('rate') & ('limit' <-> 'of')");
        assert_eq!(asked(r#"rate"limits""#).0, "('rate') & ('limit')");
        assert_eq!(asked("“rate limits” x").0, "('rate' <-> 'limit') & ('x')");
        assert_eq!(
            asked(r#"-"rate limits" --force x "#).0,
            "('forc') & ('x') & !('rate' <-> 'limit')"
        );
    }

    #[test]
    fn what_has_no_word_is_refused() {
        for query in ["", "  ", "-", "- -", "\"\"", "🔥🔥", "-retry", "' OR", "%_*:&|!()"] {
            let found = parse(query);
            let fine = query.contains("OR");
            assert_eq!(found.is_ok(), fine, "{query}: {found:?}");
        }
        assert!(parse(&"long ".repeat(101)).is_err());
        assert!(parse(&"w ".repeat(33)).is_err());
        assert!(parse(&"語".repeat(65)).is_err());
    }
}
