//! Reads a report back that was exported, from JSON or from Markdown.
//!
//! Whether a text is such a document is decided by what it says of itself; once it does, whatever is wrong with it is an error and
//! no other reading is tried.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{
    markdown::{closing, opening, put},
    record::{Record, SCHEMA, VERSION},
};
use crate::platform::error::Error;

/// How far into a text it says what it is.
const HEAD_BYTES: usize = 400;
/// How deeply a document may nest; ours do so five times.
const DEPTH: usize = 32;
/// The most front matter, in values.
const NODES: usize = 1_000_000;

/// The document in a text; none when it is no exported report.
pub fn exported(text: &str) -> Option<Result<Record, Error>> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let head: String = text.chars().take(HEAD_BYTES).collect();
    if text.starts_with('{') {
        let name = format!("\"{SCHEMA}\"");
        if !text.contains(&name) {
            return None;
        }
        return match serde_json::from_str::<Value>(text) {
            // Programs put the names of a document into any order.
            Ok(value) => (value.get("schema")?.as_str()? == SCHEMA).then(|| from_value(value)),
            Err(problem) => head.contains(&name).then(|| {
                Err(refused(format!(
                    "This exported report is no JSON that can be read: {problem}."
                )))
            }),
        };
    }
    let mut lines = head.lines();
    let is_fenced = lines.next().is_some_and(|line| line.trim_end() == "---");
    let says_so = |line: &str| {
        line.trim_end()
            .strip_prefix("schema:")
            .is_some_and(|name| name.trim().trim_matches(['"', '\'']) == SCHEMA)
    };
    (is_fenced && lines.any(says_so)).then(|| from_markdown(text))
}

/// Whether all of a text is one list or one object of JSON: a program has written it, whatever its file is called.
pub fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with(['[', '{']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn refused(message: impl Into<String>) -> Error {
    Error::invalid("markdown", "MALFORMED_DOCUMENT", message)
}

fn from_markdown(text: &str) -> Result<Record, Error> {
    let (front, body) = front_matter(text)?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEPTH, max_nodes: NODES, max_events: 4 * NODES, max_anchors: 0, max_aliases: 0 },
    };
    let mut value: Value = serde_saphyr::from_str_with_options(&front, options).map_err(|problem| {
        let first = problem.to_string();
        let first = first
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_owned();
        refused(format!(
            "The front matter of this exported report cannot be read: {first}."
        ))
    })?;
    check_version(&value)?;
    let marker = match value.as_object_mut().and_then(|fields| fields.remove("marker")) {
        Some(Value::String(marker)) if !marker.is_empty() => marker,
        _ => {
            return Err(refused(
                "The front matter lacks the word of the comments around the texts; add the line \"marker: text\".",
            ));
        }
    };
    texts(&mut value, body, &marker)?;
    from_value(value)
}

/// What stands between the first two lines of `---`, and what follows.
fn front_matter(text: &str) -> Result<(String, &str), Error> {
    let mut front = String::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        if number == 0 {
            continue;
        }
        if line.trim_end() == "---" {
            return Ok((front, text.get(at..).unwrap_or_default()));
        }
        front.push_str(line);
    }
    Err(refused(
        "The front matter of this exported report has no end; add a line of three hyphens after it.",
    ))
}

/// Puts the texts of the body to their places.
fn texts(value: &mut Value, body: &str, marker: &str) -> Result<(), Error> {
    let (open, close) = (opening(marker), closing(marker));
    let mut inside: Option<(String, usize, bool)> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let start = at;
        at += line.len();
        match &inside {
            None => {
                let place = line
                    .trim_end()
                    .strip_prefix(&open)
                    .and_then(|rest| rest.strip_suffix(" -->"));
                if let Some(place) = place {
                    inside = Some((place.to_owned(), at, line.ends_with("\r\n")));
                }
            }
            Some((place, from, has_returns)) if line.trim_end() == close => {
                let text = body.get(*from..start).unwrap_or_default();
                // The end of the last line belongs to the comment.
                let end = if *has_returns { "\r\n" } else { "\n" };
                let text = text.strip_suffix(end).unwrap_or(text);
                if !put(value, place, text) {
                    return Err(refused(format!(
                        "There is no place {place:?} in this report; correct the comment before the text."
                    )));
                }
                inside = None;
            }
            Some(_) => {}
        }
    }
    match inside {
        None => Ok(()),
        Some((place, ..)) => Err(refused(format!(
            "The text {place:?} has no end; add the line \"{close}\" after it."
        ))),
    }
}

fn check_version(value: &Value) -> Result<(), Error> {
    match value.get("version").and_then(Value::as_u64) {
        Some(VERSION) => Ok(()),
        Some(version) if version > VERSION => Err(Error::invalid(
            "markdown",
            "NEWER_VERSION",
            format!(
                "This document has version {version} of the form, and this service reads up to version {VERSION}; upgrade the service first."
            ),
        )),
        _ => Err(refused(format!(
            "This document does not say which version of the form it has; expected a number from 1 to {VERSION}."
        ))),
    }
}

fn from_value(mut value: Value) -> Result<Record, Error> {
    check_version(&value)?;
    // Editors have the address of the description in the document.
    if let Some(fields) = value.as_object_mut() {
        fields.remove("$schema");
    }
    let missing = Map::new();
    let report = value.get("report").and_then(Value::as_object).unwrap_or(&missing);
    if report.is_empty() {
        return Err(refused("This exported report has no part \"report\"; export it anew."));
    }
    let record: Record = serde_json::from_value(value).map_err(|problem| {
        refused(format!(
            "This exported report is not as version {VERSION} of the form says: {problem}."
        ))
    })?;
    record.checked()
}
