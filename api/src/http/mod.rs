//! The HTTP server: GraphQL, live updates, the explorer, the web pages, signing in with a browser, notices of trackers, calendars,
//! lists and reports as files, and what an orchestrator and Prometheus ask.

mod calendar;
mod caller;
mod cookies;
mod credential;
mod engine;
mod event_schemas;
mod export;
pub mod graphql;
mod health;
mod keys;
mod live;
mod login;
mod measure;
mod metrics;
pub mod overload;
mod pages;
mod rate;
mod report_files;
pub mod request_ids;
mod schemas;
pub mod server;
mod trackers;
mod unread;
