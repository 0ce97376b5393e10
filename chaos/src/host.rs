//! What `postmortem api` and `postmortem worker` do, with a clock that somebody else moves: a file says by how many seconds it is
//! ahead of the machine's.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use postmortem_api::{
    auth::App,
    http::server::{self, Listeners},
    jobs,
    platform::{
        clock::{Clock, SystemClock},
        db::Databases,
        error::{Error, chain},
        settings::{Flags, Settings},
        telemetry,
    },
};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How it is called.
#[derive(Debug, Args)]
pub struct Host {
    /// What to be.
    #[arg(long, value_enum)]
    pub role: Role,
    /// The file of the clock.
    #[arg(long)]
    pub clock: PathBuf,
    /// Where to listen.
    #[arg(long)]
    pub listen: SocketAddr,
}

/// One of the two roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Api,
    Worker,
}

/// The machine's clock, but for some seconds. How much time has passed is not in doubt, as on a machine whose clock is set.
struct MovedClock {
    ahead: Arc<AtomicI64>,
}

impl MovedClock {
    fn follow(file: PathBuf) -> Self {
        let ahead = Arc::new(AtomicI64::new(read(&file).unwrap_or_default()));
        let known = ahead.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(INTERVAL);
                // While it is written there may be nothing in it.
                if let Some(seconds) = read(&file) {
                    known.store(seconds, Ordering::Relaxed);
                }
            }
        });
        Self { ahead }
    }
}

impl Clock for MovedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + chrono::Duration::seconds(self.ahead.load(Ordering::Relaxed))
    }

    fn ticks(&self) -> Duration {
        SystemClock.ticks()
    }
}

fn read(file: &Path) -> Option<i64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Until the process is told to stop, or killed.
pub async fn run(host: Host) -> Result<()> {
    let settings = Settings::load(&Flags::default()).map_err(|sentence| anyhow!(sentence))?;
    telemetry::start(&settings.log, None).map_err(|problem| anyhow!(problem))?;
    let databases = Databases::new(
        &settings.database_url,
        settings.database_connections,
        settings.statement_timeout_ms,
    );
    let databases = databases.map_err(|problem| anyhow!(problem))?;
    let clock = Arc::new(MovedClock::follow(host.clock));
    let app = App::start(settings, clock, databases).await.map_err(ours)?;
    let listeners = Listeners {
        main: TcpListener::bind(host.listen).context("cannot listen")?,
        metrics: None,
    };
    let (work, serving) = match host.role {
        Role::Api => (None, server::serve(app, listeners)),
        Role::Worker => (
            Some(jobs::start(app.clone()).map_err(ours)?),
            server::serve_health(app, listeners),
        ),
    };
    let mut serving = serving.map_err(ours)?;
    serving.until_told_to_stop().await.map_err(ours)?;
    if let Some(work) = work {
        work.stop(Duration::ZERO).await;
    }
    serving.stop(false).await.map_err(ours)
}

fn ours(error: Error) -> anyhow::Error {
    anyhow!(chain(&error).to_string())
}
