//! The HTTP server: GraphQL, the explorer, and what an orchestrator asks.

mod engine;
pub mod graphql;
mod health;
pub mod server;
