//! The clock of the machine is set, forwards and backwards, while everything runs.

use std::time::Instant;

use anyhow::Result;
use postmortem_tests::pause;

use crate::{options::Pace, stage::Stage};

const HOUR: i64 = 3_600;

/// Ahead of the machine's, so that it can go back behind what is stored and never behind the token that the load shows.
pub const AT_FIRST: i64 = 3 * HOUR;

/// A day and two hours ahead; then to an hour before anything was stored.
pub async fn jump(stage: &Stage, pace: &Pace) -> Result<Instant> {
    for _ in 0..pace.times.min(2) {
        stage.clock.set(AT_FIRST + 26 * HOUR)?;
        pause(pace.lasts).await;
        stage.clock.set(AT_FIRST - HOUR)?;
        pause(pace.between).await;
    }
    Ok(Instant::now())
}
