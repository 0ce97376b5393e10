//! Query parameters as the filters and orders of GraphQL: each parameter is a place in the filter and a way to read its value.
//!
//! A parameter that nobody knows, or a value that cannot be meant, is refused: an export that silently held something else would be
//! believed. docs/exports.md has the tables; a test compares.

use async_graphql::{InputType, Value as GraphqlValue, Variables};
use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value, json};

use crate::{
    http::{engine::has_nul, graphql::query_string},
    platform::{
        error::Error,
        keys::{self, KeyKind},
    },
};

/// The longest query string, in bytes.
const LONGEST: usize = 16 * 1024;
/// How much of what was sent is quoted in a refusal, in characters.
const QUOTED: usize = 60;
/// How many known values a refusal lists.
const LISTED: usize = 40;

/// Values of an enum.
pub(super) type Values = fn() -> Vec<&'static str>;

/// A word that stands for several values of an enum.
pub(super) type Shorthand = (&'static str, Values);

/// How the value of a parameter is read.
pub(super) enum Takes {
    /// Values of an enum, and words that stand for several of them.
    OneOf(Values, &'static [Shorthand]),
    /// true or false.
    Flag,
    /// true when there is a value, false when there is none.
    Exists,
    /// A date.
    Day,
    /// An instant.
    Instant,
    /// A text that is contained.
    Text,
    /// Texts, one of which it is.
    Texts,
    /// Keys such as REC-40, of one kind.
    Keys(KeyKind),
    /// Addresses of users, or `me`, or `none`.
    People,
    /// Short names of teams, or `mine`, or `none`.
    Teams,
    /// Short names of services.
    Services,
    /// Short names of categories of causes.
    Categories,
}

/// One parameter.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// Where in the filter it stands.
    pub(super) at: &'static [&'static str],
    pub(super) takes: Takes,
}

pub(super) const fn parameter(name: &'static str, at: &'static [&'static str], takes: Takes) -> Parameter {
    Parameter { name, at, takes }
}

/// Names that must be known, which the database can tell.
pub(super) enum Named {
    Teams(Vec<String>),
    Services(Vec<String>),
    Categories(Vec<String>),
    Users(Vec<String>),
}

/// What was asked for.
#[derive(Default)]
pub(super) struct Asked {
    /// The filter of GraphQL, as JSON.
    pub(super) filter: Value,
    /// The order of GraphQL, as JSON.
    pub(super) order: Option<Value>,
    pub(super) named: Vec<Named>,
}

fn refused(name: &str, message: impl Into<String>) -> Error {
    Error::invalid(name, "UNKNOWN_VALUE", message)
}

fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// Names for a sentence.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let mut text = names
        .iter()
        .take(LISTED)
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > LISTED {
        text.push_str(" and others");
    }
    text
}

/// The names of all parameters of a list.
pub(super) fn names(parameters: &[Parameter]) -> Vec<&'static str> {
    let own = parameters.iter().map(|parameter| parameter.name);
    own.chain(["filter", "orderBy"]).collect()
}

/// Reads a query string.
pub(super) fn read(query: &str, parameters: &[Parameter], orders: &[&str]) -> Result<Asked, Error> {
    if query.len() > LONGEST {
        return Err(refused(
            "query",
            format!("The query string is longer than {LONGEST} bytes; ask for less at once."),
        ));
    }
    let pairs = query_string::decode(query).map_err(|refusal| refused("query", refusal.message))?;
    let mut asked = Asked::default();
    let (mut own, mut whole) = (json!({}), None);
    for (name, value) in &pairs {
        if value.contains('\0') {
            return Err(refused(name, "Remove the NUL character (%00) from the query string."));
        }
        match name.as_str() {
            "filter" => whole = Some(json_filter(value)?),
            "orderBy" => asked.order = Some(order(value, orders)?),
            _ => {
                let parameter = parameters.iter().find(|known| known.name == name).ok_or_else(|| {
                    Error::invalid(
                        "query",
                        "UNKNOWN_PARAMETER",
                        format!(
                            "There is no parameter {}; there are {}.",
                            quoted(name),
                            listed(&names(parameters))
                        ),
                    )
                })?;
                parameter.put(value, &mut own, &mut asked.named)?;
            }
        }
    }
    asked.filter = match whole {
        Some(whole) => json!({ "and": [whole, own] }),
        None => own,
    };
    Ok(asked)
}

