//! The integration tests: one binary, one file for each feature and promise.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bad_input;
mod demo;
mod filters;
mod findings;
mod history;
mod import;
mod keys;
mod pages;
mod recommendations;
mod recurrence;
mod reports;
mod restricted;
mod root_causes;
mod schema;
mod settings_and_cli;
mod statements;
mod structure;
mod transitions;
