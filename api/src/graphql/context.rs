//! What every resolver finds in its context, and when what it asked for is loaded.
//!
//! A loader answers all the parents of one level in one statement, so it must not begin before the last of them has asked. How
//! long that takes cannot be known in time units: async-graphql resolves the items of a list a few at a time, and gives way
//! to other tasks in between. So nothing is loaded while the request still gets on by itself; once it can only wait, what it
//! has asked for until then is complete.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_graphql::{Context, Request, dataloader::DataLoader};

use super::ahead::Ahead;
use crate::{
    auth::{Reads, Session},
    platform::background::{self, Bound},
};

/// The request's session.
pub fn session<'a>(ctx: &Context<'a>) -> &'a Arc<Session> {
    ctx.data_unchecked()
}

/// The request's loaders.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Arc<DataLoader<Reads>> {
    ctx.data_unchecked()
}

/// Runs a request for `session`: with fresh loaders, because what one viewer may see another may not.
pub async fn with_session<F: Future>(
    request: Request,
    session: Arc<Session>,
    execute: impl FnOnce(Request) -> F,
) -> F::Output {
    let progress = Progress::default();
    let loads = Loads::default();
    let (seen, begun) = (progress.clone(), loads.0.clone());
    let loaders = DataLoader::new(Reads(session.clone()), move |load| {
        let progress = seen.clone();
        let load = background::spawn(Box::pin(async move {
            progress.halted().await;
            load.await;
        }));
        begun.lock().unwrap_or_else(PoisonError::into_inner).push(load.into());
    });
    // What the delay is for is done already.
    let loaders = loaders.delay(Duration::ZERO);
    progress
        .of(execute(
            request.data(session).data(Arc::new(loaders)).data(Ahead::default()),
        ))
        .await
}

/// What a request is loading. It ends with the request: a connection that it waits on must not be lost to others for longer.
#[derive(Default)]
struct Loads(Arc<Mutex<Vec<Bound>>>);

impl Drop for Loads {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Counts how often a request was polled. A request that gets on by itself asks to be polled again at once.
#[derive(Clone, Default)]
struct Progress(Arc<AtomicU64>);

impl Progress {
    async fn of<F: Future>(self, request: F) -> F::Output {
        let mut request = pin!(request);
        poll_fn(|context| {
            self.0.fetch_add(1, Ordering::Relaxed);
            request.as_mut().poll(context)
        })
        .await
    }

    /// Waits until the request can do nothing but wait.
    async fn halted(&self) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            tokio::task::yield_now().await;
            if self.0.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}
