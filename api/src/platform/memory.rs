//! Memory that a start needed, and nothing after it.

use std::{hint::black_box, time::Duration};

use tokio::time::interval;

/// The allocator keeps what was freed for a second, in case it is needed again.
const KEPT: Duration = Duration::from_secs(2);

/// More than it hands out of what it keeps.
const LARGE: usize = 64 * 1024 * 1024;

/// Gives it back. The allocator looks at what it keeps only when something large is freed, which an idle process never does.
pub async fn settle() {
    let mut moments = interval(KEPT);
    moments.tick().await;
    moments.tick().await;
    let mut large = Vec::<u8>::new();
    // Where there is a limit on addresses there may be no room for it, and nothing is lost.
    if large.try_reserve_exact(LARGE).is_ok() {
        drop(black_box(large));
    }
}
