//! The one place that spawns tasks. What runs here may be lost when the process ends; nothing that must happen does.

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin};

use futures_util::FutureExt;

use super::error::Error;

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

/// Lets one step of a worker run, and makes an error of its panic: what else the worker does goes on. The step is looked at again
/// as after any other failure, by what stands in the database.
pub async fn survive<T>(step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // Nothing of the step is touched afterwards, so there is no broken state to observe.
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(done) => done,
        Err(_) => Err(Error::internal("it panicked; the panic hook has logged where")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn step(panics: bool) -> Result<u32, Error> {
        if panics {
            panic!("as the test wants it");
        }
        Ok(7)
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        assert_eq!(survive(step(false)).await.unwrap(), 7);
        assert_eq!(survive(step(true)).await.unwrap_err().code(), "INTERNAL");
    }
}
