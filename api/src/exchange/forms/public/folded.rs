//! Text without what makes the same name look different: case, accents, marks of joining and of direction.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word of a text: where it stands, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The first byte of it.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// What it is, folded.
    pub folded: String,
}

/// What is not seen between letters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || is_combining_mark(c)
}

/// Letters that do not come apart into a letter and a mark.
fn spelt_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

/// A text, folded.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(fold_char).collect()
}

fn fold_char(c: char) -> Vec<char> {
    let mut folded = Vec::new();
    for part in c
        .nfkd()
        .filter(|part| !is_invisible(*part))
        .flat_map(char::to_lowercase)
    {
        // The lower case of some letters has marks again.
        for part in part.nfkd().filter(|part| !is_invisible(*part)) {
            match spelt_out(part) {
                Some(letters) => folded.extend(letters.chars()),
                None => folded.push(part),
            }
        }
    }
    folded
}

/// Whether a letter is of a script that writes words without blanks between them.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0x1100..=0x11ff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// All runs of letters. With `by_case`, a capital after a small letter begins another word; with `digits`, numbers are letters.
pub(super) fn words(text: &str, by_case: bool, digits: bool) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut was_small = false;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if is_invisible(c) {
            if let Some(word) = &mut open {
                word.end = end;
            }
            continue;
        }
        let is_letter = c.is_alphabetic() || (digits && c.is_numeric());
        if !is_letter || (by_case && was_small && c.is_uppercase()) {
            found.extend(open.take());
        }
        if is_letter {
            let word = open.get_or_insert_with(|| Word {
                start,
                end,
                folded: String::new(),
            });
            word.end = end;
            word.folded.extend(fold_char(c));
        }
        was_small = c.is_lowercase();
    }
    found.extend(open);
    found
}

/// A text folded, and where each byte of that came from.
pub(super) fn traced(text: &str) -> (String, Vec<(usize, usize)>) {
    let (mut folded, mut trace) = (String::new(), Vec::new());
    for (start, c) in text.char_indices() {
        for part in fold_char(c).into_iter().filter(|part| part.is_alphanumeric()) {
            folded.push(part);
            trace.extend(std::iter::repeat_n((start, start + c.len_utf8()), part.len_utf8()));
        }
    }
    (folded, trace)
}
