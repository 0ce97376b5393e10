//! The types of events about calendar feeds.

use super::{
    event_type::{EventType, one},
    fields::*,
};

pub(super) const CALENDAR_FEED_CREATED: EventType = one(
    "calendar_feed.created",
    "Somebody made a calendar feed of their own.",
    &[FEED_NAME],
    &[NAME, TEAM_ID, CALENDAR_FORM, REMINDER_DAYS],
);

pub(super) const CALENDAR_FEED_REVOKED: EventType = one(
    "calendar_feed.revoked",
    "A calendar feed was revoked.",
    &[FEED_NAME],
    &[REVOKED_AT],
);

pub(super) const CALENDAR_FEED_ROTATED: EventType = one(
    "calendar_feed.rotated",
    "A calendar feed was given another address.",
    &[FEED_NAME],
    &[ROTATED_AT],
);
