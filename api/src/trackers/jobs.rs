//! The worker: follows the log, works off what trackers told, polls, and brings links into step, each connection by itself.

use std::{collections::BTreeSet, future::Future, pin::Pin, sync::Arc, time::Duration};

use entity::{enums::ActorKind, ids::TrackerConnectionId};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::{sync::watch, time::MissedTickBehavior};
use tracing::Instrument;

use super::{
    model::{LEASE, POLL_INTERVAL},
    queries::due_connections,
    service::{claim::claim, follow, inbox, poll, probe, remote::Wire, sync::sync},
};
use crate::{
    auth::{App, Session, Viewer},
    platform::{
        background::{self, survive},
        error::{Error, chain},
    },
};

/// How often the worker looks for what has become due.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a poll may take, and a synchronisation: when others may do the same again.
const POLL: Duration = Duration::from_secs(POLL_INTERVAL.num_seconds().unsigned_abs());
const SYNC: Duration = Duration::from_secs(LEASE.num_seconds().unsigned_abs());
/// As many links of a connection are brought into step before it is looked at anew.
const IN_A_ROW: usize = 25;

/// What one step came to.
enum Step {
    /// Which connections have anything to do.
    Looked(Result<Vec<TrackerConnectionId>, Error>),
    /// One of them has been served.
    Served(TrackerConnectionId),
}

/// All that waits for anything is a step, and all steps are polled together: one that waits for the database must not keep
/// another, which holds what it waits for, from going on.
type Steps = FuturesUnordered<Pin<Box<dyn Future<Output = Step> + Send>>>;

/// Keeps trackers in step. Any number of these work side by side, in one process or many.
#[derive(Clone)]
pub struct Keeper {
    app: Arc<App>,
    wire: Wire,
}

/// A worker that has been started.
pub struct Running {
    stop: watch::Sender<Duration>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it, after what is on its way, if that does not take longer than so. What another process finds is tried again when its lease has run out.
    pub async fn stop(self, grace: Duration) {
        let _ = self.stop.send(grace);
        if self.task.await.is_err() {
            tracing::warn!("the keeper of trackers did not end in order");
        }
    }
}

impl Keeper {
    /// Of a process.
    pub fn new(app: Arc<App>) -> Result<Self, Error> {
        let wire = probe::wire(&app)?;
        Ok(Self::with(app, wire))
    }

    /// With another way to make calls.
    pub fn with(app: Arc<App>, wire: Wire) -> Self {
        Self { app, wire }
    }

    async fn session(&self) -> Result<Arc<Session>, Error> {
        self.app.session(Viewer::operator(ActorKind::Tracker)).await
    }

    /// What has happened, here and there, becomes links that are due. Returns the connections with anything to do.
    async fn look(&self) -> Result<Vec<TrackerConnectionId>, Error> {
        let session = self.session().await?;
        let databases = &self.app.databases;
        while databases.in_time(follow(&session)).await? {}
        while databases.in_time(inbox::work_off(&session)).await? {}
        databases.in_time(due_connections(&session.db, session.now())).await
    }

    /// Polls a connection if that is due, and brings its links into step. Returns how many.
    async fn serve(&self, id: TrackerConnectionId) -> Result<usize, Error> {
        let session = self.session().await?;
        let databases = &self.app.databases;
        databases
            .within(POLL, Box::pin(poll::poll(&session, &self.wire, id)))
            .await?;
        for served in 0..IN_A_ROW {
            match databases.in_time(claim(&session, id)).await? {
                Some(claim) => {
                    let span = tracing::info_span!("tracker.sync", tracker_link.id = %claim.link.id);
                    let work = Box::pin(sync(&session, &self.wire, &claim)).instrument(span);
                    databases.within(SYNC, work).await?;
                }
                None => return Ok(served),
            }
        }
        Ok(IN_A_ROW)
    }

    /// Does all that is due, until nothing is.
    pub async fn run_once(&self) -> Result<(), Error> {
        loop {
            let mut served = 0;
            for id in self.look().await? {
                served += self.serve(id).await?;
            }
            if served == 0 {
                return Ok(());
            }
        }
    }

    /// Does so again and again until it is stopped.
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(Duration::ZERO);
        Running {
            stop,
            task: background::spawn(Box::pin(self.run(stopped))),
        }
    }

    async fn run(self, mut stopped: watch::Receiver<Duration>) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut steps, mut busy, mut is_looking) = (Steps::new(), BTreeSet::new(), false);
        loop {
            let step = tokio::select! {
                _ = stopped.changed() => break,
                _ = ticks.tick(), if !is_looking => {
                    is_looking = true;
                    let keeper = self.clone();
                    steps.push(Box::pin(async move { Step::Looked(survive(keeper.look()).await) }));
                    continue;
                }
                Some(step) = steps.next(), if !steps.is_empty() => step,
            };
            match step {
                Step::Served(id) => drop(busy.remove(&id)),
                Step::Looked(due) => {
                    is_looking = false;
                    match due {
                        Ok(due) => {
                            let free = due.into_iter().filter(|id| busy.insert(*id));
                            steps.extend(free.map(|id| self.clone().step(id)));
                        }
                        Err(error) => {
                            tracing::error!(error = %chain(&error), "trackers could not be looked after; trying again");
                        }
                    }
                }
            }
        }
        let rest = async { while steps.next().await.is_some() {} };
        let grace = *stopped.borrow();
        if tokio::time::timeout(grace, rest).await.is_err() {
            tracing::warn!(
                "some calls to trackers were on their way when the process ended; another one looks after them"
            );
        }
    }

    fn step(self, id: TrackerConnectionId) -> Pin<Box<dyn Future<Output = Step> + Send>> {
        Box::pin(async move {
            if let Err(error) = survive(self.serve(id)).await {
                tracing::error!(
                    tracker_connection.id = %id, error = %chain(&error),
                    "what came of a call to a tracker could not be recorded; it is looked at again"
                );
            }
            Step::Served(id)
        })
    }
}
