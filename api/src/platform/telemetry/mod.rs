//! Logs and traces. Logs are for people on a terminal, JSON lines otherwise; they go to stderr, so that stdout belongs to the
//! command. Traces go where the settings say, if they say so.

mod traces;

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

pub(in crate::platform) use traces::headers;
pub use traces::{Parent, Traces, continue_trace, failed, name, statement};

/// Starts logging, and tracing where that is asked for. `filter` is in the notation of tracing's `EnvFilter`, such as
/// `info,postmortem_api=debug`; it decides what is logged, not what is traced.
pub fn start(filter: &str, traces: Option<&Traces>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|problem| format!("log filter {filter:?}: {problem}"))?;
    let registry = tracing_subscriber::registry().with(traces.map(Traces::layer));
    let started = if std::io::stderr().is_terminal() {
        let lines = fmt::layer().with_writer(std::io::stderr).with_target(false).compact();
        registry.with(lines.with_filter(filter)).try_init()
    } else {
        let lines = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
        registry.with(lines.with_filter(filter)).try_init()
    };
    started.map_err(|problem| problem.to_string())
}
