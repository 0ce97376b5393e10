//! The part of a text that shows why it was found, in pieces that are found words or are not. Pieces instead of marks in the
//! text: nobody needs to trust what somebody wrote in order to show it.

use super::{
    index::MOST_WORDS,
    query::SearchQuery,
    words::{Word, words},
};

/// About how long an excerpt is, in bytes.
const LENGTH: usize = 240;
/// About how much of it stands before the first word that was found.
const BEFORE: usize = 40;
/// The most found words that are looked at.
const MOST_FOUND: usize = 300;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As it stands there, with blanks for line ends.
    pub text: String,
    /// It is what was searched for.
    pub is_match: bool,
}

/// A run of words that was found: from and to which byte, and which term it is.
#[derive(Debug, Clone, Copy)]
struct Found {
    start: usize,
    end: usize,
    term: usize,
}

fn find(query: &SearchQuery, text: &str) -> (Vec<Word>, Vec<Found>) {
    let read: Vec<Word> = words(text).take(MOST_WORDS).collect();
    let pairs: Vec<(&str, &str)> = read
        .iter()
        .map(|word| (word.plain.as_str(), word.stem.as_str()))
        .collect();
    let mut found = Vec::new();
    for at in 0..read.len() {
        for (term, sought) in query.wanted.iter().enumerate() {
            let apart = read
                .iter()
                .skip(at + 1)
                .take(sought.words.len().saturating_sub(1))
                .any(|word| word.apart);
            if apart || found.len() == MOST_FOUND || !sought.stands_at(&pairs[at..]) {
                continue;
            }
            let last = read.get(at + sought.words.len() - 1);
            let (start, end) = (read[at].start, last.map_or(read[at].end, |word| word.end));
            // Of a phrase that is spread over many signs nothing can be shown.
            if end - start <= LENGTH {
                found.push(Found { start, end, term });
            }
        }
    }
    (read, found)
}

/// A piece as it is shown: line ends and runs of blanks are one blank.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_whitespace() {
            shown.push(letter);
        } else if !shown.ends_with(' ') {
            shown.push(' ');
        }
    }
    shown
}

/// The pieces of a text from one byte to another.
fn pieces(text: &str, from: usize, to: usize, found: &[Found]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |from: usize, to: usize, is_match: bool| {
        let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) else {
            return;
        };
        pieces.push(Piece {
            text: shown(text),
            is_match,
        });
    };
    let mut at = from;
    for found in found.iter().filter(|found| found.start >= from && found.end <= to) {
        if found.end > at {
            add(at, found.start.max(at), false);
            add(found.start.max(at), found.end, true);
            at = found.end;
        }
    }
    add(at, to, false);
    pieces
}

/// A whole line, such as a title, in pieces.
pub fn line(query: &SearchQuery, text: &str) -> Vec<Piece> {
    let (_, found) = find(query, text);
    pieces(text, 0, text.len(), &found)
}

/// Where the most of what was searched for stands close together, the earliest such place; 0 when nothing was found.
fn best(found: &[Found]) -> usize {
    let terms_from = |first: &Found| {
        let near = found
            .iter()
            .filter(|other| other.start >= first.start && other.end <= first.start + LENGTH - BEFORE);
        let mut terms: Vec<usize> = near.map(|other| other.term).collect();
        terms.sort_unstable();
        terms.dedup();
        terms.len()
    };
    let places = found.iter().map(|first| (terms_from(first), first.start));
    let best = places.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(0, |(_, start)| start)
}

/// The part of a text around what was found, else its beginning.
pub fn excerpt(query: &SearchQuery, text: &str) -> Vec<Piece> {
    let (read, found) = find(query, text);
    let first = best(&found);
    let starts = read.iter().map(|word| word.start);
    let from = starts
        .clone()
        .find(|start| start + BEFORE >= first)
        .map_or(first, |start| start.min(first));
    let ends = read.iter().map(|word| word.end).take_while(|end| *end <= from + LENGTH);
    let hit = found.iter().filter(|found| found.start == first).map(|found| found.end);
    let to = ends.chain(hit).fold(from, usize::max);
    // Signs before the first and after the last word belong to it, unless they are many.
    let is_start = from <= BEFORE && starts.min().is_none_or(|start| start >= from);
    let is_end = text.len() - to <= BEFORE && read.last().is_none_or(|word| word.end <= to);
    let (from, to) = (if is_start { 0 } else { from }, if is_end { text.len() } else { to });
    let mut cut = pieces(text, from, to, &found);
    let mark = |text: &str| Piece {
        text: text.to_owned(),
        is_match: false,
    };
    if from > 0 {
        cut.insert(0, mark("… "));
    }
    if to < text.len() {
        cut.push(mark(" …"));
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::model::query::parse;

    fn marked(query: &str, text: &str) -> String {
        let pieces = excerpt(&parse(query).unwrap(), text);
        let mark = |piece: &Piece| {
            if piece.is_match {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        };
        pieces.iter().map(mark).collect()
    }

    #[test]
    fn found_words_are_pieces_of_their_own() {
        assert_eq!(
            marked("retries", "The retry,\nand  retries."),
            "The [retry], and [retries]."
        );
        assert_eq!(marked("uberl", "Die Überlast!"), "Die [Überlast]!");
        assert_eq!(
            marked("\"rate limits\"", "A rate limit, a rate."),
            "A [rate limit], a rate."
        );
        assert_eq!(marked("日本", "これは日本語です"), "これは[日本]語です");
        assert_eq!(marked("<b>", "a <b>bold</b>"), "a <[b]>bold</[b]>");
        assert_eq!(marked("other", "Nothing of it"), "Nothing of it");
        assert_eq!(marked("other", ""), "");
    }

    #[test]
    fn an_excerpt_is_short_and_around_the_best_place() {
        let text = format!(
            "{}storm {}the retries and the storm. {}",
            "word ".repeat(100),
            "word ".repeat(100),
            "more ".repeat(100)
        );
        let cut = marked("retries storm", &text);
        assert!(cut.starts_with("… word"), "{cut}");
        assert!(cut.contains("[retries] and the [storm]. more"), "{cut}");
        assert!(cut.ends_with("more …") && cut.len() < 300, "{cut}");
        assert!(marked("x", &"— ".repeat(9_000)).len() < 300);
        assert!(marked("x", &format!("a {} b", "🔥".repeat(9_000))).len() < 300);
    }
}
