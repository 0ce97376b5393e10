//! A look at the query text before the parser sees it.
//!
//! The parser calls itself for every opening bracket before it counts them, and a stack overflow ends the whole process:
//! `{a(x:[[[[…` with 500 brackets, one kilobyte, is enough. So brackets are counted here first, without recursion.
//! The scan must never see fewer brackets than the parser does; where the two could disagree about what is inside a
//! string (one that is not closed), the text is refused.

use async_graphql::{Pos, ServerError};

use super::document_limits::DocumentLimits;
use super::errors::{self, code};

/// What the scan found in a text that may be parsed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// How often a variable is named, where it is declared and where it is used.
    pub(super) variables: usize,
}

/// Counts tokens and the depth of brackets.
pub(super) fn scan(query: &str, limits: &DocumentLimits) -> Result<Scan, ServerError> {
    let text = query.as_bytes();
    let (mut at, mut tokens, mut depth) = (0, 0_usize, 0_usize);
    let mut found = Scan::default();
    let mut ignored = 0_usize;
    while let Some(&byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'#' => {
                if byte == b'#' {
                    at = skip_while(text, at, |byte| !matches!(byte, b'\r' | b'\n'));
                }
                ignored += at - start;
                if ignored > limits.ignored_bytes {
                    return Err(errors::coded(
                        code::QUERY_TOO_COMPLEX,
                        format!(
                            "The query has more than {} bytes of spaces, commas and comments; leave them out.",
                            limits.ignored_bytes
                        ),
                        None,
                    ));
                }
                continue;
            }
            b'"' => at = end_of_string(text, start).ok_or_else(|| unclosed_string(query, start))?,
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'$' => found.variables += 1,
            b'.' => at = skip_while(text, at, |byte| byte == b'.'),
            byte if is_word(byte) => at = skip_while(text, at, is_word),
            _ => {}
        }
        tokens += 1;
        if depth > limits.nesting {
            return Err(errors::coded(
                code::QUERY_TOO_COMPLEX,
                format!(
                    "The query nests brackets more than {} deep; flatten it.",
                    limits.nesting
                ),
                None,
            ));
        }
        if tokens > limits.tokens {
            return Err(errors::coded(
                code::QUERY_TOO_COMPLEX,
                format!(
                    "The query has more than {} words and signs; send long values as variables, or split it.",
                    limits.tokens
                ),
                None,
            ));
        }
    }
    Ok(found)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip_while(text: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    text.iter()
        .skip(from)
        .position(|byte| !wanted(*byte))
        .map_or(text.len(), |length| from + length)
}

/// The place after the closing quotes of the string that begins at `start`, if it has them.
fn end_of_string(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if rest.starts_with(br#"""""#) {
        let mut at = 3;
        loop {
            let rest = rest.get(at..)?;
            if rest.starts_with(br#"""""#) {
                return Some(start + at + 3);
            }
            at += if rest.starts_with(br#"\""""#) { 4 } else { 1 };
        }
    }
    let mut at = 1;
    loop {
        match rest.get(at)? {
            b'"' => return Some(start + at + 1),
            b'\\' => at += 2,
            b'\r' | b'\n' => return None,
            _ => at += 1,
        }
    }
}

fn unclosed_string(query: &str, start: usize) -> ServerError {
    let before = query.get(..start).unwrap_or_default();
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    errors::coded(
        code::VALIDATION_FAILED,
        format!("The query has a string that is not closed, at line {line}, column {column}."),
        Some(Pos { line, column }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(query: &str) -> Option<String> {
        scan(query, &DocumentLimits::default())
            .err()
            .and_then(|error| errors::code_of(&error))
    }

    #[test]
    fn brackets_are_counted_outside_strings_and_comments_only() {
        let brackets = "[".repeat(1000);
        assert_eq!(
            code_of(&format!("{{a(x:{brackets}")).as_deref(),
            Some("QUERY_TOO_COMPLEX")
        );
        assert_eq!(code_of(&format!("{{a(x:\"{brackets}\")}}")), None);
        assert_eq!(code_of(&format!("{{a(x:\"\\\"{brackets}\")}}")), None);
        assert_eq!(
            code_of(&format!("{{a(x:\"\"\"{brackets}\n\\\"\"\" \" {brackets}\"\"\")}}")),
            None
        );
        assert_eq!(code_of(&format!("{{a #{brackets}\n}}")), None);
        assert_eq!(
            code_of(&format!("{{a #\r{brackets}")).as_deref(),
            Some("QUERY_TOO_COMPLEX")
        );
    }

    #[test]
    fn brackets_cannot_hide_behind_a_string_that_is_not_closed() {
        // The parser takes the first of these for an empty string, the string " " and then a list.
        for opening in ["\"\"\" \"", "\"", "\"\\", "\"\n"] {
            assert_eq!(
                code_of(&format!("{{a(x:[{opening}{}", "[".repeat(500))).as_deref(),
                Some("VALIDATION_FAILED")
            );
        }
    }

    #[test]
    fn what_says_nothing_is_bounded() {
        for nothing in [" ", ",", "\n", "#"] {
            let text = |number: usize| format!("{{ a {}\n}}", nothing.repeat(number));
            assert_eq!(code_of(&text(60_000)), None, "{nothing:?}");
            assert_eq!(
                code_of(&text(70_000)).as_deref(),
                Some("QUERY_TOO_COMPLEX"),
                "{nothing:?}"
            );
        }
        assert_eq!(code_of(&format!("{{ a(x: \"{}\") }}", " ".repeat(500_000))), None);
    }

    #[test]
    fn words_count_once_and_variables_are_seen() {
        let limits = DocumentLimits {
            tokens: 5,
            ..DocumentLimits::default()
        };
        assert!(scan("{ long_name_1 ...Frag }", &limits).is_ok());
        assert!(scan("{ a b c d }", &limits).is_err());
        let variables = scan("query($a: Int) { a(x: $a) }", &DocumentLimits::default()).map(|scan| scan.variables);
        assert_eq!(variables.ok(), Some(2));
    }
}
