//! The types of events about users.

use super::{
    event_type::{EventType, one},
    fields::*,
    lists::*,
};

pub(super) const USER_ANONYMIZED: EventType = one(
    "user.anonymized",
    "The name and address of a user were taken away, also from earlier events.",
    &[],
    &[IS_ACTIVE],
);

pub(super) const USER_CREATED: EventType = one(
    "user.created",
    "A user was made, or signed in for the first time.",
    &[ISSUER, SUBJECT],
    OF_A_USER,
);

pub(super) const USER_IDENTITY_LINKED: EventType = one(
    "user.identity_linked",
    "A name at an issuer was bound to a user.",
    &[],
    &[IDENTITY],
);

pub(super) const USER_IDENTITY_UNLINKED: EventType = one(
    "user.identity_unlinked",
    "A name at an issuer is bound to a user no more.",
    &[],
    &[IDENTITY],
);

pub(super) const USER_UPDATED: EventType = one("user.updated", "A user was changed.", &[ISSUER, SUBJECT], OF_A_USER);
