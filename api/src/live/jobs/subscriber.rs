//! One subscriber's way through the log: first what is stored, then what comes.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::News;
use crate::{
    auth::Session,
    events::queries::events_after,
    platform::{error::Error, meters::Held},
};

/// How many stored events are read at a time.
const BATCH: u64 = 100;

/// Why nothing more comes.
#[derive(Debug)]
pub enum Ended {
    /// The subscriber took longer than events are kept for it. The sequence of the last one that it has seen.
    Behind(i64),
    /// The task that reads the log is gone. The same.
    Stopped(i64),
    /// The log could not be read.
    Failed(Error),
}

/// One subscriber.
pub struct Subscriber {
    session: Arc<Session>,
    news: Receiver<News>,
    /// The sequence of the last event that was taken out.
    position: i64,
    stored: VecDeque<News>,
    /// Everything that was stored when it subscribed has been read.
    caught_up: bool,
    _counted: Held,
}

impl Subscriber {
    pub(super) fn new(session: Arc<Session>, news: Receiver<News>, after: i64) -> Self {
        Self {
            _counted: Held::one_of(&session.app.meters.live_subscriptions),
            session,
            news,
            position: after,
            stored: VecDeque::new(),
            caught_up: false,
        }
    }

    /// May the next event be one that was stored before it was asked for?
    pub fn is_behind(&self) -> bool {
        !self.caught_up || !self.stored.is_empty()
    }

    /// The next event of those that are stored; none once it has caught up. Waits for nothing but the database.
    pub async fn stored(&mut self) -> Result<Option<News>, Ended> {
        loop {
            if let Some(event) = self.stored.pop_front() {
                self.position = event.sequence;
                return Ok(Some(event));
            }
            if self.caught_up {
                return Ok(None);
            }
            self.read_on().await.map_err(Ended::Failed)?;
        }
    }

    /// The next event, in order, none twice.
    pub async fn next(&mut self) -> Result<News, Ended> {
        if let Some(event) = self.stored().await? {
            return Ok(event);
        }
        loop {
            match self.news.recv().await {
                // Came while what is stored was read, and was in it.
                Ok(event) if event.sequence <= self.position => {}
                Ok(event) => {
                    self.position = event.sequence;
                    return Ok(event);
                }
                Err(RecvError::Lagged(_)) => return Err(Ended::Behind(self.position)),
                Err(RecvError::Closed) => return Err(Ended::Stopped(self.position)),
            }
        }
    }

    /// Reads stored events. Once there are no more, what is missing is in the channel: it was opened before.
    async fn read_on(&mut self) -> Result<(), Error> {
        // What comes while much is read would not fit, and is read too.
        self.news = self.news.resubscribe();
        let events = events_after(&self.session.db, self.position, BATCH).await?;
        self.caught_up = u64::try_from(events.len()).is_ok_and(|read| read < BATCH);
        self.stored = events.into_iter().map(Arc::new).collect();
        Ok(())
    }
}
