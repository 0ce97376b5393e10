//! The words of a text, as they are searched.
//!
//! Letters lose case and accents (compatibility decomposition without its marks, and a few letters that are written with two).
//! A word is a run of letters and digits. Scripts that put no spaces between words give a word for each letter. English words
//! are reduced to their stem; the word as it was typed is kept beside it, for those who are still typing.

use std::{iter::Peekable, str::CharIndices};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The form of the words below. Raise it with any change of them, and all documents are indexed anew.
pub const FORM: i32 = 1;

/// The most letters of a word; the rest of a longer one does not count.
const MOST_LETTERS: usize = 64;

/// Words that stand in nearly every text and tell nothing.
const COMMON: [&str; 38] = [
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had", "has", "have", "if", "in",
    "into", "is", "it", "its", "of", "on", "or", "our", "such", "that", "the", "their", "then", "there", "these",
    "they", "this", "to", "was", "were", "with",
];

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without case and accents.
    pub plain: String,
    /// Its stem.
    pub stem: String,
    /// Where it starts in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// A blank line stands before it: a phrase does not go across.
    pub apart: bool,
}

impl Word {
    /// Does it tell nothing?
    pub fn is_common(&self) -> bool {
        COMMON.contains(&self.plain.as_str())
    }
}

/// Reads the words of a text, one after another.
pub struct Words<'t> {
    text: &'t str,
    letters: Peekable<CharIndices<'t>>,
    /// Letters of one character that are still to be read, the next one last, and where that character stands.
    folded: Vec<char>,
    at: (usize, usize),
    stemmer: Stemmer,
}

/// The words of a text.
pub fn words(text: &str) -> Words<'_> {
    Words {
        text,
        letters: text.char_indices().peekable(),
        folded: Vec::new(),
        at: (0, 0),
        stemmer: Stemmer::create(Algorithm::English),
    }
}

/// What a character becomes: nothing for a mark, several letters for a ligature.
fn fold(letter: char, into: &mut Vec<char>) {
    into.clear();
    if letter.is_ascii() {
        into.push(letter.to_ascii_lowercase());
        return;
    }
    let mut lower = |letter: char| {
        for letter in letter.to_lowercase() {
            match letter {
                'ß' => into.extend(['s', 's']),
                'æ' => into.extend(['a', 'e']),
                'œ' => into.extend(['o', 'e']),
                'ø' => into.push('o'),
                'đ' | 'ð' => into.push('d'),
                'ł' => into.push('l'),
                'þ' => into.extend(['t', 'h']),
                'ı' => into.push('i'),
                letter if is_dropped(letter) => {}
                letter => into.push(letter),
            }
        }
    };
    decompose_compatible(letter, |letter| {
        if !is_dropped(letter) {
            lower(letter);
        }
    });
    into.reverse();
}

/// Accents, and what is there for the eye only. Marks of other scripts are part of their letters and stay.
fn is_dropped(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Scripts without spaces between words: Han, kana, Thai, Lao, Burmese, Khmer.
fn stands_alone(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}' | '\u{2bc}')
}

impl Words<'_> {
    /// The next letter, folded. An empty one is a mark.
    fn next_letter(&mut self) -> Option<Option<char>> {
        if let Some(letter) = self.folded.pop() {
            return Some(Some(letter));
        }
        let (start, letter) = self.letters.next()?;
        self.at = (start, start + letter.len_utf8());
        fold(letter, &mut self.folded);
        Some(self.folded.pop())
    }

    /// Puts a letter back that belongs to the next word.
    fn put_back(&mut self, letter: char) {
        self.folded.push(letter);
    }

    /// After an apostrophe within a word: does the word go on? The s of a possessive is left out.
    fn goes_on(&mut self) -> bool {
        let rest = self.text.get(self.at.1..).unwrap_or_default();
        let mut rest = rest.chars();
        match (rest.next(), rest.next()) {
            (Some('s' | 'S'), after) if !after.is_some_and(char::is_alphanumeric) => {
                self.letters.next();
                false
            }
            (Some(next), _) => next.is_alphabetic(),
            (None, _) => false,
        }
    }

    fn stem(&self, plain: &str) -> String {
        if plain.len() > 2 && plain.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.stemmer.stem(plain).into_owned()
        } else {
            plain.to_owned()
        }
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let mut plain = String::new();
        let (mut start, mut end) = (0, 0);
        let (mut letters, mut lines, mut alone) = (0, 0, false);
        while let Some(letter) = self.next_letter() {
            let Some(letter) = letter else {
                // An accent that stands after its letter is part of the word.
                end = if plain.is_empty() { end } else { self.at.1 };
                continue;
            };
            let is_mark = is_combining_mark(letter);
            let counts = letter.is_alphanumeric() || is_mark;
            if plain.is_empty() {
                if letter == '\n' {
                    lines += 1;
                }
                if !counts || is_mark {
                    continue;
                }
                start = self.at.0;
                alone = stands_alone(letter);
            } else if is_mark {
                // Part of the letter before it.
            } else if counts && (alone || stands_alone(letter)) {
                self.put_back(letter);
                break;
            } else if !counts {
                if is_apostrophe(letter) && self.goes_on() {
                    continue;
                }
                if letter == '\n' {
                    // It may be the first of a blank line.
                    self.put_back(letter);
                }
                break;
            }
            if letters < MOST_LETTERS {
                plain.push(letter);
                letters += 1;
            }
            end = self.at.1;
        }
        if plain.is_empty() {
            return None;
        }
        let stem = self.stem(&plain);
        Some(Word {
            plain,
            stem,
            start,
            end,
            apart: lines > 1,
        })
    }
}
