//! Who asked a moment ago, as they were then.
//!
//! To read a person and their teams costs as much as all else before a small answer, and whoever looks at a dashboard asks a dozen
//! times in a second. So a query takes them as they were up to a [`MOMENT`] ago, unless this process has changed who may do what since.
//! Whatever changes something has them read anew, and so does whoever stays: a socket, a browser's page, an export.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use entity::ids::UserId;
use lru::LruCache;

use super::Viewer;

/// How old what is known of a person may be. Only what another process has changed can be missed for so long.
const MOMENT: Duration = Duration::seconds(1);
/// How many people are known at a time.
const KNOWN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// As of when somebody is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// As they are now.
    Now,
    /// As they were a moment ago, for a query.
    Lately,
}

struct Seen {
    viewer: Arc<Viewer>,
    when: When,
}

/// When somebody was read, or is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// The instant.
    pub(super) at: DateTime<Utc>,
    /// How often this process had changed who may do what.
    pub(super) rights: u64,
}

impl When {
    fn still_holds(self, now: Self) -> bool {
        self.rights == now.rights && (self.at..self.at + MOMENT).contains(&now.at)
    }
}

/// The people who asked a moment ago.
pub(super) struct Lately(Mutex<LruCache<UserId, Seen>>);

impl Lately {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(KNOWN)))
    }

    /// Somebody, if they were seen a moment ago and nothing has happened since.
    pub(super) fn get(&self, user: UserId, now: When) -> Option<Arc<Viewer>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = known.get(&user).filter(|seen| seen.when.still_holds(now));
        seen.map(|seen| seen.viewer.clone())
    }

    /// Notes somebody who was read after `when`.
    pub(super) fn note(&self, user: UserId, viewer: Arc<Viewer>, when: When) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(user, Seen { viewer, when });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, Duration};
    use entity::{enums::ActorKind, ids::UserId};
    use uuid::Uuid;

    use super::{Lately, MOMENT, When};
    use crate::auth::Viewer;

    #[test]
    fn somebody_is_known_for_a_moment_and_until_rights_change() {
        let lately = Lately::new();
        let user = UserId(Uuid::from_u128(1));
        let read = When {
            at: DateTime::UNIX_EPOCH,
            rights: 7,
        };
        let asked = |after: Duration, rights: u64| {
            let at = read.at + after;
            lately.get(user, When { at, rights }).is_some()
        };
        assert!(!asked(Duration::zero(), 7));
        lately.note(user, Arc::new(Viewer::operator(ActorKind::User)), read);
        let little = Duration::microseconds(1);
        assert!(asked(Duration::zero(), 7));
        assert!(asked(MOMENT - little, 7));
        assert!(!asked(MOMENT, 7));
        assert!(!asked(Duration::zero(), 8));
        // A clock that was put back says nothing of how long ago it was.
        assert!(!asked(-little, 7));
    }
}
