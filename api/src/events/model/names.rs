//! Types of events as people name them.

use super::catalogue::{CATALOGUE, EventType};
use crate::platform::error::Error;

/// The type of this name, in its latest version.
pub fn find(name: &str) -> Option<&'static EventType> {
    CATALOGUE
        .iter()
        .filter(|known| known.name == name)
        .max_by_key(|known| known.version)
}

/// The most types that one list may name.
const MOST: usize = 100;

/// The code of a type that there is not.
pub const UNKNOWN: &str = "UNKNOWN_TYPE";
/// How to name types.
pub const HOW_TO_NAME: &str = "There is no such type of event; take one of /events/schemas, such as recommendation.accepted, or all of a noun by recommendation.*.";

/// The types that are meant by one name, or by a noun as in `recommendation.*`.
pub fn meant_by(wanted: &str) -> impl Iterator<Item = &'static str> {
    let of_noun = wanted.strip_suffix(".*");
    let meant = move |name: &&str| {
        let noun = name.split_once('.').map(|(noun, _)| noun);
        *name == wanted || (of_noun.is_some() && noun == of_noun)
    };
    CATALOGUE.iter().map(|known| known.name).filter(meant)
}

/// The types that a list names: each exactly, or by its noun as in `recommendation.*`. In order, each once.
pub fn named(path: &str, wanted: &[String]) -> Result<Vec<&'static str>, Error> {
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(Error::invalid(
            path,
            "NUMBER_OF_TYPES",
            format!("Name 1 to {MOST} types, or leave {path} out for all of them."),
        ));
    }
    let mut found = Vec::new();
    for (position, wanted) in wanted.iter().enumerate() {
        let before = found.len();
        found.extend(meant_by(wanted));
        if found.len() == before {
            return Err(Error::invalid(format!("{path}.{position}"), UNKNOWN, HOW_TO_NAME));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_by(wanted: &[&str]) -> Result<Vec<&'static str>, Error> {
        let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        named("types", &wanted)
    }

    #[test]
    fn each_type_stands_once_and_in_order() {
        let names: Vec<_> = CATALOGUE.iter().map(|known| (known.name, known.version)).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    #[test]
    fn types_are_named_exactly_or_by_their_noun() {
        assert_eq!(
            named_by(&["service.updated", "service.created", "service.*"]).unwrap(),
            ["service.created", "service.updated"]
        );
        assert_eq!(named_by(&["report.published"]).unwrap(), ["report.published"]);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for wanted in [
            &[][..],
            &["*"],
            &["team"],
            &["team."],
            &["team.*.*"],
            &["*.created"],
            &["team.*", "teams.*"],
            &["Team.created"],
        ] {
            assert_eq!(named_by(wanted).unwrap_err().code(), "VALIDATION_FAILED", "{wanted:?}");
        }
    }
}
