//! Workers as processes of their own, in which time passes faster, so that a test meets retries and leases that run out.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use chrono::{DateTime, Utc};
use postmortem_api::platform::clock::{Clock, SystemClock};

use crate::{app::beginning, processes::Killed};

/// How many seconds pass there in one.
const FACTOR: i32 = 30;

/// A clock that began where those of tests stand.
pub struct RushedClock {
    began: DateTime<Utc>,
}

impl RushedClock {
    /// Began at an instant of the machine's clock.
    pub fn new(began: DateTime<Utc>) -> Self {
        Self { began }
    }
}

impl Clock for RushedClock {
    fn now(&self) -> DateTime<Utc> {
        beginning() + (SystemClock.now() - self.began) * FACTOR
    }

    fn ticks(&self) -> std::time::Duration {
        SystemClock.ticks()
    }
}

/// Starts workers for one database. They are killed when this is dropped.
pub struct Workers<'a> {
    program: &'a Path,
    database_url: &'a str,
    began: DateTime<Utc>,
    running: Vec<Killed>,
}

impl<'a> Workers<'a> {
    /// As many as asked for. The program is `rushed-worker`.
    pub fn start(program: &'a Path, database_url: &'a str, number: usize) -> Self {
        let mut workers = Self {
            program,
            database_url,
            began: SystemClock.now(),
            running: Vec::new(),
        };
        for _ in 0..number {
            let worker = workers.another();
            workers.running.push(worker);
        }
        workers
    }

    fn another(&self) -> Killed {
        let worker = Command::new(self.program)
            .arg(self.database_url)
            .arg(self.began.to_rfc3339())
            .stdin(Stdio::null())
            .spawn();
        Killed(worker.expect("a worker to start"))
    }

    /// Kills one with SIGKILL, in the middle of whatever it does, and starts another in its place.
    pub fn replace(&mut self, position: usize) {
        let position = position % self.running.len();
        let next = self.another();
        let mut killed = std::mem::replace(&mut self.running[position], next);
        killed.0.kill().expect("a worker that ran");
        killed.0.wait().expect("a worker that ended");
    }

    /// Are all those that were started still there?
    pub fn all_run(&mut self) -> bool {
        let runs = |worker: &mut Killed| worker.0.try_wait().expect("a worker").is_none();
        self.running.iter_mut().all(runs)
    }
}
