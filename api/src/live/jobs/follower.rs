//! The task that reads what is new, once for all subscribers of the process.

use std::sync::Arc;

use tokio::sync::{
    Mutex,
    broadcast::{Sender, WeakSender},
};

use super::News;
use crate::{
    auth::Session,
    events::queries::events_after,
    platform::{
        db::Wakings,
        error::{Error, chain},
    },
};

/// How many events are read at a time.
const BATCH: u64 = 200;

pub(super) struct Follower {
    pub(super) session: Arc<Session>,
    pub(super) sender: Sender<News>,
    pub(super) wakings: Wakings,
    /// The sequence of the last event that was handed on.
    pub(super) position: i64,
    pub(super) running: Arc<Mutex<Option<WeakSender<News>>>>,
}

impl Follower {
    /// Until nobody subscribes any more. A failure is logged, and what it left is read at the next look.
    pub(super) async fn run(mut self) {
        loop {
            self.wakings.next().await;
            if self.sender.receiver_count() == 0 {
                let mut running = self.running.lock().await;
                // Somebody may have come before the lock did.
                if self.sender.receiver_count() == 0 {
                    *running = None;
                    return;
                }
            }
            let databases = self.session.app.databases.clone();
            if let Err(error) = databases.in_time(self.hand_on()).await {
                tracing::error!(error = %chain(&error), "the event log could not be read and will be read again");
            }
        }
    }

    async fn hand_on(&mut self) -> Result<(), Error> {
        loop {
            let events = events_after(&self.session.db, self.position, BATCH).await?;
            let is_all = u64::try_from(events.len()).is_ok_and(|read| read < BATCH);
            for event in events {
                self.position = event.sequence;
                // Fails when the last subscriber has just gone, who misses nothing then.
                let _ = self.sender.send(Arc::new(event));
            }
            if is_all {
                return Ok(());
            }
        }
    }
}
