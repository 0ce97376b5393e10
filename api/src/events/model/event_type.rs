//! What there is to say of a type of event.

use super::fields::Field;

/// A type of event, in one version.
pub struct EventType {
    /// `<noun>.<past participle>`.
    pub name: &'static str,
    /// The version of its form.
    pub version: i32,
    /// What has happened.
    pub about: &'static str,
    /// What its payload holds.
    pub payload: &'static [Field],
    /// Whose old and new values it may tell.
    pub changes: &'static [Field],
}

pub(super) const fn one(
    name: &'static str,
    about: &'static str,
    payload: &'static [Field],
    changes: &'static [Field],
) -> EventType {
    EventType {
        name,
        version: 1,
        about,
        payload,
        changes,
    }
}
