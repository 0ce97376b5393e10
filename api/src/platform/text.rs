//! What text may look like, said once: titles, Markdown, labels, slugs, links, e-mail addresses.

use email_address::EmailAddress;
use url::Url;

use super::error::Error;

/// The most characters of a title.
pub const TITLE_CHARS: usize = 300;
/// The most characters of one Markdown text.
pub const MARKDOWN_CHARS: usize = 200_000;
/// The most characters of a reason or a note.
pub const NOTE_CHARS: usize = 5_000;
/// The most labels of one object.
pub const LABELS: usize = 50;

fn too_long(path: &str, chars: usize) -> Error {
    Error::invalid(
        path,
        "TOO_LONG",
        format!("This text is too long; use at most {chars} characters."),
    )
}

/// One line that is not empty.
pub fn title(path: &str, text: &str) -> Result<String, Error> {
    line(path, text, TITLE_CHARS)
}

/// One line of at most `chars` characters that is not empty.
pub fn line(path: &str, text: &str, chars: usize) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(path, "REQUIRED", "This may not be empty."));
    }
    if text.chars().count() > chars {
        return Err(too_long(path, chars));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(
            path,
            "CONTROL_CHARACTER",
            "This must be one line without control characters.",
        ));
    }
    Ok(text.to_owned())
}

/// Markdown; may be empty. Kept as written.
pub fn markdown(path: &str, text: &str) -> Result<String, Error> {
    if text.chars().count() > MARKDOWN_CHARS {
        return Err(too_long(path, MARKDOWN_CHARS));
    }
    if text.contains('\0') {
        return Err(Error::invalid(
            path,
            "CONTROL_CHARACTER",
            "Remove the NUL character from this text.",
        ));
    }
    Ok(text.to_owned())
}

/// A reason, a note or a body that must say something.
pub fn note(path: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(path, "REQUIRED", "This may not be empty."));
    }
    if text.chars().count() > NOTE_CHARS {
        return Err(too_long(path, NOTE_CHARS));
    }
    markdown(path, text)
}

/// A note that may be absent; blank counts as absent.
pub fn optional_note(path: &str, text: Option<&str>) -> Result<Option<String>, Error> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => note(path, text).map(Some),
    }
}

/// Labels: trimmed, each once, in alphabetical order.
pub fn labels(path: &str, labels: &[String]) -> Result<Vec<String>, Error> {
    let mut checked = Vec::with_capacity(labels.len().min(LABELS));
    for (position, label) in labels.iter().enumerate() {
        checked.push(line(&format!("{path}.{position}"), label, 60)?);
    }
    checked.sort();
    checked.dedup();
    if checked.len() > LABELS {
        return Err(Error::invalid(
            path,
            "TOO_MANY",
            format!("Use at most {LABELS} labels."),
        ));
    }
    Ok(checked)
}

/// A short name for URLs: lower case letters, digits and single hyphens.
pub fn slug(path: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let sane = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if text.is_empty()
        || text.len() > 60
        || !sane
        || text.starts_with('-')
        || text.ends_with('-')
        || text.contains("--")
    {
        return Err(Error::invalid(
            path,
            "MALFORMED_SLUG",
            "A slug has 1 to 60 lower case letters, digits and single hyphens, such as data-platform.",
        ));
    }
    Ok(text.to_owned())
}

/// A link that people can follow: http or https, without credentials. Parsers take blanks and ends of lines out of a link, and whoever
/// writes it into a line of a file does not; so it has none.
pub fn url(path: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let is_one_word = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let parsed = Url::parse(text).ok().filter(|url| {
        is_one_word
            && matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.has_host()
    });
    match parsed {
        Some(_) if text.len() <= 2_000 => Ok(text.to_owned()),
        Some(_) => Err(too_long(path, 2_000)),
        None => Err(Error::invalid(
            path,
            "MALFORMED_URL",
            "This is not a link that can be followed; write it out with https://, and without blanks or a password.",
        )),
    }
}

/// An e-mail address, in lower case: people are found by it.
pub fn email(path: &str, text: &str) -> Result<String, Error> {
    let text = text.trim().to_lowercase();
    if text.len() <= 254 && EmailAddress::is_valid(&text) && !text.contains('<') {
        Ok(text)
    } else {
        Err(Error::invalid(
            path,
            "MALFORMED_EMAIL",
            "This is not an e-mail address such as ada@example.org.",
        ))
    }
}

/// `INCIDENT_COMMANDER` as people write it.
pub fn words(constant: &str) -> String {
    let lower = constant.to_lowercase().replace('_', " ");
    let mut letters = lower.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Text for a cell of a spreadsheet, which computes what begins like a formula: an apostrophe keeps it text.
///
/// Some spreadsheets take a semicolon or a tab for the end of a cell, whatever the file says; so what follows one counts as a
/// beginning too. Those of East Asia also compute signs of full width.
pub fn no_formula(text: &str) -> String {
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let ends = |c: char| matches!(c, ';' | '\t' | '\r' | '\n');
    let mut safe = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    let mut is_beginning = true;
    for c in text.chars() {
        if is_beginning && begins(c) {
            safe.push('\'');
        }
        is_beginning = ends(c) || is_beginning && c == ' ';
        safe.push(c);
    }
    safe
}

/// Plain text that must not become markup when it stands in Markdown.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_wherever_a_cell_may_begin() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("  +1", "  '+1"),
            ("\t=1", "'\t'=1"),
            ("a; =1;b", "a; '=1;b"),
            ("a;\t@x", "a;\t'@x"),
            ("well-known = known, -1", "well-known = known, -1"),
            ("", ""),
        ] {
            assert_eq!(no_formula(text), safe);
        }
    }

    #[test]
    fn links_are_one_word() {
        for text in [
            "https://a.example/x\ny",
            "https://a.example/\tx",
            "https://a.example/x y",
            "https://a.example/\u{7f}",
            "https://a\r.example",
        ] {
            assert!(url("url", text).is_err(), "{text:?}");
        }
        assert!(url("url", " https://a.example/x%20y ").is_ok());
    }
}
