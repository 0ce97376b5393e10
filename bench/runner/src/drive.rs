//! Puts load on a server with wrk.

use std::{fmt::Write as _, io::Write as _, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{options::Options, target::Target};

/// What the threads of wrk send.
pub enum Bodies {
    /// One after another, over and over.
    Plain(Vec<String>),
    /// For each item a step and the step back.
    Steps(Vec<[String; 2]>),
}

/// How a server held up.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub requests: f64,
    pub seconds: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// A thread of wrk can drive several workers; one each leaves the rest of the machine to the server.
const THREADS: usize = 2;

/// Asks a target for some seconds. Fails when any request did, since what fails costs less. None: nothing was answered by then.
pub fn put(options: &Options, target: &Target, path: &str, bodies: &Bodies, seconds: u64) -> Result<Option<Load>> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(written(bodies)?.as_bytes())?;
    let mut command = Command::new("wrk");
    command
        .arg(format!("-t{THREADS}"))
        .arg(format!("-c{}", options.connections))
        .arg(format!("-d{seconds}s"));
    command.args(["--timeout", "60s", "-s"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("load.lua"));
    for (name, value) in target.headers() {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    command.arg("-H").arg("Content-Type: application/json");
    command.arg(format!("http://127.0.0.1:{}{path}", target.port()));
    command.arg("--").arg(file.path()).arg(THREADS.to_string());
    let output = command.output().context("could not run wrk")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let result = said.lines().find_map(|line| line.strip_prefix("result "));
    let result = result.with_context(|| format!("wrk said {said}{}", String::from_utf8_lossy(&output.stderr)))?;
    let result: Value = serde_json::from_str(result)?;
    let number = |name: &str| result[name].as_f64().unwrap_or_default();
    let (requests, failures) = (number("requests"), number("failures"));
    ensure!(failures == 0.0, "{failures} of {requests} requests to {path} failed");
    Ok((requests > 0.0).then(|| Load {
        requests,
        seconds: number("micros") / 1e6,
        p50_ms: number("p50") / 1e3,
        p99_ms: number("p99") / 1e3,
    }))
}

/// As Lua. JSON never holds the end of such a literal.
fn written(bodies: &Bodies) -> Result<String> {
    let mut text = "return {\n".to_owned();
    match bodies {
        Bodies::Plain(bodies) => {
            for body in bodies {
                writeln!(text, "[==[{body}]==],")?;
            }
        }
        Bodies::Steps(steps) => {
            for [there, back] in steps {
                writeln!(text, "{{ [==[{there}]==], [==[{back}]==] }},")?;
            }
        }
    }
    text.push_str("}\n");
    Ok(text)
}
