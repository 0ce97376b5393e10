//! A disk that is full, and has room again later.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use postmortem_tests::pause;

use crate::{options::Pace, place::Engine, process::Process, stage::Stage};

/// Says how it is done where nothing can be mounted.
pub const LIMIT_HINT: &str = "RLIMIT_FSIZE";

/// Fills it for a while.
pub async fn fill(stage: &Stage, pace: &Pace) -> Result<Instant> {
    if stage.place.disk.is_none() {
        return limit(stage, pace).await;
    }
    stage.place.disk()?.fill()?;
    pause(pace.lasts + Duration::from_secs(2)).await;
    stage.place.disk()?.make_room()?;
    if stage.place.engine == Engine::Postgres {
        // It stops when it cannot write its log. Whoever looks after it makes room, and starts it again.
        let cluster = stage.place.cluster()?.clone();
        tokio::task::spawn_blocking(move || {
            if cluster.answers() {
                Ok(())
            } else {
                cluster.start_again()
            }
        })
        .await??;
    }
    Ok(Instant::now())
}

/// No file may grow any more: the portable form.
async fn limit(stage: &Stage, pace: &Pace) -> Result<Instant> {
    let folder = stage.place.folder.path();
    let size = ["chaos.db", "chaos.db-wal"]
        .iter()
        .map(|name| size(&folder.join(name)))
        .min();
    let size = size.unwrap_or_default();
    for process in [&stage.api, &stage.worker] {
        set_limit(process, &size.to_string())?;
    }
    pause(pace.lasts + Duration::from_secs(2)).await;
    for process in [&stage.api, &stage.worker] {
        set_limit(process, "unlimited")?;
    }
    Ok(Instant::now())
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |known| known.len())
}

fn set_limit(process: &Process, size: &str) -> Result<()> {
    let mut prlimit = Command::new("prlimit");
    prlimit.args([
        "--pid",
        &process.pid().to_string(),
        &format!("--fsize={size}:unlimited"),
    ]);
    let done = prlimit.status().context("could not run prlimit (Debian: util-linux)")?;
    ensure!(done.success(), "prlimit could not limit the size of files");
    Ok(())
}
