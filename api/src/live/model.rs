//! What a subscription wants, before any row is looked at.

use entity::enums::SubjectKind;

use crate::platform::error::Error;

/// How many types a subscription may name.
const MAX_TYPES: usize = 100;

/// Types of events, such as `recommendation.accepted` and `recommendation.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Type(String),
    /// What happened to a noun, with the dot.
    Noun(String),
}

impl Pattern {
    fn read(path: String, text: &str) -> Result<Self, Error> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match text.split_once('.') {
            Some((noun, "*")) if word(noun) => Ok(Self::Noun(format!("{noun}."))),
            Some((noun, verb)) if word(noun) && word(verb) => Ok(Self::Type(text.to_owned())),
            _ => Err(Error::invalid(
                path,
                "MALFORMED_EVENT_TYPE",
                "This is not a type of events; write one such as recommendation.accepted, or recommendation.* for all of a kind.",
            )),
        }
    }

    fn admits(&self, event_type: &str) -> bool {
        match self {
            Self::Type(name) => name == event_type,
            Self::Noun(noun) => event_type.starts_with(noun),
        }
    }
}

/// What a subscription wants of the log. It spares the database a look at what is not wanted anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// None: everything.
    types: Option<Vec<Pattern>>,
    subject: Option<SubjectKind>,
}

impl Wanted {
    /// Events of some types; none given: of all.
    pub fn of_types(types: Option<&[String]>) -> Result<Self, Error> {
        let Some(types) = types else {
            return Ok(Self::default());
        };
        if types.len() > MAX_TYPES {
            return Err(Error::invalid(
                "types",
                "TOO_MANY",
                format!("Name at most {MAX_TYPES} types, or recommendation.* for all of a kind."),
            ));
        }
        let types = types.iter().enumerate();
        let patterns = types.map(|(position, text)| Pattern::read(format!("types.{position}"), text));
        Ok(Self {
            types: Some(patterns.collect::<Result<_, _>>()?),
            subject: None,
        })
    }

    /// What happened to one kind of thing.
    pub fn about(subject: SubjectKind) -> Self {
        Self {
            types: None,
            subject: Some(subject),
        }
    }

    /// Could it want this?
    pub fn admits(&self, event_type: &str, subject: SubjectKind) -> bool {
        let of_type = |types: &Vec<Pattern>| types.iter().any(|pattern| pattern.admits(event_type));
        self.types.as_ref().is_none_or(of_type) && self.subject.is_none_or(|wanted| wanted == subject)
    }
}

/// Where a subscription begins, and what it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it wants.
    pub wanted: Wanted,
    /// The sequence after which it wants it.
    pub after: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(types: &[&str], event_type: &str) -> bool {
        let types: Vec<String> = types.iter().map(|text| (*text).to_owned()).collect();
        let wanted = Wanted::of_types(Some(&types)).unwrap();
        wanted.admits(event_type, SubjectKind::Report)
    }

    #[test]
    fn a_pattern_stands_for_all_of_a_noun_and_no_other() {
        assert!(admits(&["report.*"], "report.published"));
        assert!(!admits(&["report.*"], "report_import.made"));
        assert!(!admits(&["report.published"], "report.reopened"));
        assert!(admits(&["comment.added", "report.*"], "report.reopened"));
        assert!(!admits(&[], "report.published"));
        assert!(
            Wanted::of_types(None)
                .unwrap()
                .admits("comment.added", SubjectKind::Report)
        );
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "*",
            "report",
            ".added",
            "report.",
            "Report.added",
            "report.**",
            "a.b.c",
            "report .added",
        ] {
            assert!(Wanted::of_types(Some(&[text.to_owned()])).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_happened_to_other_things_is_not_wanted() {
        let wanted = Wanted::about(SubjectKind::Report);
        assert!(wanted.admits("comment.added", SubjectKind::Report));
        assert!(!wanted.admits("comment.added", SubjectKind::Recommendation));
    }
}
