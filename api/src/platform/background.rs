//! The one place that spawns tasks. What runs here may be lost when the process ends; nothing that must happen does.

use std::{future::Future, pin::Pin};

/// Runs a future on this thread's runtime, beside the caller.
#[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
pub fn spawn(future: Pin<Box<dyn Future<Output = ()> + Send>>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(future)
}
