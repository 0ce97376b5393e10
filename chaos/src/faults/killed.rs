//! Processes that are killed in the middle of whatever they do.

use std::time::{Duration, Instant};

use anyhow::Result;
use postmortem_tests::pause;

use crate::{options::Pace, process::Process, stage::Stage};

/// How long it takes until somebody starts a server again.
const ABSENCE: Duration = Duration::from_millis(1_500);

/// One of our own, again and again. A supervisor starts it again at once.
pub async fn process(process: &Process, pace: &Pace) -> Result<Instant> {
    let mut over = Instant::now();
    for time in 0..pace.times {
        // At no regular place of what it does.
        pause(pace.between + Duration::from_millis(u64::from(time * 137 % 400))).await;
        over = Instant::now();
        process.kill_and_start_again()?;
    }
    Ok(over)
}

/// The database server: killed, or shut down as for a change of its settings. Over once it takes connections again.
pub async fn server(stage: &Stage, pace: &Pace, is_killed: bool) -> Result<Instant> {
    for time in 0..pace.times.min(3) {
        if time > 0 {
            pause(pace.between).await;
        }
        let cluster = stage.place.cluster()?.clone();
        let down = tokio::task::spawn_blocking(move || if is_killed { cluster.kill() } else { cluster.shut_down() });
        down.await??;
        pause(ABSENCE).await;
        let cluster = stage.place.cluster()?.clone();
        tokio::task::spawn_blocking(move || cluster.start_again()).await??;
    }
    Ok(Instant::now())
}
