//! The one place that spawns tasks. What runs here may be lost when the process ends; nothing that must happen does.

use std::{future::Future, pin::Pin};

/// Runs a future on this thread's runtime, beside the caller.
#[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
pub fn spawn(future: Pin<Box<dyn Future<Output = ()> + Send>>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(future)
}

/// Runs a future on this thread beside the caller, also one that cannot leave the thread.
#[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
pub fn spawn_here(future: impl Future<Output = ()> + 'static) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_local(future)
}

/// A task that ends when this is dropped.
pub struct Bound(tokio::task::JoinHandle<()>);

impl From<tokio::task::JoinHandle<()>> for Bound {
    fn from(task: tokio::task::JoinHandle<()>) -> Self {
        Self(task)
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.abort();
    }
}
