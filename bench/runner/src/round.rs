//! Every target in turn, every operation in turn, as often as was asked for.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{
    answer,
    cluster::Cluster,
    data::Database,
    drive::{self, Bodies},
    operation::Operation,
    options::{Engine, Options, Size},
    process::{self, Spent},
    report::{Cell, Findings, Row},
    target::{self, Kind, Target},
};

/// An operation is not waited for any longer, in seconds.
const LONGEST: u64 = 300;

/// What is measured on.
pub struct Place<'a> {
    pub engine: Engine,
    pub size: Size,
    pub database: &'a Database,
    pub cluster: Option<&'a Cluster>,
}

/// Processor time of a target and of its database.
struct Meter {
    service: u32,
    database: Option<u32>,
}

impl Meter {
    fn of(target: &Target, place: &Place) -> Result<Self> {
        let database = place.cluster.map(Cluster::pid).transpose()?;
        Ok(Self {
            service: target.pid(),
            database,
        })
    }

    fn read(&self) -> (Spent, Spent) {
        (
            process::spent(self.service),
            self.database.map_or(Spent(0.0), process::spent),
        )
    }
}

/// All rounds at one place.
#[allow(clippy::print_stderr, reason = "this takes minutes, and somebody waits")]
pub fn all(options: &Options, place: &Place, findings: &mut Findings) -> Result<()> {
    agree(options, place)?;
    for round in 1..=options.rounds {
        for kind in options.targets.iter().copied() {
            if place.engine == Engine::Sqlite && kind != Kind::Service {
                continue;
            }
            eprintln!(
                "{} {}: {}, round {round}",
                place.engine.name(),
                place.size.name(),
                kind.name()
            );
            let target = Target::start(options, kind, place)?;
            let idle = process::memory(target.pid());
            let pages = target.pages(20)?;
            let mut most = idle;
            for operation in options.operations.iter().copied() {
                if operation == Operation::Hello && kind != Kind::Floor {
                    continue;
                }
                let cell = measured(options, place, &target, operation, &pages)?;
                most = most.max(cell.memory_mb);
                findings.add(Row::new(place, operation, kind), cell);
            }
            findings
                .memory
                .entry((place.engine, place.size, kind))
                .or_default()
                .push((idle, most));
        }
    }
    Ok(())
}

/// What a target said to each question of each operation.
type AnswersOf = Vec<(Operation, Vec<Value>)>;

/// Fails unless all targets answer the same. Before anything is measured, since changes are among what is.
fn agree(options: &Options, place: &Place) -> Result<()> {
    let mut first: Option<(Kind, AnswersOf)> = None;
    for kind in options.targets.iter().copied() {
        if place.engine == Engine::Sqlite && kind != Kind::Service {
            continue;
        }
        let target = Target::start(options, kind, place)?;
        let answers = answers(options, place, &target, &target.pages(5)?)?;
        match &first {
            None => first = Some((kind, answers)),
            Some((reference, expected)) => compare((*reference, expected), (kind, &answers))?,
        }
    }
    Ok(())
}

/// What a target answers to the first few requests of each operation.
fn answers(options: &Options, place: &Place, target: &Target, pages: &[Value]) -> Result<Vec<(Operation, Vec<Value>)>> {
    let mut all = Vec::new();
    for operation in options.operations.iter().copied() {
        let values = match operation {
            // Nobody wants to change anything only to look at it; and after a change is as before it.
            Operation::Change | Operation::FollowThroughChanged | Operation::Hello => continue,
            Operation::Overdue => pages.to_vec(),
            _ => operation.values(place.size),
        };
        let answers = values.iter().take(5).map(|values| target.answer(operation, values));
        all.push((operation, answers.collect::<Result<_>>()?));
    }
    Ok(all)
}

type Answers = [(Operation, Vec<Value>)];

fn compare(expected: (Kind, &Answers), found: (Kind, &Answers)) -> Result<()> {
    for ((operation, expected_answers), (_, answers)) in expected.1.iter().zip(found.1) {
        for (one, other) in expected_answers.iter().zip(answers) {
            answer::same(*operation, (expected.0, one), (found.0, other))?;
        }
    }
    Ok(())
}

