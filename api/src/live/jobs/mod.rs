//! Follows the log for all subscribers of a process.

mod follower;
mod replays;
mod subscriber;

use std::sync::Arc;

use entity::{enums::ActorKind, event};
use tokio::sync::{
    Mutex, Semaphore,
    broadcast::{self, WeakSender},
};
use uuid::Uuid;

pub use replays::REPLAYS;
pub use subscriber::{Ended, Subscriber};

use crate::{
    auth::{App, Session, Viewer},
    events::queries::last_sequence,
    platform::{background, error::Error},
};

/// An event on its way to the subscribers.
type News = Arc<event::Model>;

/// The way from the log to the subscribers of a process. Nothing runs while nobody subscribes.
pub struct Hub {
    app: Arc<App>,
    running: Arc<Mutex<Option<WeakSender<News>>>>,
    replays: replays::Replays,
}

impl Hub {
    /// For a process.
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            running: Arc::default(),
            replays: replays::Replays::default(),
        }
    }

    /// What reads the whole log. Nothing of it is shown to anybody without a look through their own scope.
    async fn reader(&self) -> Result<Arc<Session>, Error> {
        self.app.session(Viewer::operator(ActorKind::Scheduler)).await
    }

    /// Subscribes to what comes after a place in the log.
    pub async fn subscribe(&self, after: i64) -> Result<Subscriber, Error> {
        Ok(Subscriber::new(self.reader().await?, self.follow().await?, after))
    }

    /// What a subscription of somebody takes a permit of for each event, as long as it is behind.
    pub fn turns_of(&self, who: Option<Uuid>) -> Arc<Semaphore> {
        self.replays.of(who)
    }

    /// What comes from now on, or a little earlier.
    async fn follow(&self) -> Result<broadcast::Receiver<News>, Error> {
        let mut running = self.running.lock().await;
        if let Some(sender) = running.as_ref().and_then(WeakSender::upgrade) {
            return Ok(sender.subscribe());
        }
        let wakings = self.app.databases.wakings().await;
        let session = self.reader().await?;
        // Read after somebody listens, so that nothing is written in between unheard.
        let position = last_sequence(&session.db).await?;
        let (sender, receiver) = broadcast::channel(self.app.settings.live_backlog);
        *running = Some(sender.downgrade());
        let follower = follower::Follower {
            session,
            sender,
            wakings,
            position,
            running: self.running.clone(),
        };
        background::spawn(Box::pin(follower.run()));
        Ok(receiver)
    }
}
