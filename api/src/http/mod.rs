//! The HTTP server: GraphQL, the explorer, signing in with a browser, and what an orchestrator asks.

mod caller;
mod cookies;
mod engine;
mod event_schemas;
pub mod graphql;
mod health;
mod keys;
mod login;
mod rate;
pub mod server;
