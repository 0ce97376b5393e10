//! Where and when it was measured.

use std::{fs, process::Command};

use chrono::NaiveDate;

/// Today in UTC, which is the service's time zone here.
#[allow(
    clippy::disallowed_methods,
    reason = "what is overdue depends on the day on which it is measured"
)]
pub fn today() -> NaiveDate {
    chrono::Utc::now().date_naive()
}

/// One line about the machine.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = first("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = first("/proc/meminfo", "MemTotal").unwrap_or_default();
    let gigabytes = memory.trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1_048_576.0;
    let kernel = said("uname", &["-sr"]);
    format!("{}, {cores} cores of {cpu}, {gigabytes:.0} GB, {kernel}", today())
}

fn first(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
