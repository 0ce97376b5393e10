//! Keys, and what a row under a key means.

use chrono::{DateTime, Utc};

/// The most characters of a key.
pub const MAX_KEY: usize = 255;

/// The key in a header's value: visible ASCII. The draft of the header writes it in quotes, most clients write it without; both
/// are the same key.
pub fn key(value: &str) -> Option<&str> {
    let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = unquoted.unwrap_or(value);
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    ((1..=MAX_KEY).contains(&key.len()) && key.bytes().all(is_plain)).then_some(key)
}

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What a row says about a repetition, when it has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The first is still running.
    Running,
    /// Something was saved, and nobody knows the answer any more.
    Lost,
    /// Nothing was saved: it may be run.
    Free,
}

/// What a run that was held until some moment, and committed so much, means now.
pub fn unanswered(held_until: DateTime<Utc>, commits: i64, now: DateTime<Utc>) -> Unanswered {
    match (held_until > now, commits) {
        (true, _) => Unanswered::Running,
        (false, 0) => Unanswered::Free,
        (false, _) => Unanswered::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_visible_ascii_of_bounded_length() {
        for (value, expected) in [
            (
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
                Some("8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ),
            ("\"8e03978e\"", Some("8e03978e")),
            ("a", Some("a")),
            ("", None),
            ("\"\"", None),
            ("\"a", None),
            ("a b", None),
            ("a\tb", None),
            ("a\"b", None),
            ("\"a\\\\b\"", None),
            ("schlüssel", None),
        ] {
            assert_eq!(key(value), expected, "{value}");
        }
        assert!(key(&"x".repeat(MAX_KEY)).is_some() && key(&"x".repeat(MAX_KEY + 1)).is_none());
        assert!(key(&format!("\"{}\"", "x".repeat(MAX_KEY))).is_some());
    }
}
