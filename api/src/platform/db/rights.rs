//! Counts how often this process has changed who may do what, so that whoever keeps what they have read of it knows whether it still
//! holds. Each transaction that changes it says so before it ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// The changes of a process.
#[derive(Debug, Clone, Default)]
pub(super) struct Rights(Arc<AtomicU64>);

impl Rights {
    /// How many there were.
    pub(super) fn changes(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What a transaction says at its end.
    pub(super) fn watch(&self) -> Changed {
        Changed {
            rights: self.clone(),
            is_so: AtomicBool::new(false),
        }
    }
}

/// Whether a transaction has changed them. It counts when that goes out of scope, whatever became of the transaction: one that was left
/// in the middle of its commit may have been committed.
pub(super) struct Changed {
    rights: Rights,
    is_so: AtomicBool,
}

impl Changed {
    pub(super) fn say(&self) {
        self.is_so.store(true, Ordering::Relaxed);
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        if *self.is_so.get_mut() {
            self.rights.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}
