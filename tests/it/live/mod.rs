//! Live updates: the protocols, who receives what, in which order, and what ends them.

mod access;
mod clients;
mod order;
mod sockets;
mod streams;

use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Engine, TestApp};

/// Everything that happens.
const EVENTS: &str = "subscription ($after: String) { events(after: $after) { id type sequence } }";

/// With other settings.
async fn app_with(engine: Engine, change: impl FnOnce(Settings) -> Settings) -> TestApp {
    TestApp::with_settings(engine, change).await
}
