//! The integration tests: one binary, one file for each feature and promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod abuse;
mod action_items;
mod ahead;
mod api_tokens;
mod audit;
mod authz_matrix;
mod backups;
mod bad_input;
mod bad_requests;
mod browsers;
mod calendar;
mod cli_client;
mod cli_import;
mod concurrency;
mod conformance;
mod connections;
mod container;
mod copies;
mod crashes;
mod dashboards;
mod demo;
mod documents;
mod edges;
mod event_schemas;
mod events;
mod explorer;
mod exports;
mod filters;
mod filters_of_recommendations;
mod findings;
mod follow_through;
mod fuzzed;
mod history;
mod idempotency;
mod import;
mod jwt_attacks;
mod keys;
mod lately;
mod limits;
mod live;
mod metrics;
mod narrow_reads;
mod odd_queries;
mod oidc;
mod other_lists;
mod out_of_reach;
mod overload;
mod pages;
mod policies;
mod policies_due;
mod privacy;
mod processes;
mod rate_limits;
mod recommendations;
mod recommendations_changes;
mod recommendations_due;
mod recovery;
mod recurrence;
mod reminders;
mod reports;
mod request_ids;
mod restricted;
mod restricted_changes;
mod retention;
mod root_causes;
mod schema;
mod search;
mod search_in_step;
mod search_words;
mod secrets;
mod settings_and_cli;
mod signing_keys;
mod similar;
mod sql_views;
mod statements;
mod statements_of_a_step;
mod structure;
mod traces;
mod trackers;
mod trackers_github;
mod trackers_redmine;
mod transitions;
mod upgrades;
mod web_pages;
mod webhooks;
mod webhooks_elsewhere;
mod webhooks_failing;
mod webhooks_told;
