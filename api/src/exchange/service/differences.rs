//! How a document and what is here differ, told to people.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{exchange::forms::record::Record, platform::error::Error};

/// The most that are told one by one.
const TOLD: usize = 50;
/// The most characters of a value that is shown.
const SHOWN: usize = 40;

/// A sentence for each place in which the two differ. When something was changed last is no difference.
pub(super) fn differences(here: &Record, document: &Record) -> Result<Vec<String>, Error> {
    let value = |record: &Record| serde_json::to_value(record).map_err(Error::internal);
    let mut found = Vec::new();
    compare("", &value(here)?, &value(document)?, &mut found);
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if more > 0 {
        found.push(format!("… and {more} more."));
    }
    Ok(found)
}

fn compare(path: &str, here: &Value, there: &Value, found: &mut Vec<String>) {
    match (here, there) {
        (Value::Object(here), Value::Object(there)) => {
            let names: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
            for name in names.into_iter().filter(|name| *name != "updatedAt") {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                compare(&path, &of(here), &of(there), found);
            }
        }
        (Value::Array(here), Value::Array(there)) if has_ids(here) || has_ids(there) => {
            for part in here {
                let label = format!("{path}[{}]", label(part));
                match there.iter().find(|other| other.get("id") == part.get("id")) {
                    Some(other) => compare(&label, part, other, found),
                    None => found.push(format!("{label} is here and not in the document.")),
                }
            }
            for part in there {
                if !here.iter().any(|other| other.get("id") == part.get("id")) {
                    found.push(format!("{path}[{}] is in the document and not here.", label(part)));
                }
            }
        }
        _ if here != there => found.push(format!(
            "{path}: {} here, {} in the document.",
            shown(here),
            shown(there)
        )),
        _ => {}
    }
}

fn has_ids(list: &[Value]) -> bool {
    list.first().is_some_and(|part| part.get("id").is_some())
}

fn label(part: &Value) -> String {
    let name = ["key", "title", "occurredAt", "id"]
        .iter()
        .find_map(|name| part.get(name)?.as_str());
    name.map(cut).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => format!("{:?}", cut(text)),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let cut: String = text.chars().take(SHOWN).collect();
    format!("{cut}…")
}
