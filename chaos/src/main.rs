//! `postmortem-chaos` does to Postmortem what machines and networks do to it, and looks whether anything was lost. docs/faults.md
//! says what each fault is and what comes of it; `make chaos` runs it.
//!
//! 1. [`place`] makes a database, with a [`proxy`] between it and the service, or on a disk that is small;
//! 2. [`stage`] starts [`process`]es of the service over it, and connects a receiver of webhooks and a tracker. Some are this
//!    program as [`host`], whose clock can be moved;
//! 3. [`load`] asks for changes by a [`client`] and notes in a [`ledger`] what was promised, and [`watch`] whether all are ready;
//! 4. [`faults`] strikes meanwhile;
//! 5. [`check`] compares what was promised with what is there and with who was told;
//! 6. [`mod@run`] does all that for one fault, and [`table`] says what came of it. [`soak`] is the same without a fault, for long.

mod check;
mod client;
mod faults;
mod host;
mod ledger;
mod load;
mod options;
mod place;
mod process;
mod proxy;
mod run;
mod soak;
mod stage;
mod table;
mod watch;

use std::{collections::BTreeMap, process::ExitCode, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use futures_util::future::try_join_all;

use crate::{
    faults::Fault,
    options::{Command, Options},
    place::{Engine, server},
    run::{Row, Shared, run},
    stage::Programs,
};

#[actix_web::main]
#[allow(clippy::print_stderr, reason = "why it failed is for the person at the terminal")]
async fn main() -> ExitCode {
    let mut options = Options::parse();
    let outcome = match options.command.take() {
        Some(Command::Host(host)) => host::run(host).await.map(|()| true),
        None => all(&options).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("postmortem-chaos: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what this program is for"
)]
async fn all(options: &Options) -> Result<bool> {
    let begun = Instant::now();
    let service = options.service.canonicalize();
    let programs = Programs {
        service: service.with_context(|| format!("there is no {}: build it first", options.service.display()))?,
        host: std::env::current_exe()?,
    };
    if let Some(minutes) = options.soak {
        let shared = shared(options, &programs).await?;
        for engine in [Engine::Postgres, Engine::Sqlite] {
            soak::run(minutes, engine, &shared, &options.pace()).await?;
        }
        return Ok(true);
    }
    let mut rows = rows(options, &programs).await?;
    let place = |row: &Row| {
        Fault::value_variants()
            .iter()
            .position(|fault| fault.name() == row.fault)
    };
    rows.sort_by_key(|row| (place(row), row.engine));
    let text = table::text(&rows);
    println!("{text}");
    for row in &rows {
        eprint!("{}", table::complaints(row));
    }
    eprintln!("{} faults in {} s", rows.len(), begun.elapsed().as_secs());
    let all_good = rows.iter().all(Row::is_good);
    if options.write {
        ensure!(all_good, "the table is not written while something is wrong");
        table::write(&text)?;
    }
    Ok(all_good)
}

async fn shared(options: &Options, programs: &Programs) -> Result<Shared> {
    Ok(Shared {
        programs: programs.clone(),
        cluster: server(&std::env::temp_dir()).await?,
        limits_files: options.limit_files,
    })
}

/// All that is wanted: one after another, or in the short form those of each lane, beside the others.
async fn rows(options: &Options, programs: &Programs) -> Result<Vec<Row>> {
    let wanted = if options.faults.is_empty() {
        Fault::value_variants()
    } else {
        &options.faults
    };
    let wanted = wanted
        .iter()
        .flat_map(|fault| fault.engines().iter().map(|engine| (*fault, *engine)));
    let mut lanes: BTreeMap<usize, Vec<(Fault, Engine)>> = BTreeMap::new();
    for (fault, engine) in wanted {
        let lane = if options.short { fault.lane(engine) } else { 0 };
        lanes.entry(lane).or_default().push((fault, engine));
    }
    let lanes = lanes.into_values().map(async |faults| {
        let shared = shared(options, programs).await?;
        let mut rows = Vec::new();
        for (fault, engine) in faults {
            rows.push(row(fault, engine, &shared, options).await);
        }
        anyhow::Ok(rows)
    });
    Ok(try_join_all(lanes).await?.into_iter().flatten().collect())
}

#[allow(
    clippy::print_stderr,
    reason = "how far it has come is for the person at the terminal"
)]
async fn row(fault: Fault, engine: Engine, shared: &Shared, options: &Options) -> Row {
    let begun = Instant::now();
    let outcome = run(fault, engine, shared, &options.pace()).await;
    let row = outcome.unwrap_or_else(|problem| broken(fault, engine, &problem));
    let verdict = if row.is_good() { "good" } else { "NOT GOOD" };
    eprintln!(
        "{} on {}: {verdict}, {:.0} s",
        row.fault,
        row.engine,
        begun.elapsed().as_secs_f64()
    );
    row
}

/// One that could not be gone through to its end.
fn broken(fault: Fault, engine: Engine, problem: &anyhow::Error) -> Row {
    Row {
        fault: fault.name(),
        engine: engine.name(),
        was_run: true,
        complaints: vec![format!("{problem:#}")],
        ..Row::default()
    }
}
