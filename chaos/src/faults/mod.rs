//! What is done, and by what it is known that it is over.

mod clock;
mod connections;
mod disk;
mod killed;

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    options::Pace,
    place::Engine,
    stage::{Setup, Stage},
};

pub use disk::LIMIT_HINT;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing, to see that the checks agree with a service that is let be.
    Nothing,
    ApiKilled,
    WorkerKilled,
    DatabaseKilled,
    DatabaseRestarted,
    ConnectionsCut,
    ConnectionsSilent,
    PoolExhausted,
    DatabaseLocked,
    DatabaseSlow,
    DiskFull,
    ClockJumps,
}

impl Fault {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::ApiKilled => "api killed (SIGKILL)",
            Self::WorkerKilled => "worker killed (SIGKILL)",
            Self::DatabaseKilled => "database server killed (SIGKILL)",
            Self::DatabaseRestarted => "database server restarted",
            Self::ConnectionsCut => "connections cut in transactions",
            Self::ConnectionsSilent => "connections fall silent",
            Self::PoolExhausted => "pool exhausted",
            Self::DatabaseLocked => "locked by another program",
            Self::DatabaseSlow => "slow database",
            Self::DiskFull => "full disk",
            Self::ClockJumps => "clock jumps both ways",
        }
    }

    /// Where it can happen.
    pub fn engines(self) -> &'static [Engine] {
        match self {
            Self::Nothing | Self::ApiKilled | Self::WorkerKilled | Self::DiskFull | Self::ClockJumps => {
                &[Engine::Postgres, Engine::Sqlite]
            }
            Self::DatabaseLocked => &[Engine::Sqlite],
            _ => &[Engine::Postgres],
        }
    }

    /// Faults of different lanes do not disturb each other: those of a server share it only with some that let it be.
    pub fn lane(self, engine: Engine) -> usize {
        match (engine, self) {
            (Engine::Sqlite, _) => 0,
            (_, Self::DatabaseKilled | Self::DatabaseRestarted | Self::DiskFull | Self::ClockJumps) => 1,
            _ => 2,
        }
    }

    /// What processes are needed.
    pub fn setup(self, pace: &Pace) -> Setup {
        let is_clock = self == Self::ClockJumps;
        Setup {
            moves_worker: pace.is_short || is_clock,
            moves_api: is_clock,
            ahead: if is_clock { clock::AT_FIRST } else { 0 },
            is_narrow: self == Self::PoolExhausted,
            is_hasty: pace.is_short,
            survives_limits: false,
        }
    }

    /// Does it end processes of the service? Others have to live through it.
    pub fn ends_processes(self) -> bool {
        matches!(self, Self::ApiKilled | Self::WorkerKilled)
    }

    /// Can nothing be answered for a while, so that an orchestrator must be told? A process that is started again may be back sooner
    /// than it is asked.
    pub fn must_be_noticed(self) -> bool {
        matches!(
            self,
            Self::DatabaseKilled | Self::DatabaseRestarted | Self::ConnectionsSilent | Self::PoolExhausted
        )
    }

    /// Does it. Returns the moment from which it is over.
    pub async fn strike(self, stage: &Stage, pace: &Pace) -> Result<Instant> {
        match self {
            Self::Nothing => Ok(Instant::now()),
            Self::ApiKilled => killed::process(&stage.api, pace).await,
            Self::WorkerKilled => killed::process(&stage.worker, pace).await,
            Self::DatabaseKilled => killed::server(stage, pace, true).await,
            Self::DatabaseRestarted => killed::server(stage, pace, false).await,
            Self::ConnectionsCut => connections::cut(stage, pace).await,
            Self::ConnectionsSilent => connections::fall_silent(stage, pace).await,
            Self::PoolExhausted => connections::exhaust(stage, pace).await,
            Self::DatabaseLocked => connections::lock(stage, pace).await,
            Self::DatabaseSlow => connections::slow_down(stage, pace).await,
            Self::DiskFull => disk::fill(stage, pace).await,
            Self::ClockJumps => clock::jump(stage, pace).await,
        }
    }
}
