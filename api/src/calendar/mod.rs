//! Calendars: the due dates of a person or a team as an iCalendar feed (RFC 5545) behind a secret address.
//!
//! A feed belongs to a person and shows what that person may see when it is read; what only an admin may see is left out, because
//! a calendar program reads it every hour and nobody looks. Whoever has the address reads the feed, so it can be replaced and
//! revoked, and is stored as a digest only.
//!
//! What was in a feed and leaves it must leave the calendars that have it too. So a feed remembers what it has shown
//! ([`queries::shown`]), and [`service::read`] compares: what has changed gets a higher sequence, and what has left is shown as
//! cancelled for [`model::CANCELLED_DAYS`] days, without its text when its owner may no longer see it. A reading that finds nothing
//! new writes nothing.
//!
//! Not here: the address on the wire, its caching and its limits. That is `http::calendar`.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod policy;
pub mod queries;
pub mod service;
