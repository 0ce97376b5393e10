//! Work that time brings about. Every job looks at rows and does what has become due, so it does not matter when or in how
//! many processes it runs, or for how long none did; a test moves the clock and calls [`run_once`].
//!
//! Of all processes on a database one does the work: the holder of a lease, which the others take over when it runs out.

mod lease;

use std::{pin::pin, sync::Arc, time::Duration};

use entity::enums::ActorKind;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    access,
    auth::{App, Session, Viewer},
    follow_through, idempotency,
    platform::{
        background::{self, survive},
        error::{Error, chain},
    },
    recommendations, reminders, search,
    trackers::jobs::{Keeper, Running as KeeperRunning},
    webhooks::{
        jobs::{Courier, Running},
        service::forget::forget_done,
    },
};

/// How often the jobs look.
const INTERVAL: Duration = Duration::from_secs(60);

/// Background work that has been started.
pub struct Work {
    stop: watch::Sender<Duration>,
    task: tokio::task::JoinHandle<()>,
    webhooks: Running,
    trackers: KeeperRunning,
}

impl Work {
    /// Ends it. What is under way may be finished within a time; what is left undone is done by whoever looks next.
    pub async fn stop(self, grace: Duration) {
        let _ = self.stop.send(grace);
        let (ended, (), ()) = tokio::join!(self.task, self.webhooks.stop(grace), self.trackers.stop(grace));
        if ended.is_err() {
            tracing::warn!("the background work did not end in order");
        }
    }
}

async fn scheduler(app: &Arc<App>) -> Result<Arc<Session>, Error> {
    app.session(Viewer::operator(ActorKind::Scheduler)).await
}

/// Does all that has become due, unless another process is there to do it.
pub async fn run_once(app: &Arc<App>) -> Result<(), Error> {
    let session = scheduler(app).await?;
    if !app.databases.in_time(lease::take(&session)).await? {
        return Ok(());
    }
    // Boxed: all that may be written in its course would else lie on the stack of whoever waits for it.
    tokio::select! {
        done = Box::pin(work(&session)) => done,
        lost = keep(&session) => lost,
    }
}

async fn work(session: &Session) -> Result<(), Error> {
    follow_through::jobs::note_today(session).await?;
    recommendations::jobs::expire_risk_acceptances(session).await?;
    reminders::jobs::remind(session).await?;
    access::jobs::forget_expired(session).await?;
    idempotency::jobs::forget_expired(session).await?;
    forget_done(session).await?;
    search::jobs::index_missing(session).await?;
    Ok(())
}

/// Renews the lease while a long backlog is worked off. Ends only when another process holds it, or the database does not answer.
async fn keep(session: &Session) -> Result<(), Error> {
    let mut ticks = interval(lease::LASTS / 3);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if !session.app.databases.in_time(lease::take(session)).await? {
            tracing::warn!("another process has taken over the background work");
            return Ok(());
        }
    }
}

/// Gives up the lease of a process that ends.
async fn retire(app: &Arc<App>) -> Result<(), Error> {
    let session = scheduler(app).await?;
    app.databases.in_time(lease::release(&session)).await
}

/// Does so again and again until it is stopped, sends webhooks, and looks after trackers. A failure is logged and tried again.
pub fn start(app: Arc<App>) -> Result<Work, Error> {
    let webhooks = Courier::new(app.clone())?.start();
    let trackers = Keeper::new(app.clone())?.start();
    let (stop, stopped) = watch::channel(Duration::ZERO);
    let task = background::spawn(Box::pin(again_and_again(app, stopped)));
    Ok(Work {
        stop,
        task,
        webhooks,
        trackers,
    })
}

async fn again_and_again(app: Arc<App>, mut stopped: watch::Receiver<Duration>) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_stopping = false;
    while !is_stopping {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = ticks.tick() => {}
        }
        let mut job = pin!(survive(run_once(&app)));
        let outcome = tokio::select! {
            outcome = &mut job => Some(outcome),
            _ = stopped.changed() => {
                is_stopping = true;
                let grace = *stopped.borrow();
                timeout(grace, job).await.ok()
            }
        };
        if let Some(outcome) = &outcome {
            app.meters.work.jobs_ran(outcome.is_ok(), app.clock.now());
        }
        match outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::error!(error = %chain(&error), "a background job failed and will be tried again")
            }
            None => tracing::warn!("a background job was left undone; whoever looks next does it"),
        }
    }
    if let Err(error) = retire(&app).await {
        tracing::warn!(error = %chain(&error), "the background work was not handed over and begins again in some minutes");
    }
}
