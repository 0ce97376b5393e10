//! How many subscriptions of somebody read what is stored at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Semaphore;
use uuid::Uuid;

/// So many of one user or token in a process. The others wait for their turn.
pub const REPLAYS: usize = 2;

/// The turns of all, by the id of the user or token.
#[derive(Default)]
pub(super) struct Replays(Mutex<HashMap<Uuid, Weak<Semaphore>>>);

impl Replays {
    /// Those of somebody; of whoever has no name, turns of their own.
    pub(super) fn of(&self, who: Option<Uuid>) -> Arc<Semaphore> {
        let fresh = Arc::new(Semaphore::new(REPLAYS));
        let Some(who) = who else { return fresh };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = known.get(&who).and_then(Weak::upgrade) {
            return turns;
        }
        // Those who have left.
        known.retain(|_, turns| turns.strong_count() > 0);
        known.insert(who, Arc::downgrade(&fresh));
        fresh
    }
}
