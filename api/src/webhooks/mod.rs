//! Webhooks: events told to other services as they happen.
//!
//! An **endpoint** is an address with patterns of event types, a filter by teams and severities, and a format: JSON by Standard
//! Webhooks, or messages for Slack, Teams and Discord. A **delivery** is one event for one endpoint; its rows are the queue and
//! the record in one (docs/adr/0003). An **attempt** is one call and what came back.
//!
//! | status of a delivery | meaning |
//! |---|---|
//! | PENDING | not tried yet |
//! | FAILED | tried in vain, and will be tried again at `next_attempt_at` |
//! | SUCCEEDED | answered with a status from 200 to 299 |
//! | DEAD | given up: after the last retry, with its endpoint disabled, or because the report has become RESTRICTED |
//!
//! [`service::fan_out()`] reads the events after the cursor, in their one order, and makes the deliveries. A worker claims them:
//! in one short transaction it holds the endpoint's row, which others then skip, and puts a lease on a delivery. The call is
//! made outside of any transaction; [`service::attempt`] records how it went. A worker that dies leaves a lease that runs out, so
//! every event is told at least once, always under its own id. While an endpoint works there is one call to it at a time, which
//! keeps the order of events; while it fails there are up to eight, since retries have broken the order anyway.
//!
//! What is sent is read when it is sent, in the eyes of somebody who may read what every VIEWER may: nothing of RESTRICTED reports,
//! of users and of tokens. An endpoint that an admin has marked `includesRestricted` is told what an admin sees.
//!
//! Invariants: no call inside a transaction; a secret is sealed before it is stored and shown once; one delivery for each endpoint
//! and event.
//!
//! Not here: what the events are. Every feature writes them; this one only reads the log.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
