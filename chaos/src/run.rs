//! One fault from start to end: load, the fault, recovery, and the look at what is left.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use postmortem_tests::{pause, postgres::Cluster};

use crate::{
    check::{Findings, rows, told},
    faults::{Fault, LIMIT_HINT},
    ledger::Ledger,
    load,
    options::Pace,
    place::{Engine, Place, SmallDisk, may_mount, server},
    stage::{Programs, Stage},
    watch::Watch,
};

/// Within this time it must work again by itself.
const RECOVERY: Duration = Duration::from_secs(60);

/// Within this time everybody must have been told of everything. The longest lease is three minutes.
const SETTLING: Duration = Duration::from_secs(300);

/// So often a clock is moved: by more than the longest lease in all.
const MOST_STEPS: i64 = 4;

/// By so much a clock is moved when nothing but time is waited for: longer than a delivery is in hand.
const STEP_SECONDS: i64 = 65;

/// What came of a fault.
#[derive(Debug, Default)]
pub struct Row {
    pub fault: &'static str,
    pub engine: &'static str,
    /// How it was done, when there are several ways, or why it was not.
    pub how: String,
    pub was_run: bool,
    pub operations: usize,
    pub acknowledged: usize,
    pub findings: Findings,
    /// For how long the api process was not ready.
    pub red: Duration,
    /// From the end of the fault until both processes were ready and a change was acknowledged. None: not in time.
    pub recovered: Option<Duration>,
    /// From the end of the fault until everybody was told. None: not in time.
    pub settled: Option<Duration>,
    /// What else must not be.
    pub complaints: Vec<String>,
    /// What the load met, with how often.
    pub problems: Vec<(String, usize)>,
}

impl Row {
    /// Is everything as it should be?
    pub fn is_good(&self) -> bool {
        let found = &self.findings;
        !self.was_run
            || (found.lost + found.half + found.twice == 0
                && self.complaints.is_empty()
                && self.recovered.is_some()
                && self.settled.is_some())
    }
}

/// Servers and programs that faults share.
pub struct Shared {
    pub programs: Programs,
    pub cluster: Arc<Cluster>,
    pub limits_files: bool,
}

/// The database of a fault, and how it is broken, if there are several ways. The error: why it cannot be done here.
pub async fn place(fault: Fault, engine: Engine, shared: &Shared) -> Result<Result<(Place, String), String>> {
    let is_disk = fault == Fault::DiskFull;
    if !is_disk || (engine == Engine::Sqlite && (shared.limits_files || may_mount().is_err())) {
        let how = if is_disk { LIMIT_HINT } else { "" };
        let place = match engine {
            Engine::Postgres => Place::postgres(shared.cluster.clone(), "chaos").await?,
            Engine::Sqlite => Place::sqlite(None)?,
        };
        return Ok(Ok((place, how.to_owned())));
    }
    if let Err(reason) = may_mount() {
        return Ok(Err(reason));
    }
    let place = match engine {
        Engine::Sqlite => Place::sqlite(Some(SmallDisk::mount(24)?))?,
        Engine::Postgres => {
            let disk = SmallDisk::mount(192)?;
            let mut place = Place::postgres(server(disk.path()).await?, "chaos").await?;
            place.disk = Some(disk);
            place
        }
    };
    Ok(Ok((place, "small tmpfs".to_owned())))
}

/// Does it.
pub async fn run(fault: Fault, engine: Engine, shared: &Shared, pace: &Pace) -> Result<Row> {
    let mut row = Row {
        fault: fault.name(),
        engine: engine.name(),
        ..Row::default()
    };
    let (place, how) = match place(fault, engine, shared).await? {
        Ok(place) => place,
        Err(reason) => {
            row.how = format!("not run: {reason}");
            return Ok(row);
        }
    };
    let mut setup = fault.setup(pace);
    setup.survives_limits = how == LIMIT_HINT;
    row.how = how;
    row.was_run = true;
    let stage = Stage::start(&shared.programs, place, setup).await?;
    let told = scene(fault, &stage, pace, &mut row).await;
    told.with_context(|| format!("{}; the api process said:\n{}", fault.name(), stage.api.last_words()))?;
    if !row.is_good() {
        row.complaints.push(format!("api: {}", stage.api.last_words()));
        row.complaints.push(format!("worker: {}", stage.worker.last_words()));
    }
    Ok(row)
}

