//! The database: where it is, one pool for each worker thread, and transactions.
//!
//! Connections do not cross runtime threads: a socket that another worker polls costs two wake-ups for each statement.
//! So every thread has its own pool, opened at first use.
//!
//! SQLite has one writer at a time. Writers of this process queue at a gate instead of polling the file lock; writers of
//! other processes wait for the lock up to the busy timeout. A write begins IMMEDIATE, so it never fails half way for
//! having begun as a reader.

mod backup;
mod connect;
mod copy;
mod doubt;
mod hold;
mod lender;
mod meters;
mod migrate;
mod note;
mod opened;
mod past;
mod reach;
mod reader;
mod restore;
mod rights;
mod settle;
mod snapshot;
mod taken;
mod together;
mod transaction;
mod wake;

use std::{
    cell::RefCell,
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::{Mutex, Notify};

pub use backup::backup;
pub use copy::{Copied, copy};
pub use hold::{Hold, keep_and_hold};
pub use meters::DatabaseMeters;
pub use migrate::{Schema, migrate, schema, steps};
pub use note::in_passing;
pub use past::{end_past, renew_members, renew_past};
pub use reader::Reader;
pub use restore::{Restored, restore};
pub use settle::settle;
pub use snapshot::Snapshot;
pub use transaction::{Turn, Tx, Witness};
pub use wake::Wakings;

use self::lender::Lender;
use super::error::Error;

/// Told of each statement's text; how tests count statements.
pub type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// How to reach the database.
#[derive(Clone)]
pub struct Databases {
    url: String,
    connections: u32,
    statement_timeout_ms: u64,
    watch: Arc<connect::Watch>,
    gate: Arc<Mutex<()>>,
    /// Told of events that this process wrote to the embedded database.
    written: Arc<Notify>,
    rights: rights::Rights,
    identity: u64,
    meters: DatabaseMeters,
    doubt: doubt::Doubt,
}

thread_local! {
    static POOLS: RefCell<HashMap<u64, Arc<Lender>>> = RefCell::new(HashMap::new());
}

impl Databases {
    /// `url` starts with `sqlite:` or `postgres:`. Nothing is opened yet.
    pub fn new(url: &str, connections: u32, statement_timeout_ms: u64) -> Result<Self, String> {
        connect::check(url)?;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let meters = DatabaseMeters::new(url.starts_with("sqlite:"), connections);
        let doubt = doubt::Doubt::default();
        let watch = connect::Watch {
            meters: meters.statements().clone(),
            observer: None,
            doubt: doubt.clone(),
        };
        Ok(Self {
            url: url.to_owned(),
            connections,
            statement_timeout_ms,
            watch: Arc::new(watch),
            gate: Arc::default(),
            written: Arc::default(),
            rights: rights::Rights::default(),
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            meters,
            doubt,
        })
    }

    /// The same database, telling `observer` of every statement.
    pub fn observed(mut self, observer: Observer) -> Self {
        let watch = connect::Watch {
            meters: self.meters.statements().clone(),
            observer: Some(observer),
            doubt: self.doubt.clone(),
        };
        self.watch = Arc::new(watch);
        self
    }

    /// What is counted of it.
    pub fn meters(&self) -> &DatabaseMeters {
        &self.meters
    }

    /// Is it the embedded database?
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// The file of an embedded database.
    pub fn file(&self) -> Option<PathBuf> {
        connect::file(&self.url)
    }

    /// Where it is, for people: without a password.
    pub fn location(&self) -> String {
        match url::Url::parse(&self.url) {
            Ok(mut url) if url.has_host() && !self.is_sqlite() => {
                // Neither can fail for a URL with a host.
                let _ = url.set_password(None);
                let _ = url.set_username("");
                url.to_string()
            }
            _ => self.url.clone(),
        }
    }

    /// This thread's pool itself, for tools that read by other means than the service does.
    pub async fn here(&self) -> Result<DatabaseConnection, Error> {
        Ok(self.lender().await?.pool().clone())
    }

    /// This thread's connections.
    async fn lender(&self) -> Result<Arc<Lender>, Error> {
        if let Some(lender) = POOLS.with_borrow(|pools| pools.get(&self.identity).cloned()) {
            return Ok(lender);
        }
        let pool = connect::open(
            &self.url,
            self.connections,
            self.statement_timeout_ms,
            self.watch.clone(),
            true,
        )
        .await?;
        // Opened lazily, so one that another request of this thread has made meanwhile costs nothing.
        Ok(POOLS.with_borrow_mut(|pools| {
            let open = || {
                let lender = Lender::new(pool, self.connections, self.meters.exhausted(), self.watch.clone());
                self.meters.opened(lender.clone());
                lender
            };
            pools.entry(self.identity).or_insert_with(open).clone()
        }))
    }

    /// Reads and writes from this thread's connections, each statement by itself.
    pub async fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader::new(self.lender().await?))
    }

    /// Begins a write.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let gate = if self.is_sqlite() {
            Some(self.gate.clone().lock_owned().await)
        } else {
            None
        };
        let lender = self.lender().await?;
        let lease = lender.lend().await.map_err(reader::of_query)?;
        let tx = Tx::begin(lease, gate, self.written.clone(), self.rights.watch()).await?;
        self.meters.began_write(begun.elapsed());
        Ok(tx)
    }

    /// Begins to read the database as it is now, for as long as the reading takes.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let lease = self.lender().await?.lend().await.map_err(reader::of_query)?;
        Snapshot::take(lease).await
    }

    /// What wakes the one reader of this process that follows the event log.
    pub async fn wakings(&self) -> Wakings {
        let url = (!self.is_sqlite()).then(|| self.url.clone());
        Wakings::new(self.written.clone(), url).await
    }

    /// How often this process has changed who may do what.
    pub fn changes_of_rights(&self) -> u64 {
        self.rights.changes()
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<(), Error> {
        let db = self.reader().await?;
        let answered = db.execute_unprepared("SELECT 1").await;
        answered.map_err(|error| reach::failed(&self.url, &error))?;
        Ok(())
    }
}
