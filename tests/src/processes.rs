//! What tests of whole processes need: asking one, and waiting for it.

use std::time::Duration;

/// The status and body of a page; none while nobody answers.
pub async fn get(url: &str) -> Option<(u16, String)> {
    let answer = crate::oidc::client().get(url).send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Lets real time pass, in which other processes work.
#[allow(clippy::disallowed_methods, reason = "other processes are waited for")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Waits for another process. There is no clock of its that a test could move.
pub async fn wait_until(condition: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if condition().await {
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
    panic!("another process did not get ready within 30 s");
}
