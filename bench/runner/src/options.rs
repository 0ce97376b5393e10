//! What is measured, and for how long.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use tempfile::TempDir;

use crate::{operation::Operation, target::Kind};

/// Measures Postmortem against its peers and against the least that its answers could cost.
#[derive(Debug, Parser)]
pub struct Options {
    /// How much data: S has 1,000 reports, L has 100,000.
    #[arg(long, value_enum, default_value_t = Sizes::Both)]
    pub size: Sizes,
    /// Which databases. Peers and the floor are measured on PostgreSQL only.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    pub database: Databases,
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Kind::ALL)]
    pub targets: Vec<Kind>,
    /// What to ask.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Operation::ALL)]
    pub operations: Vec<Operation>,
    /// How often everything is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// For how long each operation is measured, in seconds.
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 16)]
    pub connections: usize,
    /// Worker threads of the service and the floor, processes of the peers.
    #[arg(long, default_value_t = 2)]
    pub workers: usize,
    /// Keep the databases here and use them again; otherwise they are made anew and removed.
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// The service, built for release.
    #[arg(long, default_value = "target/release/postmortem")]
    pub service: PathBuf,
    /// The floor, built for release.
    #[arg(long, default_value = "target/release/postmortem-floor")]
    pub floor: PathBuf,
    /// Put the tables into docs/performance.md.
    #[arg(long)]
    pub write: bool,
}

/// Which sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sizes {
    S,
    L,
    Both,
}

/// Which databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Databases {
    Postgres,
    Sqlite,
    Both,
}

/// A size of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    S,
    L,
}

impl Size {
    pub fn reports(self) -> u64 {
        match self {
            Self::S => 1_000,
            Self::L => 100_000,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::L => "L",
        }
    }
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    Postgres,
    Sqlite,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// Where the databases are.
pub enum Home {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Home {
    pub fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(directory) => directory.path(),
        }
    }
}

impl Options {
    pub fn sizes(&self) -> Vec<Size> {
        match self.size {
            Sizes::S => vec![Size::S],
            Sizes::L => vec![Size::L],
            Sizes::Both => vec![Size::S, Size::L],
        }
    }

    pub fn engines(&self) -> Vec<Engine> {
        match self.database {
            Databases::Postgres => vec![Engine::Postgres],
            Databases::Sqlite => vec![Engine::Sqlite],
            Databases::Both => vec![Engine::Postgres, Engine::Sqlite],
        }
    }

    pub fn home(&self) -> Result<Home> {
        let Some(path) = &self.keep else {
            let directory = tempfile::Builder::new().prefix("postmortem-bench-").tempdir()?;
            return Ok(Home::Temporary(directory));
        };
        std::fs::create_dir_all(path).with_context(|| format!("could not make {}", path.display()))?;
        Ok(Home::Kept(path.canonicalize()?))
    }
}
