//! What is stored of a document, in the form of each database.
//!
//! The words of key, title and body stand in one line, with a gap between fields that no phrase goes across. PostgreSQL gets
//! stems and, marked by `=`, words as typed at the same places; FTS5 gets two columns, with a word of its own in each gap. What
//! PostgreSQL cannot hold is left out for both: it knows places up to 16 383, and 255 of each word.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write,
};

use entity::{
    enums::SubjectKind,
    ids::{RecommendationId, ReportId, RootCauseId, TypedId},
};
use uuid::Uuid;

use super::words::{Word, words};

/// The most words of a document that are searched; the rest of a longer one is not.
pub const MOST_WORDS: usize = 15_000;
/// The most bytes of words: a tsvector ends at a megabyte.
const MOST_BYTES: usize = 500_000;
/// The most places of one word.
const MOST_PLACES: usize = 255;
/// The most words by which a document is found alike.
const MOST_TERMS: usize = 24;
/// Stands in gaps, for FTS5. No word is written so.
const GAP: &str = "¶";

/// A thing that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A report.
    Report(ReportId),
    /// A root cause.
    RootCause(RootCauseId),
    /// A recommendation.
    Recommendation(RecommendationId),
}

impl Subject {
    /// Its bare id.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Report(id) => id.uuid(),
            Self::RootCause(id) => id.uuid(),
            Self::Recommendation(id) => id.uuid(),
        }
    }
}

/// What is searched of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Which.
    pub id: Uuid,
    /// The report it falls under.
    pub report: ReportId,
    /// PM-12 or REC-40.
    pub key: Option<String>,
    /// In a line.
    pub title: String,
    /// All the rest, without the marks of Markdown.
    pub body: String,
}

/// The words of a document, ready for both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// A tsvector, as text.
    pub vector: String,
    /// Stems, for FTS5.
    pub stems: String,
    /// Words as typed, for FTS5.
    pub words: String,
    /// The words of the title, for [`super::rank`].
    pub title_words: String,
    /// The words by which it is found alike; none for what is not compared.
    pub terms: Vec<String>,
}

impl Document {
    /// Reads its words.
    pub fn indexed(&self) -> Indexed {
        let line = self.line();
        let (mut vector, mut stems, mut typed) = (BTreeMap::new(), Column::default(), Column::default());
        for (place, word) in (1..).zip(&line) {
            let Some(word) = word else {
                stems.gap();
                typed.gap();
                continue;
            };
            if stems.add(&word.stem) {
                place_at(&mut vector, word.stem.clone(), place);
            }
            if typed.add(&word.plain) {
                place_at(&mut vector, format!("={}", word.plain), place);
            }
        }
        Indexed {
            vector: written(&vector),
            stems: stems.text,
            words: typed.text,
            title_words: title_words(&self.title),
            terms: self.terms(&line),
        }
    }

    /// Its words in their places; none in a gap.
    fn line(&self) -> Vec<Option<Word>> {
        let mut line = Vec::new();
        let mut bytes = 0;
        for field in [self.key.as_deref().unwrap_or_default(), &self.title, &self.body] {
            line.push(None);
            for word in words(field) {
                bytes += word.plain.len() + word.stem.len();
                if line.len() + 2 > MOST_WORDS || bytes > MOST_BYTES {
                    return line;
                }
                if word.apart {
                    line.push(None);
                }
                line.push(Some(word));
            }
        }
        line
    }

    fn terms(&self, line: &[Option<Word>]) -> Vec<String> {
        if self.kind == SubjectKind::Recommendation {
            return Vec::new();
        }
        let key_words = self.key.as_deref().map_or(0, |key| words(key).count());
        let mut seen = HashSet::new();
        line.iter()
            .flatten()
            .skip(key_words)
            .filter(|word| !word.is_common() && (word.plain.len() > 2))
            .filter(|word| seen.insert(word.stem.as_str()))
            .map(|word| word.stem.clone())
            .take(MOST_TERMS)
            .collect()
    }
}

fn place_at(vector: &mut BTreeMap<String, Vec<usize>>, lexeme: String, place: usize) {
    vector.entry(lexeme).or_default().push(place);
}

/// `'word':1,7 '=words':1,7`. Words are letters and digits, so there is nothing to escape.
fn written(vector: &BTreeMap<String, Vec<usize>>) -> String {
    let mut text = String::new();
    for (lexeme, places) in vector {
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        let _ = write!(text, "'{lexeme}':{} ", places.join(","));
    }
    text
}

/// One column of FTS5.
#[derive(Default)]
struct Column {
    text: String,
    places: HashMap<String, usize>,
}

impl Column {
    /// Adds a word in its place; false when it has too many places already.
    fn add(&mut self, word: &str) -> bool {
        let places = self.places.entry(word.to_owned()).or_default();
        *places += 1;
        if *places > MOST_PLACES {
            self.gap();
            return false;
        }
        self.text.push_str(word);
        self.text.push(' ');
        true
    }

    fn gap(&mut self) {
        self.text.push_str(GAP);
        self.text.push(' ');
    }
}

/// The words of a title in a line: as typed, and after a bar the stem where that differs.
fn title_words(title: &str) -> String {
    let words = words(title).map(|word| {
        if word.stem == word.plain {
            word.plain
        } else {
            format!("{}|{}", word.plain, word.stem)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str, body: &str) -> Document {
        Document {
            kind: SubjectKind::Report,
            id: Uuid::nil(),
            report: ReportId(Uuid::nil()),
            key: Some("PM-1".to_owned()),
            title: title.to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn fields_and_paragraphs_stand_apart() {
        let indexed = document("Retry storm", "The retries.\n\nOf all").indexed();
        assert_eq!(indexed.stems, "¶ pm 1 ¶ retri storm ¶ the retri ¶ of all ");
        assert_eq!(indexed.words, "¶ pm 1 ¶ retry storm ¶ the retries ¶ of all ");
        assert_eq!(indexed.title_words, "retry|retri storm");
        assert_eq!(indexed.terms, ["retri", "storm", "all"]);
        assert!(indexed.vector.contains("'=retries':9 "), "{}", indexed.vector);
        assert!(indexed.vector.contains("'retri':5,9 "), "{}", indexed.vector);
    }

    #[test]
    fn a_document_has_an_end() {
        let many = "word ".repeat(1_000) + &"other words ".repeat(20_000);
        let indexed = document("Long", &many).indexed();
        assert_eq!(
            indexed.stems.split(' ').filter(|word| *word == "word").count(),
            MOST_PLACES
        );
        assert!(indexed.stems.split(' ').count() <= MOST_WORDS + 1);
        let wide: String = (0..15_000)
            .map(|number| format!("{}{number} ", "语é".repeat(40)))
            .collect();
        assert!(document("Wide", &wide).indexed().vector.len() < 2_000_000);
    }
}
