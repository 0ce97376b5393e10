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
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}
