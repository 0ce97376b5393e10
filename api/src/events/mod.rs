//! The event log: what happened, by whom, with old and new values. Append-only.
//!
//! An event is written in the transaction of the change itself, by [`service::record`], as the last thing before the
//! commit. On PostgreSQL the writer first takes a lock that it keeps until it has committed, so events are numbered in the
//! order in which they become visible, and a reader who remembers a number never misses a later one. On SQLite there is one
//! writer anyway.
//!
//! The feed ([`queries`]) reads them in that order. What types there are, and what stands in each, is the catalogue
//! ([`model::catalogue`]): a type that is not in it is not written, and the JSON Schemas that receivers rely on are made of it.
//!
//! An event names the report it falls under; whoever may not see that report does not see the event.
//!
//! All features write here; this one imports none of them.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
