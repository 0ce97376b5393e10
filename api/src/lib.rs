//! The Postmortem service: reports, root causes and recommendations as records, and what became of them.
//!
//! Start at ARCHITECTURE.md. In short: a folder is a feature, a file name is a layer, and calls go
//! `http, graphql → service (writes) / queries and loaders (reads) → entity`.

pub mod access;
pub mod action_items;
pub mod auth;
pub mod calendar;
pub mod cli;
pub mod comments;
pub mod demo;
pub mod events;
pub mod exchange;
pub mod follow_through;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod incidents;
pub mod jobs;
pub mod live;
pub mod metrics;
pub mod pages;
pub mod people;
pub mod platform;
pub mod policies;
pub mod privacy;
pub mod recommendations;
pub mod reminders;
pub mod reports;
pub mod root_causes;
pub mod schema;
pub mod search;
pub mod trackers;
pub mod webhooks;
