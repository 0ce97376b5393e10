//! YAML front matter.
//!
//! It is taken off before the Markdown is parsed, and only when it really is a mapping: a document may as well begin
//! with a thematic break. Keys are matched like the labels in the text; keys that only steer a site generator are
//! dropped, all others are kept as text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::source::Source;

/// Longer front matter is not front matter.
const MAX_LINES: usize = 300;
const PRESENTATION: &[&str] = &[
    "layout",
    "parent",
    "nav_order",
    "has_children",
    "weight",
    "draft",
    "slug",
    "uuid",
    "template",
    "comments",
    "toc",
    "permalink",
    "sidebar",
    "hide",
    "image",
    "images",
    "readtime",
    "pin",
    "lang",
    "sidebar_position",
    "id",
    "aliases",
    "source_fetched_at",
];

#[derive(Default)]
pub(super) struct FrontMatter {
    values: BTreeMap<String, Value>,
    /// Something stood where front matter stands and could not be read.
    pub(super) is_unreadable: bool,
}

/// Takes the front matter out of the source.
pub(super) fn take(source: &mut Source) -> FrontMatter {
    let Some(first) = source
        .numbered()
        .find(|(_, line)| !line.trim().is_empty())
        .map(|(number, _)| number)
    else {
        return FrontMatter::default();
    };
    if source.line(first).trim_end() != "---" {
        return FrontMatter::default();
    }
    let end = source
        .numbered()
        .skip(first)
        .take(MAX_LINES)
        .find(|(_, line)| matches!(line.trim_end(), "---" | "..."))
        .map(|(number, _)| number);
    let Some(end) = end else {
        return FrontMatter::default();
    };
    let yaml: Vec<&str> = (first + 1..end).map(|number| source.line(number)).collect();
    let looks_like_keys = yaml
        .iter()
        .any(|line| line.split_once(':').is_some_and(|(key, _)| is_key(key)));
    let values = serde_saphyr::from_str::<BTreeMap<String, Value>>(&yaml.join("\n")).ok();
    match values.or_else(|| by_line(&yaml)) {
        Some(values) => {
            for number in first..=end {
                source.erase_line(number);
            }
            FrontMatter {
                values: values
                    .into_iter()
                    .map(|(key, value)| (key.to_lowercase(), value))
                    .collect(),
                is_unreadable: false,
            }
        }
        None => FrontMatter {
            values: BTreeMap::new(),
            is_unreadable: looks_like_keys,
        },
    }
}

/// What is no YAML only for a name such as `@ada` or a colon in a title: a key and its value on each line, or items of
/// the key above.
fn by_line(lines: &[&str]) -> Option<BTreeMap<String, Value>> {
    let mut values: BTreeMap<String, Value> = BTreeMap::new();
    let mut last = String::new();
    for line in lines
        .iter()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
    {
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            match values.get_mut(&last)? {
                Value::Array(items) => items.push(value_of(item)?),
                value => *value = Value::Array(vec![value_of(item)?]),
            }
            continue;
        }
        let (key, value) = line.split_once(':').filter(|(key, _)| is_key(key))?;
        key.clone_into(&mut last);
        values.insert(last.clone(), value_of(value)?);
    }
    (!values.is_empty()).then_some(values)
}

/// The value of a line, or nothing when it goes on below or is not closed.
fn value_of(text: &str) -> Option<Value> {
    let text = text.trim();
    let inside = |open: char, close: char| text.strip_prefix(open).map(|rest| rest.strip_suffix(close));
    let text = [('"', '"'), ('\'', '\''), ('[', ']')]
        .into_iter()
        .find_map(|(open, close)| inside(open, close))
        .unwrap_or(Some(text))?;
    (!text.starts_with(['{', '|', '>', '&', '*'])).then(|| Value::from(text))
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

impl FrontMatter {
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.values.get(key).map(plain).filter(|text| !text.trim().is_empty())
    }

    /// Keys and values as text, lists joined by commas, without what only steers a site generator.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        self.values
            .iter()
            .filter(|(key, _)| !PRESENTATION.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), plain(value)))
            .filter(|(_, text)| !text.trim().is_empty())
            .collect()
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(plain).filter(|text| !text.is_empty()).collect();
            texts.join(", ")
        }
        Value::Object(map) => {
            let texts: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", plain(value)))
                .collect();
            texts.join(", ")
        }
        other => other.to_string(),
    }
}
