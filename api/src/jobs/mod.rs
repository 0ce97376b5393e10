//! Work that time brings about. Every job looks at rows and does what has become due, so it does not matter when or in how
//! many processes it runs, or for how long none did; a test moves the clock and calls [`run_once`].

use std::{sync::Arc, time::Duration};

use entity::enums::ActorKind;
use tokio::sync::Notify;

use crate::{
    access,
    auth::{App, Viewer},
    platform::{
        background,
        error::{Error, chain},
    },
    recommendations, search,
    webhooks::jobs::{Courier, Running},
};

/// How often the jobs look.
const INTERVAL: Duration = Duration::from_secs(60);

/// Background work that has been started.
pub struct Work {
    stop: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
    webhooks: Option<Running>,
}

impl Work {
    /// Ends it, after the job that is running.
    pub async fn stop(self) {
        self.stop.notify_one();
        if let Some(webhooks) = self.webhooks {
            webhooks.stop().await;
        }
        if self.task.await.is_err() {
            tracing::warn!("the background work did not end in order");
        }
    }
}

/// Does all that has become due.
pub async fn run_once(app: &Arc<App>) -> Result<(), Error> {
    let session = app.session(Viewer::operator(ActorKind::Scheduler)).await?;
    recommendations::jobs::expire_risk_acceptances(&session).await?;
    access::jobs::forget_expired(&session).await?;
    search::jobs::index_missing(&session).await?;
    Ok(())
}

/// Does so again and again until it is stopped, and sends webhooks. A failure is logged and tried again.
pub async fn start(app: Arc<App>) -> Work {
    let webhooks = match Courier::new(app.clone()).await {
        Ok(courier) => Some(courier.start()),
        Err(error) => {
            tracing::error!(error = %chain(&error), "webhooks are not sent by this process");
            None
        }
    };
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let task = background::spawn(Box::pin(async move {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                _ = stopped.notified() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = run_once(&app).await {
                tracing::error!(error = %chain(&error), "a background job failed and will be tried again");
            }
        }
    }));
    Work { stop, task, webhooks }
}
