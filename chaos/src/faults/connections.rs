//! What happens between the service and its database.

use std::time::{Duration, Instant};

use anyhow::Result;
use postmortem_tests::pause;
use sea_orm::ConnectionTrait;

use crate::{options::Pace, stage::Stage};

/// How often connections are looked for that are within a transaction.
const OFTEN: Duration = Duration::from_millis(60);

/// What writers of events lock, each for the end of its transaction.
const TURN: &str = "7043003";

/// The server ends sessions that are within a transaction, and the network cuts all connections at once, by turns.
pub async fn cut(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let db = stage.place.connect().await?;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    for _ in 0..pace.times {
        let begun = Instant::now();
        while begun.elapsed() < pace.between {
            db.execute_unprepared(end).await?;
            pause(OFTEN).await;
        }
        stage.place.proxy()?.cut();
    }
    let over = Instant::now();
    db.close().await?;
    Ok(over)
}

/// The network swallows everything. Later, new connections work, and those that were there never say anything again: what a
/// firewall does that forgets them, or a server that is moved to another machine.
pub async fn fall_silent(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let proxy = stage.place.proxy()?;
    proxy.fall_silent();
    pause(pace.lasts).await;
    proxy.speak_again();
    Ok(Instant::now())
}

/// Somebody holds what every writer needs, until all connections of the pools wait for it.
pub async fn exhaust(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let db = stage.place.connect().await?;
    db.execute_unprepared(&format!("SELECT pg_advisory_lock({TURN})"))
        .await?;
    // Longer than a request waits for a connection.
    pause(pace.lasts + Duration::from_secs(3)).await;
    db.close().await?;
    Ok(Instant::now())
}

/// Another program writes to the file, and takes its time.
pub async fn lock(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let db = stage.place.connect().await?;
    db.execute_unprepared("BEGIN IMMEDIATE").await?;
    pause(pace.lasts).await;
    db.execute_unprepared("ROLLBACK").await?;
    let over = Instant::now();
    db.close().await?;
    Ok(over)
}

/// First every question takes longer, then so long that requests are given up in the middle of their transactions.
pub async fn slow_down(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let proxy = stage.place.proxy()?;
    proxy.delay(Duration::from_millis(60));
    pause(pace.lasts).await;
    proxy.delay(Duration::from_millis(900));
    // Longer than a request may take.
    pause(pace.lasts + Duration::from_secs(if pace.is_short { 3 } else { 10 })).await;
    proxy.delay(Duration::ZERO);
    Ok(Instant::now())
}
