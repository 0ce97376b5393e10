//! The connections of one thread, and who has one.
//!
//! The pool of the library asks each connection that comes back whether it is well, and a task of its own waits for the answer: one
//! more trip to the database for each request. So one whose last statement went well is not given back to it: it rests here, and
//! the next who reads takes it. For the pool it is in use meanwhile. What rested longer than [`RESTS`] goes back after all: there
//! it is asked for a sign of life, and closed when nobody needs it.
//!
//! Whoever wants a connection has a turn first, of which there are as many as the pool has connections. So nobody waits for the pool
//! while what it lacks rests here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use prometheus_client::metrics::counter::Counter;
use sea_orm::{DatabaseConnection, DbBackend, sqlx};
use tokio::{
    runtime::Handle,
    sync::{Mutex as Gate, OwnedSemaphorePermit, Semaphore},
    time::{interval, timeout},
};

use super::{
    connect::{ACQUIRE, Watch},
    taken::Taken,
};
use crate::platform::{background, keys::is_postgres, tally::Tally};

/// How long a connection may rest.
const RESTS: Duration = Duration::from_secs(30);

/// How long one that is always needed stays away from the pool, which closes those that are old.
const AWAY: Duration = Duration::from_secs(600);

/// A connection of the pool that is away from it.
struct Away {
    connection: Taken,
    /// Since when.
    gone: Instant,
}

struct Resting {
    away: Away,
    since: Instant,
}

/// What rests, the longest first.
#[derive(Default)]
struct Rest {
    connections: Vec<Resting>,
    /// Is somebody about to look for what has rested long enough?
    is_watched: bool,
}

/// The connections of one thread.
pub(super) struct Lender {
    pool: DatabaseConnection,
    /// How many connections it may have.
    most: u64,
    turns: Arc<Semaphore>,
    rest: Mutex<Rest>,
    /// How many ask the pool for one.
    asking: Tally,
    gate: Gate<()>,
    /// Counts who has to wait.
    exhausted: Counter,
    pub watch: Arc<Watch>,
}

