//! Doubt about connections, after something waited for the database in vain.
//!
//! A network can fall silent: a firewall forgets connections, or the server is moved. Nobody is told, and who waits for an answer
//! waits until TCP gives up, a quarter of an hour or longer. Those who wait are stopped sooner than that; but a connection that is
//! given back in the middle of a statement is asked for a sign of life before it is used again, and keeps its place in the pool until it
//! answers. So while there is doubt, what is given back is closed instead, and connections are made anew.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::Databases;
use crate::platform::error::Error;

/// How long there is doubt. Making connections anew costs little, so it may be raised again and again.
const LASTS: Duration = Duration::from_secs(5);

/// What is dropped sooner than this was not waiting for a database in vain: whoever asked has gone away.
const LONG: Duration = Duration::from_secs(3);

/// Whether there is any.
#[derive(Clone, Default)]
pub(super) struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn is_raised(&self) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        raised.is_some_and(|raised| raised.elapsed() < LASTS)
    }
}

/// Raises doubt when it is dropped before the end of what it looks after, which lasted long.
struct Attendant<'a> {
    doubt: &'a Doubt,
    begun: Instant,
    is_done: bool,
}

impl Drop for Attendant<'_> {
    fn drop(&mut self) {
        if !self.is_done && self.begun.elapsed() >= LONG {
            self.doubt.raise();
        }
    }
}

// What is run here may be large, and is handed through many hands: it stands on the heap from the beginning.
impl Databases {
    /// Runs what others may stop. Connections that it has when it is stopped after a while are not used again.
    pub fn attended<'a, F: Future + 'a>(&'a self, work: F) -> impl Future<Output = F::Output> + use<'a, F> {
        let work = Box::pin(work);
        async move {
            let mut attendant = Attendant {
                doubt: &self.doubt,
                begun: Instant::now(),
                is_done: false,
            };
            let done = work.await;
            attendant.is_done = true;
            done
        }
    }

    /// Stops what takes longer than this.
    pub fn within<'a, T, F: Future<Output = Result<T, Error>> + 'a>(
        &'a self,
        time: Duration,
        work: F,
    ) -> impl Future<Output = Result<T, Error>> + use<'a, T, F> {
        let work = self.attended(work);
        async move {
            tokio::time::timeout(time, work).await.unwrap_or_else(|_| {
                self.doubt.raise();
                Err(Error::internal(format!("stopped after {} s", time.as_secs())))
            })
        }
    }

    /// Stops what asks the database and nobody else when it takes twice as long as a statement may: the server would have ended the
    /// statement, so its answer is lost. Without a limit on statements there is none here.
    pub fn in_time<'a, T, F: Future<Output = Result<T, Error>> + 'a>(
        &'a self,
        work: F,
    ) -> impl Future<Output = Result<T, Error>> + use<'a, T, F> {
        let work = Box::pin(work);
        async move {
            match self.statement_timeout_ms {
                0 => work.await,
                limit => self.within(Duration::from_millis(limit.saturating_mul(2)), work).await,
            }
        }
    }
}
