//! The HTTP server: GraphQL, live updates, the explorer, reports as files, signing in with a browser, notices of trackers, and what an orchestrator asks.

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
mod rate;
pub mod server;
mod trackers;
