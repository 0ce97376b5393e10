//! Logs: for people on a terminal, JSON lines otherwise. They go to stderr, so that stdout belongs to the command.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. `filter` is in the notation of tracing's `EnvFilter`, such as `info,postmortem_api=debug`.
pub fn start(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|problem| format!("log filter {filter:?}: {problem}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = if std::io::stderr().is_terminal() {
        registry
            .with(fmt::layer().with_writer(std::io::stderr).with_target(false).compact())
            .try_init()
    } else {
        registry
            .with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init()
    };
    started.map_err(|problem| problem.to_string())
}
