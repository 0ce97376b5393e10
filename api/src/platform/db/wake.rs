//! How a reader of the event log hears that there is something to read.
//!
//! On PostgreSQL a transaction that wrote events says so with NOTIFY, which goes out at its commit to all processes that LISTEN. On
//! SQLite the process that wrote tells its own reader. Neither is relied upon: a reader also looks after a while, because a
//! connection may be lost with what it would have told, and because another process may write to the same file.

use std::{sync::Arc, time::Duration};

use sea_orm::sqlx::{Executor, postgres::PgListener};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

/// What is said, by name.
pub(super) const CHANNEL: &str = "postmortem_event";
/// How long to wait for what is told by all who write.
const WHEN_TOLD: Duration = Duration::from_secs(10);
/// How long to wait while some who write tell us nothing.
const WHEN_UNTOLD: Duration = Duration::from_secs(1);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);

/// Wakes a reader.
pub struct Wakings {
    here: Arc<Notify>,
    /// Where to listen; none for the embedded database.
    url: Option<String>,
    listener: Option<PgListener>,
    /// When it was last tried to listen.
    tried: Instant,
}

impl Wakings {
    pub(super) async fn new(here: Arc<Notify>, url: Option<String>) -> Self {
        let mut wakings = Self {
            here,
            url,
            listener: None,
            tried: Instant::now(),
        };
        wakings.listen().await;
        wakings
    }

    /// Connects, unless there is a connection or nothing to connect to.
    async fn listen(&mut self) {
        let (None, Some(url)) = (&self.listener, &self.url) else {
            return;
        };
        self.tried = Instant::now();
        let connected = timeout(CONNECT, async {
            let mut listener = PgListener::connect(url).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sea_orm::sqlx::Error>(listener)
        });
        match connected.await {
            Ok(Ok(listener)) => self.listener = Some(listener),
            // The text of such an error may quote the address, which holds a password.
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("cannot listen for new events; looking for them every second instead")
            }
        }
    }

    /// Returns when something may have been written, or after a while.
    pub async fn next(&mut self) {
        let Some(listener) = &mut self.listener else {
            let written = timeout(WHEN_UNTOLD, self.here.notified()).await;
            // A process that always writes has no pause in which it could try. What it wrote waits meanwhile, a few seconds at most.
            if written.is_err() || self.tried.elapsed() >= WHEN_TOLD {
                self.listen().await;
            }
            return;
        };
        match timeout(WHEN_TOLD, listener.try_recv()).await {
            // What was told meanwhile is told by the same look.
            Ok(Ok(Some(_))) => while listener.next_buffered().is_some() {},
            // The connection was lost and is made anew: look what it may have told.
            Ok(Ok(None)) => {}
            // Nothing happened, or nothing comes through any more.
            Err(_) => {
                let answered = timeout(CONNECT, listener.execute("SELECT 1")).await;
                if !answered.is_ok_and(|answer| answer.is_ok()) {
                    self.listener = None;
                    self.listen().await;
                }
            }
            Ok(Err(_)) => {
                self.listener = None;
                self.listen().await;
            }
        }
    }
}