fn json_filter(text: &str) -> Result<Value, Error> {
    let Ok(filter @ Value::Object(_)) = serde_json::from_str(text) else {
        return Err(refused(
            "filter",
            "filter is the filter of this list in GraphQL as a JSON object, such as {\"isOpen\":true}.",
        ));
    };
    // JSON may write one as an escape, which `read` does not see.
    if has_nul("", &Variables::from_json(filter.clone())) {
        return Err(refused("filter", "Remove the NUL character (\\u0000) from the filter."));
    }
    Ok(filter)
}

/// `FIELD`, `FIELD:ASC` or `FIELD:DESC`.
fn order(text: &str, orders: &[&str]) -> Result<Value, Error> {
    let (field, direction) = text.split_once(':').unwrap_or((text, "ASC"));
    if orders.contains(&field) && ["ASC", "DESC"].contains(&direction) {
        return Ok(json!({ "field": field, "direction": direction }));
    }
    Err(refused(
        "orderBy",
        format!(
            "orderBy is one of {}, followed by :DESC for the other direction; {} is not.",
            listed(orders),
            quoted(text)
        ),
    ))
}

/// The parts of a list that is written with commas.
fn parts(name: &str, text: &str) -> Result<Vec<String>, Error> {
    let parts: Vec<String> = text.split(',').map(|part| part.trim().to_owned()).collect();
    if parts.iter().any(String::is_empty) {
        return Err(refused(
            name,
            format!("{name} has an empty value; leave the parameter out, or write values with commas between them."),
        ));
    }
    Ok(parts)
}

/// Puts a value at a place of a JSON object.
fn put(object: &mut Value, at: &[&str], value: Value) {
    let Some((first, rest)) = at.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(fields) = object {
        put(fields.entry((*first).to_owned()).or_insert(Value::Null), rest, value);
    }
}

impl Parameter {
    fn put(&self, text: &str, filter: &mut Value, named: &mut Vec<Named>) -> Result<(), Error> {
        let name = self.name;
        let mut add = |more: &[&str], value: Value| {
            let at: Vec<&str> = self.at.iter().chain(more).copied().collect();
            put(filter, &at, value);
        };
        match &self.takes {
            Takes::OneOf(values, shorthands) => add(&["in"], json!(one_of(name, text, &values(), shorthands)?)),
            Takes::Flag => add(&[], json!(flag(name, text)?)),
            Takes::Exists => add(&["isNull"], json!(!flag(name, text)?)),
            Takes::Day => {
                let is_day = text.len() == 10 && text.parse::<NaiveDate>().is_ok();
                if !is_day {
                    return Err(refused(
                        name,
                        format!("{name} is a date such as 2026-11-23; {} is not.", quoted(text)),
                    ));
                }
                add(&[], json!(text));
            }
            Takes::Instant => {
                if DateTime::parse_from_rfc3339(text).is_err() {
                    let example = "an instant such as 2026-11-23T14:05:00Z, with + written as %2B";
                    return Err(refused(name, format!("{name} is {example}; {} is not.", quoted(text))));
                }
                add(&[], json!(text));
            }
            Takes::Text => {
                if text.is_empty() {
                    return Err(refused(
                        name,
                        format!("{name} is empty; leave the parameter out, or say what to look for."),
                    ));
                }
                add(&["contains"], json!(text));
            }
            Takes::Texts => add(&["in"], json!(parts(name, text)?)),
            Takes::Keys(kind) => add(&["in"], json!(keys_of(name, text, *kind)?)),
            Takes::People if text == "me" => add(&["isMe"], json!(true)),
            Takes::Teams if text == "mine" => add(&["isMine"], json!(true)),
            Takes::People | Takes::Teams if text == "none" => add(&["isNull"], json!(true)),
            Takes::People => {
                let addresses: Vec<String> = parts(name, text)?.iter().map(|part| part.to_lowercase()).collect();
                add(&["email", "in"], json!(addresses));
                named.push(Named::Users(addresses));
            }
            Takes::Teams => {
                let slugs = parts(name, text)?;
                add(&["slug", "in"], json!(slugs));
                named.push(Named::Teams(slugs));
            }
            Takes::Services => {
                let slugs = parts(name, text)?;
                add(&["slug", "in"], json!(slugs));
                named.push(Named::Services(slugs));
            }
            Takes::Categories => {
                let slugs = parts(name, text)?;
                add(&["slug", "in"], json!(slugs));
                named.push(Named::Categories(slugs));
            }
        }
        Ok(())
    }
}