impl Lender {
    pub fn new(pool: DatabaseConnection, connections: u32, exhausted: Counter, watch: Arc<Watch>) -> Arc<Self> {
        let turns = usize::try_from(connections).unwrap_or(1).max(1);
        Arc::new(Self {
            pool,
            most: u64::from(connections),
            turns: Arc::new(Semaphore::new(turns)),
            rest: Mutex::default(),
            asking: Tally::default(),
            gate: Gate::default(),
            exhausted,
            watch,
        })
    }

    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    fn rest<T>(&self, with: impl FnOnce(&mut Rest) -> T) -> T {
        with(&mut self.rest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, sqlx::Error> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        self.exhausted.inc();
        let turn = timeout(ACQUIRE, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// One that rests. A network may have failed meanwhile; a file has not.
    fn rested(&self) -> Option<Away> {
        let last = self.rest(|rest| rest.connections.pop())?;
        // What rests below it has rested longer.
        (last.since.elapsed() < RESTS || !is_postgres(&self.pool)).then_some(last.away)
    }

    async fn ask_pool(&self) -> Result<Away, sqlx::Error> {
        let _asking = self.asking.count();
        let connection = if is_postgres(&self.pool) {
            Taken::Postgres(self.pool.get_postgres_connection_pool().acquire().await?)
        } else {
            // One at a time: to open a file takes longer than most statements, so who comes meanwhile takes what rests by then. Not so
            // with a server, since one that does not answer would hold up all.
            let _alone = self.gate.lock().await;
            if let Some(rested) = self.rested() {
                return Ok(rested);
            }
            Taken::Sqlite(self.pool.get_sqlite_connection_pool().acquire().await?)
        };
        let gone = Instant::now();
        Ok(Away { connection, gone })
    }

    /// Waits for a connection.
    pub async fn lend(self: &Arc<Self>) -> Result<Lease, sqlx::Error> {
        let turn = self.turn().await?;
        let away = match self.rested() {
            Some(away) => away,
            None => {
                let asking = timeout(ACQUIRE, self.ask_pool()).await;
                asking.map_err(|_| sqlx::Error::PoolTimedOut)??
            }
        };
        Ok(Lease {
            away: Some(away),
            lender: self.clone(),
            _turn: turn,
        })
    }

    /// How many connections the pool has open, and how many of these it could give out at once.
    fn in_pool(&self) -> (u64, u64) {
        let (open, idle) = if is_postgres(&self.pool) {
            let pool = self.pool.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        } else {
            let pool = self.pool.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        };
        (u64::from(open), u64::try_from(idle).unwrap_or_default())
    }

    /// How many connections are open, and how many of these nobody uses.
    pub fn size(&self) -> (u64, u64) {
        let (open, idle) = self.in_pool();
        let resting = self.rest(|rest| u64::try_from(rest.connections.len()).unwrap_or_default());
        (open, (idle + resting).min(open))
    }

    /// Does somebody wait for what comes back to the pool? What is given up half way comes back late, and has no turn any more.
    fn is_waited_for(&self) -> bool {
        self.asking.is_any() && self.in_pool().0 >= self.most
    }

    /// Lets a connection rest. One is always left to the pool, for those who ask it itself.
    fn keep(self: &Arc<Self>, away: Away) {
        if away.gone.elapsed() >= AWAY || self.is_waited_for() {
            return;
        }
        let since = Instant::now();
        let mut connection = Some(away);
        let is_first = self.rest(|rest| {
            let has_room = u64::try_from(rest.connections.len()).is_ok_and(|resting| resting + 1 < self.most);
            let resting = connection.take_if(|_| has_room);
            rest.connections.extend(resting.map(|away| Resting { away, since }));
            has_room && !std::mem::replace(&mut rest.is_watched, true)
        });
        drop(connection);
        if is_first {
            let lender = Arc::downgrade(self);
            background::spawn(Box::pin(async move {
                let mut looks = interval(RESTS);
                loop {
                    looks.tick().await;
                    let Some(lender) = lender.upgrade() else { return };
                    if lender.give_back() {
                        return;
                    }
                }
            }));
        }
    }

    /// Gives back what has rested long enough. Was that all?
    fn give_back(&self) -> bool {
        let (back, is_all) = self.rest(|rest| {
            let stays = |resting: &Resting| resting.since.elapsed() < RESTS;
            let (stay, back): (Vec<_>, Vec<_>) = rest.connections.drain(..).partition(stays);
            rest.connections = stay;
            rest.is_watched = !rest.connections.is_empty();
            (back, !rest.is_watched)
        });
        drop(back);
        is_all
    }
}

impl Drop for Lender {
    fn drop(&mut self) {
        self.rest(|rest| {
            rest.connections
                .drain(..)
                .for_each(|resting| put_back(resting.away.connection))
        });
    }
}

/// A connection goes back to its pool by a task. A thread that is ending has none any more, and nobody who would use it.
fn put_back(connection: Taken) {
    if Handle::try_current().is_ok() {
        return drop(connection);
    }
    match connection {
        Taken::Postgres(connection) => drop(connection.leak()),
        Taken::Sqlite(connection) => drop(connection.leak()),
    }
}

/// A connection for a while. Dropped, it goes back to the pool, which asks whether it is well.
pub(super) struct Lease {
    away: Option<Away>,
    lender: Arc<Lender>,
    _turn: OwnedSemaphorePermit,
}

impl Lease {
    pub fn backend(&self) -> DbBackend {
        self.lender.pool.get_database_backend()
    }

    pub fn watch(&self) -> &Watch {
        &self.lender.watch
    }

    pub fn connection(&mut self) -> Result<&mut Taken, sqlx::Error> {
        let away = self.away.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut away.connection)
    }

    /// Lets it rest: its last statement went well, and nothing is left of it.
    pub fn rest(&mut self) {
        if let Some(away) = self.away.take() {
            if self.lender.watch.doubt.is_raised() || Handle::try_current().is_err() {
                put_back(away.connection);
            } else {
                self.lender.keep(away);
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(away) = self.away.take() {
            put_back(away.connection);
        }
    }
}
