//! The HTTP server: GraphQL, live updates, the explorer, signing in with a browser, notices of trackers, calendars, exports, and
//! what an orchestrator and Prometheus ask.

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
mod rate;
pub mod server;
mod trackers;