/// Keys as they are stored. One that is not there is no mistake, and matches nothing.
fn keys_of(name: &str, text: &str, kind: KeyKind) -> Result<Vec<String>, Error> {
    let mut wanted = Vec::new();
    for part in parts(name, text)? {
        let key = keys::normalise(&part);
        if !kind.fits(&key) {
            let example = kind.example();
            return Err(refused(
                name,
                format!(
                    "{name} is one or more keys such as {example}; {} is not.",
                    quoted(&part)
                ),
            ));
        }
        wanted.push(key);
    }
    Ok(wanted)
}

fn one_of(
    name: &str,
    text: &str,
    values: &[&'static str],
    shorthands: &[Shorthand],
) -> Result<Vec<&'static str>, Error> {
    let mut wanted = Vec::new();
    for part in parts(name, text)? {
        if let Some(value) = values.iter().find(|value| **value == part) {
            wanted.push(*value);
        } else if let Some((_, stands_for)) = shorthands.iter().find(|(word, _)| *word == part) {
            wanted.extend(stands_for());
        } else {
            let known: Vec<&str> = values
                .iter()
                .copied()
                .chain(shorthands.iter().map(|(word, _)| *word))
                .collect();
            return Err(refused(
                name,
                format!("{name} is one or more of {}; {} is not.", listed(&known), quoted(&part)),
            ));
        }
    }
    Ok(wanted)
}

fn flag(name: &str, text: &str) -> Result<bool, Error> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(refused(
            name,
            format!("{name} is true or false; {} is neither.", quoted(text)),
        )),
    }
}

/// JSON as an input of GraphQL. What the input does not know is refused here: there is no document to be validated.
pub(super) fn input<T: InputType>(name: &str, given: &Value) -> Result<T, Error> {
    let value = GraphqlValue::from_json(given.clone()).map_err(Error::internal)?;
    let parsed = T::parse(Some(value)).map_err(|problem| {
        let message = problem.into_server_error(Default::default()).message;
        refused(name, format!("{name} cannot be read: {}", quoted(&message)))
    })?;
    let known = parsed.to_value().into_json().map_err(Error::internal)?;
    match stranger(given, &known) {
        None => Ok(parsed),
        Some((field, known)) => Err(refused(
            name,
            format!(
                "{name} has a field {} that is not known there; known are {}.",
                quoted(field),
                listed(&known)
            ),
        )),
    }
}

/// A field that was given and not read, and those that are read in its place.
fn stranger<'a>(given: &'a Value, known: &Value) -> Option<(&'a str, Vec<String>)> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            given.iter().find_map(|(field, value)| match known.get(field) {
                Some(known) => stranger(value, known),
                None => Some((field.as_str(), known.keys().cloned().collect())),
            })
        }
        (Value::Array(given), Value::Array(known)) => given
            .iter()
            .zip(known)
            .find_map(|(given, known)| stranger(given, known)),
        // One value may stand for a list of one.
        (given, Value::Array(known)) => known.first().and_then(|known| stranger(given, known)),
        _ => None,
    }
}
