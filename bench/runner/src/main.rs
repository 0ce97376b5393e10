//! `postmortem-bench` measures the service against two peers, against the least that its answers could cost, and against itself
//! as the data grows. docs/performance.md says what the figures mean; `make bench` runs it.
//!
//! 1. [`cluster`] and [`data`] make the databases and fill them, once when they are kept;
//! 2. [`target`] starts what is measured, one after another, over the same tables;
//! 3. [`operation`] says what is asked, in the words of each, and [`answer`] that all answer the same;
//! 4. [`drive`] puts load on it, [`process`] tells what it costs, [`round`] does so for every operation;
//! 5. [`extremes`] looks at the service alone: its start, its memory, its deepest page;
//! 6. [`report`] makes tables and ratios of it all.

mod answer;
mod client;
mod cluster;
mod data;
mod dialect;
mod drive;
mod extremes;
mod machine;
mod operation;
mod options;
mod process;
mod report;
mod round;
mod store;
mod target;
mod tools;

use anyhow::Result;
use clap::Parser;

use crate::{
    options::{Engine, Options},
    report::Findings,
    round::Place,
};

#[allow(clippy::print_stdout, reason = "the tables are what this program is for")]
fn main() -> Result<()> {
    let options = Options::parse();
    tools::wrk()?;
    let mut findings = Findings::default();
    let measured = measure(&options, &mut findings);
    // What was found before something failed took up to an hour.
    let text = findings.text(&machine::describe());
    println!("{text}");
    measured?;
    if options.write {
        report::write(&text)?;
    }
    Ok(())
}

fn measure(options: &Options, findings: &mut Findings) -> Result<()> {
    let home = options.home()?;
    for engine in options.engines() {
        let cluster = match engine {
            Engine::Postgres => Some(cluster::Cluster::start(home.path())?),
            Engine::Sqlite => None,
        };
        for size in options.sizes() {
            let database = data::prepared(options, home.path(), cluster.as_ref(), size)?;
            let place = Place {
                engine,
                size,
                database: &database,
                cluster: cluster.as_ref(),
            };
            round::all(options, &place, findings)?;
            findings.deep.extend(extremes::deep_page(options, &place)?);
        }
    }
    findings.starts = extremes::starts(options)?;
    Ok(())
}