async fn scene(fault: Fault, stage: &Stage, pace: &Pace, row: &mut Row) -> Result<()> {
    let (ledger, stop) = (Ledger::default(), Cell::new(false));
    let watches = [
        Watch::new(stage.api.url("/readyz")),
        Watch::new(stage.worker.url("/readyz")),
    ];
    let pids = stage.pids();
    let acts = async {
        let over = act(fault, stage, pace, &ledger, &watches, row).await;
        stop.set(true);
        over
    };
    let ((), (), (), over) = futures_util::join!(
        load::run(&stage.client, &stage.subjects, &ledger, &stop),
        watches[0].run(&stop),
        watches[1].run(&stop),
        acts
    );
    let over = over?;
    row.red = watches[0].red();
    let was_noticed = watches.iter().any(|watch| !watch.red().is_zero());
    if fault.must_be_noticed() && !was_noticed {
        row.complaints
            .push("neither process said that it is not ready".to_owned());
    }
    if !stage.all_run() {
        row.complaints.push("a process ended by itself".to_owned());
    }
    if !fault.ends_processes() && stage.pids() != pids {
        row.complaints.push("a process was started again".to_owned());
    }
    row.settled = settle(stage, over, row).await?;
    let db = stage.place.connect().await?;
    rows::check(&db, &ledger.all_done(), &mut row.findings).await?;
    told::check(&db, &stage.receiver, &stage.tracker, &mut row.findings).await?;
    db.close().await?;
    row.operations = ledger.attempted();
    row.acknowledged = ledger.all_done().len();
    row.problems = ledger.problems();
    Ok(())
}

/// Waits, strikes, and waits until it works again. Returns when the fault was over.
async fn act(
    fault: Fault,
    stage: &Stage,
    pace: &Pace,
    ledger: &Ledger,
    watches: &[Watch; 2],
    row: &mut Row,
) -> Result<Instant> {
    pause(pace.before).await;
    let over = fault.strike(stage, pace).await?;
    while over.elapsed() < RECOVERY {
        let all_ready = watches.iter().all(Watch::is_ready);
        if all_ready && ledger.acknowledged_since(over) {
            row.recovered = Some(over.elapsed());
            break;
        }
        pause(Duration::from_millis(20)).await;
    }
    pause(pace.after).await;
    Ok(over)
}

/// Waits until everybody has been told. The time is that of the worker's clock.
async fn settle(stage: &Stage, over: Instant, row: &mut Row) -> Result<Option<Duration>> {
    let (begun, before) = (Instant::now(), stage.clock.ahead());
    let mut unchanged = (Instant::now(), None);
    let db = stage.place.connect().await?;
    let passed = || over.elapsed() + Duration::from_secs(u64::try_from(stage.clock.ahead() - before).unwrap_or(0));
    let missing = loop {
        let Some(missing) = told::what_is_missing(&db).await? else {
            break None;
        };
        if begun.elapsed() > SETTLING {
            break Some(missing);
        }
        if unchanged.1.as_ref() != Some(&missing) {
            unchanged = (Instant::now(), Some(missing));
        } else if stage.setup.moves_worker
            && stage.clock.ahead() < before + MOST_STEPS * STEP_SECONDS
            && unchanged.0.elapsed() > Duration::from_millis(1_500)
        {
            // Nothing but time is waited for.
            stage.clock.set(stage.clock.ahead() + STEP_SECONDS)?;
            unchanged.0 = Instant::now();
        }
        pause(Duration::from_millis(100)).await;
    };
    db.close().await?;
    Ok(match missing {
        None => Some(passed()),
        Some(missing) => {
            row.complaints.push(format!("not all was told: {missing}"));
            None
        }
    })
}
