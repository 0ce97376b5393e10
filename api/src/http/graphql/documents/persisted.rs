//! The documents that clients have sent once: the most used ones, up to so many bytes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// What an entry takes besides its text: its hash, and its place in the map and in the order.
const OVERHEAD: usize = 256;

/// Documents by the SHA-256 of their text.
pub(super) struct Persisted {
    limit: usize,
    held: Mutex<Held>,
}

struct Held {
    documents: LruCache<String, Arc<str>>,
    bytes: usize,
}

fn cost(text: &str) -> usize {
    text.len().saturating_add(OVERHEAD)
}

impl Persisted {
    /// `limit` in bytes.
    pub(super) fn new(limit: usize) -> Self {
        let held = Held {
            documents: LruCache::unbounded(),
            bytes: 0,
        };
        Self {
            limit,
            held: Mutex::new(held),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document with this hash.
    pub(super) fn find(&self, hash: &str) -> Option<Arc<str>> {
        self.held().documents.get(hash).cloned()
    }

    /// Keeps a document, in place of those that nobody has asked for the longest.
    pub(super) fn keep(&self, hash: String, text: Arc<str>) {
        // One that leaves no room for others is sent each time.
        if cost(&text) > self.limit {
            return;
        }
        let mut held = self.held();
        held.bytes += cost(&text);
        if let Some(same) = held.documents.put(hash, text) {
            held.bytes -= cost(&same);
        }
        while held.bytes > self.limit {
            match held.documents.pop_lru() {
                Some((_, gone)) => held.bytes -= cost(&gone),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_used_within_its_limit() {
        let persisted = Persisted::new(3 * cost("{ a }"));
        for name in ["1", "2", "3"] {
            persisted.keep(name.to_owned(), Arc::from("{ a }"));
        }
        persisted.keep("3".to_owned(), Arc::from("{ a }"));
        assert!(persisted.find("1").is_some());
        persisted.keep("4".to_owned(), Arc::from("{ a }"));
        let known = ["1", "2", "3", "4"].map(|name| persisted.find(name).is_some());
        assert_eq!(known, [true, false, true, true]);
        persisted.keep("5".to_owned(), Arc::from("x".repeat(4 * OVERHEAD)));
        assert!(persisted.find("5").is_none() && persisted.find("4").is_some());
        assert_eq!(persisted.held().bytes, 3 * cost("{ a }"));
    }
}
