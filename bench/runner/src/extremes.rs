//! What only the service is measured for: its deepest page, its start, and its memory when nobody asks.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use postmortem_tests::processes::Killed;

use crate::{
    cluster::free_port,
    drive::{self, Bodies},
    operation::Operation,
    options::{Options, Size},
    process,
    round::Place,
    target::{Kind, Target},
};

/// Processor time of the service for a page near the start of a list and for one far from it.
pub struct Deep {
    pub place: String,
    pub page: usize,
    pub first_ms: f64,
    pub deep_ms: f64,
}

/// The first page and the 1,000th, or the last when there are fewer. Only large data has such pages.
pub fn deep_page(options: &Options, place: &Place) -> Result<Option<Deep>> {
    if place.size == Size::S || !options.targets.contains(&Kind::Service) {
        return Ok(None);
    }
    let target = Target::start(options, Kind::Service, place)?;
    let pages = target.pages(1_000)?;
    let database = place.cluster.map(|cluster| cluster.pid()).transpose()?;
    let spent = || process::spent(target.pid()).0 + database.map_or(0.0, |pid| process::spent(pid).0);
    let cost = |page: usize| -> Result<f64> {
        let bodies = Bodies::Plain(vec![Operation::Overdue.body(Kind::Service, &pages[page])]);
        let path = target.path(Operation::Overdue);
        drive::put(options, &target, path, &bodies, Kind::Service.warm_seconds())?;
        let before = spent();
        let load = drive::put(options, &target, path, &bodies, options.seconds)?;
        let load = load.context("the service answered nothing")?;
        Ok((spent() - before) * 1e3 / load.requests)
    };
    // The second: the first has no cursor, and so is another statement.
    let (first_ms, deep_ms) = (cost(1)?, cost(pages.len() - 1)?);
    Ok(Some(Deep {
        place: format!("{} {}", place.engine.name(), place.size.name()),
        page: pages.len(),
        first_ms,
        deep_ms,
    }))
}

/// How the service starts beside an embedded database.
pub struct Starts {
    /// From nothing: the schema is made and the demo loaded, then it answers.
    pub demo_ms: f64,
    /// With the demo already there.
    pub ready_ms: f64,
    /// Some seconds later, with nobody asking.
    pub idle_mb: f64,
}

/// Medians of the rounds.
pub fn starts(options: &Options) -> Result<Option<Starts>> {
    if !options.targets.contains(&Kind::Service) {
        return Ok(None);
    }
    let (mut demos, mut readies, mut idles) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let directory = tempfile::tempdir()?;
        let url = format!("sqlite://{}", directory.path().join("demo.db").display());
        let (demo, demo_ms) = started(options, &["demo"], &url)?;
        stop(demo)?;
        let (service, ready_ms) = started(options, &["serve"], &url)?;
        process::pause(Duration::from_secs(5));
        idles.push(process::resident(service.0.id())?);
        demos.push(demo_ms);
        readies.push(ready_ms);
    }
    Ok(Some(Starts {
        demo_ms: crate::report::median(demos),
        ready_ms: crate::report::median(readies),
        idle_mb: crate::report::median(idles),
    }))
}

/// Ends it as a person does, and not as a crash, which leaves work for the next start.
fn stop(mut service: Killed) -> Result<()> {
    let ended = service.stop().context("the service cannot be stopped")?;
    ensure!(ended.success(), "the service ended with {ended}");
    Ok(())
}

fn started(options: &Options, command: &[&str], url: &str) -> Result<(Killed, f64)> {
    let port = free_port()?;
    let mut service = Command::new(&options.service);
    service.args(command).args(["--database-url", url, "--log", "warn"]);
    service.arg("--listen").arg(format!("127.0.0.1:{port}"));
    service.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let running = Killed(service.spawn().context("could not start the service")?);
    loop {
        if is_ready(port) {
            return Ok((running, started.elapsed().as_secs_f64() * 1e3));
        }
        if started.elapsed() > Duration::from_secs(60) {
            bail!("the service did not get ready");
        }
        process::pause(Duration::from_millis(2));
    }
}

/// Does it say that it can answer?
fn is_ready(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}
