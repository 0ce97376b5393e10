//! What processes cost, as the kernel counts it: processor time and memory of one and of all that it started.

use std::{collections::HashMap, fs, ops::Sub, time::Duration};

use anyhow::{Context, Result};

/// The kernel's unit of processor time in /proc, on all Linux systems that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time so far, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Spent(pub f64);

impl Sub for Spent {
    type Output = f64;
    fn sub(self, before: Self) -> f64 {
        self.0 - before.0
    }
}

struct Stat {
    parent: u32,
    own: u64,
    /// Of children that have ended and were waited for.
    ended: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

/// A process and all that descend from it.
fn tree(root: u32) -> Vec<(u32, Stat)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut all: HashMap<u32, Stat> = pids.filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let mut members = vec![root];
    let mut next = 0;
    while next < members.len() {
        let parent = members[next];
        members.extend(
            all.iter()
                .filter(|(_, stat)| stat.parent == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    members
        .into_iter()
        .filter_map(|pid| Some((pid, all.remove(&pid)?)))
        .collect()
}

/// Processor time of a process and its descendants, those that have ended included.
pub fn spent(root: u32) -> Spent {
    let ticks: u64 = tree(root).iter().map(|(_, stat)| stat.own + stat.ended).sum();
    Spent(ticks as f64 / TICKS_PER_SECOND)
}

/// Memory that is theirs, in MB: shared pages count in part, once in all (PSS).
pub fn memory(root: u32) -> f64 {
    let of = |pid: u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    };
    let kilobytes: u64 = tree(root).iter().filter_map(|(pid, _)| of(*pid)).sum();
    kilobytes as f64 / 1024.0
}

/// Resident memory, in MB, which for a single process is what `ps` and `top` show.
pub fn resident(root: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{root}/status")).context("the process has ended")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1024.0)
}

/// Lets time pass in which other processes work.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
