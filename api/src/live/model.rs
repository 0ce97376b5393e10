//! What a subscription wants, before any row is looked at.

use entity::enums::SubjectKind;

use crate::{events::model::names::named, platform::error::Error};

/// What a subscription wants of the log. It spares the database a look at what is not wanted anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// None: everything.
    types: Option<Vec<&'static str>>,
    subject: Option<SubjectKind>,
}

impl Wanted {
    /// Events of some types; none given: of all.
    pub fn of_types(types: Option<&[String]>) -> Result<Self, Error> {
        Ok(Self {
            types: types.map(|types| named("types", types)).transpose()?,
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
        let of_type = |types: &Vec<&str>| types.contains(&event_type);
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

    #[test]
    fn only_what_is_of_the_types_is_wanted() {
        let types = ["comment.added".to_owned(), "report.*".to_owned()];
        let wanted = Wanted::of_types(Some(&types)).unwrap();
        for (event_type, is_wanted) in [
            ("report.published", true),
            ("comment.added", true),
            ("team.created", false),
        ] {
            assert_eq!(
                wanted.admits(event_type, SubjectKind::Report),
                is_wanted,
                "{event_type}"
            );
        }
        assert!(Wanted::of_types(Some(&[])).is_err());
        let all = Wanted::of_types(None).unwrap();
        assert!(all.admits("comment.added", SubjectKind::Report));
    }

    #[test]
    fn what_happened_to_other_things_is_not_wanted() {
        let wanted = Wanted::about(SubjectKind::Report);
        assert!(wanted.admits("comment.added", SubjectKind::Report));
        assert!(!wanted.admits("comment.added", SubjectKind::Recommendation));
    }
}
