//! What to do, for how long.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

use crate::{faults::Fault, host::Host};

/// Does to Postmortem what machines and networks do to it, and looks whether anything was lost.
#[derive(Debug, Parser)]
pub struct Options {
    /// Less of everything, and several at a time: two minutes in all. Leases of workers are let run out by moving their clock.
    #[arg(long)]
    pub short: bool,
    /// Only these faults; all when left out.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub faults: Vec<Fault>,
    /// For the full disk of an embedded database limit the size of files, as whoever is not root has to.
    #[arg(long)]
    pub limit_files: bool,
    /// No faults: ask for so many minutes, and print what memory the processes take.
    #[arg(long, value_name = "MINUTES")]
    pub soak: Option<u32>,
    /// The service.
    #[arg(long, default_value = "target/debug/postmortem")]
    pub service: PathBuf,
    /// Put the table into docs/faults.md.
    #[arg(long)]
    pub write: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What this program starts itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Be a process of the service whose clock somebody else moves
    #[command(hide = true)]
    Host(Host),
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Whether time that has to pass is made to pass.
    pub is_short: bool,
    /// Load before the fault.
    pub before: Duration,
    /// Load after it is over and the service has recovered.
    pub after: Duration,
    /// How often something is killed or cut.
    pub times: u32,
    /// How long it works between two of these.
    pub between: Duration,
    /// How long something lasts.
    pub lasts: Duration,
}

impl Options {
    pub fn pace(&self) -> Pace {
        let seconds = Duration::from_secs;
        if self.short {
            return Pace {
                is_short: true,
                before: Duration::from_millis(700),
                after: Duration::from_millis(500),
                times: 2,
                between: Duration::from_millis(700),
                lasts: Duration::from_millis(2_500),
            };
        }
        Pace {
            is_short: false,
            before: seconds(3),
            after: seconds(3),
            times: 6,
            between: seconds(2),
            lasts: seconds(8),
        }
    }
}