fn measured(options: &Options, place: &Place, target: &Target, operation: Operation, pages: &[Value]) -> Result<Cell> {
    let cell = match operation {
        Operation::FollowThroughChanged => after_changes(options, place, target)?,
        Operation::Change => under_load(options, place, target, operation, |target| {
            // Read anew each time: what the last load left is where this one begins.
            Ok(Bodies::Steps(target.steps(place)?))
        })?,
        Operation::Overdue => under_load(options, place, target, operation, |target| {
            Ok(Bodies::Plain(
                pages.iter().map(|page| operation.body(target.kind, page)).collect(),
            ))
        })?,
        _ => under_load(options, place, target, operation, |target| {
            let values = operation.values(place.size);
            if let (Kind::Service, Operation::FollowThrough, Some(first)) = (target.kind, operation, values.first()) {
                answered(target, first)?;
            }
            Ok(Bodies::Plain(
                values
                    .iter()
                    .map(|values| operation.body(target.kind, values))
                    .collect(),
            ))
        })?,
    };
    let is_change = matches!(operation, Operation::Change | Operation::FollowThroughChanged);
    if is_change && target.kind != Kind::Service {
        target::take_back(place)?;
    }
    Ok(cell)
}

/// Asks for figures until they are there. The first of a million rows that lie on a cold disk take longer than a request may; those
/// that follow find the rows in memory.
fn answered(target: &Target, values: &Value) -> Result<()> {
    const TRIES: usize = 5;
    for _ in 1..TRIES {
        if target.answer(Operation::FollowThrough, values).is_ok() {
            return Ok(());
        }
    }
    target.answer(Operation::FollowThrough, values).map(drop)
}

fn under_load(
    options: &Options,
    place: &Place,
    target: &Target,
    operation: Operation,
    bodies: impl Fn(&Target) -> Result<Bodies>,
) -> Result<Cell> {
    let path = target.path(operation);
    drive::put(options, target, path, &bodies(target)?, target.kind.warm_seconds())?;
    // What was still under way when the warm-up ended.
    process::pause(Duration::from_millis(500));
    let bodies = bodies(target)?;
    let meter = Meter::of(target, place)?;
    let mut seconds = options.seconds;
    let (before, load, after) = loop {
        let before = meter.read();
        let load = drive::put(options, target, path, &bodies, seconds)?;
        let after = meter.read();
        if let Some(load) = load {
            break (before, load, after);
        }
        // Some questions take a peer longer than that.
        seconds *= 4;
        ensure!(seconds <= LONGEST, "{} answered nothing to {path}", target.kind.name());
    };
    Ok(Cell {
        per_second: load.requests / load.seconds,
        p50_ms: load.p50_ms,
        p99_ms: load.p99_ms,
        service_ms: (after.0 - before.0) * 1e3 / load.requests,
        database_ms: (after.1 - before.1) * 1e3 / load.requests,
        memory_mb: process::memory(target.pid()),
    })
}

/// One request after another, with a change before each that is not measured.
fn after_changes(options: &Options, place: &Place, target: &Target) -> Result<Cell> {
    let steps = target.steps(place)?;
    let meter = Meter::of(target, place)?;
    let mut changes = target.client(Operation::Change);
    let mut questions = target.client(Operation::FollowThrough);
    let body = Operation::FollowThrough.body(target.kind, &serde_json::json!({}));
    let limit = Instant::now() + Duration::from_secs(options.seconds);
    let (mut times, mut service, mut database) = (Vec::new(), 0.0, 0.0);
    for (number, [there, _]) in steps.iter().enumerate() {
        changes.ask(there)?;
        let before = meter.read();
        let started = Instant::now();
        questions.ask(&body)?;
        let time = started.elapsed();
        let after = meter.read();
        // The first few make connections and plans.
        if number >= 3 {
            times.push(time.as_secs_f64() * 1e3);
            service += after.0 - before.0;
            database += after.1 - before.1;
        }
        if times.len() >= 5 && Instant::now() > limit {
            break;
        }
    }
    let calls = times.len() as f64;
    times.sort_by(f64::total_cmp);
    Ok(Cell {
        per_second: 1e3 * calls / times.iter().sum::<f64>(),
        p50_ms: times[times.len() / 2],
        p99_ms: times[times.len() * 99 / 100],
        service_ms: service * 1e3 / calls,
        database_ms: database * 1e3 / calls,
        memory_mb: process::memory(target.pid()),
    })
}
