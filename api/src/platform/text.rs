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

/// A link that people can follow: http or https, without credentials.
pub fn url(path: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let parsed = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
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
            "This is not a link that can be followed; write it out with https:// and without a password.",
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
pub fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
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
