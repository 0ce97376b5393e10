//! No fault but time: the same load for minutes, and what memory the processes take.

use std::{cell::Cell, time::Duration};

use anyhow::{Result, ensure};
use postmortem_tests::pause;
use serde_json::json;

use crate::{
    ledger::Ledger,
    load,
    options::Pace,
    place::Engine,
    run::{Shared, place},
    stage::Stage,
};

/// What readers ask, beside the writers.
const QUESTIONS: [&str; 3] = [
    "{ actionItems(first: 50) { nodes { __typename ... on Recommendation { key title owner { name } report { key } } } } }",
    "{ reports(first: 20) { nodes { key title rootCauses(first: 5) { nodes { title } } } } }",
    "{ followThrough { overall { open overdue } } }",
];

/// Prints a line for each minute. Memory must not have grown by half from the second minute to the last.
#[allow(clippy::print_stdout, reason = "the figures are what it is for")]
pub async fn run(minutes: u32, engine: Engine, shared: &Shared, pace: &Pace) -> Result<()> {
    let place = place(crate::faults::Fault::Nothing, engine, shared).await?;
    let Ok((place, _)) = place else { return Ok(()) };
    let setup = crate::faults::Fault::Nothing.setup(pace);
    let stage = Stage::start(&shared.programs, place, setup).await?;
    let (ledger, stop) = (Ledger::default(), Cell::new(false));
    println!(
        "\n{}\n| minute | operations | api (MB) | worker (MB) |\n|---:|---:|---:|---:|",
        engine.name()
    );
    let readers = async {
        let mut number = 0;
        while !stop.get() {
            let question = QUESTIONS[number % QUESTIONS.len()];
            number += 1;
            stage.client.ask(question, json!({})).await?;
            pause(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    let minutes = async {
        let mut known = Vec::new();
        for minute in 1..=minutes {
            pause(Duration::from_secs(60)).await;
            let memory = [stage.api.memory()?, stage.worker.memory()?];
            println!(
                "| {minute} | {} | {:.0} | {:.0} |",
                ledger.attempted(),
                memory[0],
                memory[1]
            );
            known.push(memory);
        }
        stop.set(true);
        anyhow::Ok(known)
    };
    let load = async {
        load::run(&stage.client, &stage.subjects, &ledger, &stop).await;
        anyhow::Ok(())
    };
    // What fails ends all of it, and not after ten minutes.
    let ((), (), known) = futures_util::try_join!(load, readers, minutes)?;
    ensure!(
        ledger.problems().is_empty(),
        "not all went well: {:?}",
        ledger.problems()
    );
    if let [_, early, .., last] = known.as_slice() {
        for (before, after) in early.iter().zip(last) {
            ensure!(
                *after < before * 1.5,
                "memory has grown from {before:.0} MB to {after:.0} MB"
            );
        }
    }
    Ok(())
}
