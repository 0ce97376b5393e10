//! How many there are of something that comes and goes.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number.
#[derive(Debug, Default)]
pub struct Tally(AtomicUsize);

/// One of them, until this is dropped.
#[derive(Debug)]
pub struct Counted<'a> {
    tally: &'a Tally,
    /// How many others there were when it came.
    pub before: usize,
}

impl Tally {
    /// Counts one more.
    pub fn count(&self) -> Counted<'_> {
        Counted {
            tally: self,
            before: self.0.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Are there any?
    pub fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.tally.0.fetch_sub(1, Ordering::Relaxed);
    }
}
