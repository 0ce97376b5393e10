//! The worker: makes deliveries of events and sends them, each endpoint by itself.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use entity::{
    enums::ActorKind,
    ids::{WebhookDeliveryId, WebhookEndpointId},
};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::MissedTickBehavior,
};
use tracing::Instrument;

use super::{
    model::retry::{Verdict, verdict},
    queries::due_endpoints,
    service::{
        attempt::{Outcome, Prepared, prepare, record},
        claim::{Claim, claim, release},
        endpoints::reach,
        fan_out,
    },
};
use crate::{
    auth::{App, Session, Viewer},
    platform::{
        background::{self, survive},
        error::{Error, chain},
        outbound::{Lookup, Outbound, Refused, system_lookup},
        telemetry,
    },
};

/// How often the worker looks for what has become due.
const INTERVAL: Duration = Duration::from_secs(1);

/// A number from 0 to 1, for the jitter of retries.
pub type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Random enough to spread retries.
pub fn system_random() -> Random {
    Arc::new(|| f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX))
}

/// What one step came to: what it finished, and what is in hand now.
struct Step {
    finished: Option<WebhookDeliveryId>,
    claims: Result<Vec<Claim>, Error>,
}

/// All that waits for anything is a step, and all steps are polled together: one that waits for the database must not keep
/// another, which holds what it waits for, from going on.
type Steps = FuturesUnordered<Pin<Box<dyn Future<Output = Step> + Send>>>;

/// Sends webhooks. Any number of these work side by side, in one process or many.
#[derive(Clone)]
pub struct Courier {
    app: Arc<App>,
    outbound: Outbound,
    random: Random,
    /// As many steps as there are connections talk to the database at once; the others wait without a limit of time.
    turns: Arc<Semaphore>,
}

/// A worker that has been started.
pub struct Running {
    stop: watch::Sender<Duration>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it: what is on its way may arrive within a time, what is not is left to others.
    pub async fn stop(self, grace: Duration) {
        let _ = self.stop.send(grace);
        if self.task.await.is_err() {
            tracing::warn!("the sender of webhooks did not end in order");
        }
    }
}

impl Courier {
    /// With the addresses that names have, and real chance.
    pub fn new(app: Arc<App>) -> Result<Self, Error> {
        Self::with(app, system_lookup(), system_random())
    }

    /// With another way to look names up, and another chance.
    pub fn with(app: Arc<App>, lookup: Lookup, random: Random) -> Result<Self, Error> {
        let reach = reach(&app.settings);
        let connections = usize::try_from(app.settings.database_connections).unwrap_or(usize::MAX);
        let turns = Semaphore::new(connections.saturating_sub(1).clamp(1, Semaphore::MAX_PERMITS));
        Ok(Self {
            app,
            outbound: Outbound::new(reach, lookup)?,
            random,
            turns: Arc::new(turns),
        })
    }

    async fn session(&self) -> Result<Arc<Session>, Error> {
        self.app.session(Viewer::operator(ActorKind::Scheduler)).await
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        self.turns.acquire().await.map_err(Error::internal)
    }

    async fn queue(&self, session: &Session) -> Result<(), Error> {
        while self.app.databases.in_time(fan_out(session)).await? {}
        Ok(())
    }

    /// Does all that is due, until nothing is.
    pub async fn run_once(&self) -> Result<(), Error> {
        self.queue(&*self.session().await?).await?;
        let mut steps = Steps::new();
        steps.push(Box::pin(self.clone().look()));
        while let Some(step) = steps.next().await {
            for claim in step.claims? {
                steps.push(Box::pin(self.clone().call(claim)));
            }
        }
        Ok(())
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
        let mut steps = Steps::new();
        let mut is_looking = false;
        let mut held: HashMap<WebhookDeliveryId, DateTime<Utc>> = HashMap::new();
        loop {
            let step = tokio::select! {
                _ = stopped.changed() => break,
                _ = ticks.tick(), if !is_looking => {
                    is_looking = true;
                    steps.push(Box::pin(self.clone().look()));
                    continue;
                }
                Some(step) = steps.next(), if !steps.is_empty() => step,
            };
            match step.finished {
                Some(delivery) => drop(held.remove(&delivery)),
                None => is_looking = false,
            }
            match step.claims {
                Ok(claims) => {
                    for claim in claims {
                        held.insert(claim.delivery.id, claim.lease);
                        steps.push(Box::pin(self.clone().call(claim)));
                    }
                }
                Err(error) => {
                    tracing::error!(error = %chain(&error), "webhooks could not be taken in hand; trying again")
                }
            }
        }
        let rest = async {
            while let Some(step) = steps.next().await {
                if let Some(delivery) = step.finished {
                    held.remove(&delivery);
                }
                for claim in step.claims.unwrap_or_default() {
                    held.insert(claim.delivery.id, claim.lease);
                }
            }
        };
        let grace = *stopped.borrow();
        if tokio::time::timeout(grace, rest).await.is_err() {
            tracing::warn!("some webhooks were on their way when the process ended; another one sends them again");
        }
        drop(steps);
        if let Err(error) = self.let_go(held).await {
            tracing::warn!(error = %chain(&error), "webhooks in hand could not be let go; their leases will run out");
        }
    }

    /// Queues what has happened, and takes in hand what is due.
    async fn look(self) -> Step {
        Step {
            finished: None,
            claims: survive(self.due()).await,
        }
    }

    async fn due(&self) -> Result<Vec<Claim>, Error> {
        let _turn = self.turn().await?;
        let session = self.session().await?;
        // What is in the queue already is sent all the same.
        if let Err(error) = self.queue(&session).await {
            tracing::error!(error = %chain(&error), "events could not be put in the queue of webhooks; trying again");
        }
        let mut claims = Vec::new();
        let databases = &self.app.databases;
        for endpoint in databases.in_time(due_endpoints(&session.db, session.now())).await? {
            claims.extend(databases.in_time(claim(&session, endpoint)).await?);
        }
        Ok(claims)
    }

    async fn due_for(&self, endpoint: WebhookEndpointId) -> Result<Vec<Claim>, Error> {
        let _turn = self.turn().await?;
        let session = self.session().await?;
        self.app.databases.in_time(claim(&session, endpoint)).await
    }

    async fn let_go(&self, held: HashMap<WebhookDeliveryId, DateTime<Utc>>) -> Result<(), Error> {
        let held: Vec<_> = held.into_iter().collect();
        let session = self.session().await?;
        self.app.databases.in_time(release(&session, &held)).await
    }

    /// Sends a delivery; then its endpoint may have room for another.
    async fn call(self, claim: Claim) -> Step {
        let delivery = claim.delivery.id;
        if let Err(error) = survive(self.send(&claim)).await {
            tracing::error!(
                webhook_delivery.id = %delivery, error = %chain(&error),
                "what came of a webhook could not be recorded; it will be sent again"
            );
        }
        Step {
            finished: Some(delivery),
            claims: survive(self.due_for(claim.endpoint.id)).await,
        }
    }

    async fn prepare(&self, session: &Session, claim: &Claim) -> Result<Option<Prepared>, Error> {
        let _turn = self.turn().await?;
        self.app.databases.in_time(prepare(session, claim)).await
    }

    async fn send(&self, claim: &Claim) -> Result<(), Error> {
        let session = self.session().await?;
        let (at, began) = (session.now(), self.app.clock.ticks());
        let outcome = match self.prepare(&session, claim).await {
            Ok(None) => Outcome::Withheld,
            Err(error) => {
                tracing::error!(webhook_delivery.id = %claim.delivery.id, error = %chain(&error), "a webhook could not be made");
                let answer = Err(Refused(
                    "Something went wrong on our side before the call; the log says what.".to_owned(),
                ));
                Outcome::Sent {
                    at,
                    duration_ms: 0,
                    answer,
                }
            }
            Ok(Some(request)) => {
                let call = self.outbound.post(&claim.endpoint.url, &request.headers, request.body);
                let span = tracing::info_span!(
                    "webhook.send",
                    otel.kind = "client",
                    webhook_delivery.id = %claim.delivery.id,
                    webhook_delivery.attempt = claim.delivery.tries + 1,
                    http.response.status_code = tracing::field::Empty,
                );
                let answer = call.instrument(span.clone()).await;
                if let Ok(reply) = &answer {
                    span.record("http.response.status_code", reply.status);
                }
                let took = self.app.clock.ticks().saturating_sub(began);
                let arrived = answer
                    .as_ref()
                    .is_ok_and(|reply| verdict(reply.status) == Verdict::Succeeded);
                if !arrived {
                    telemetry::failed(&span);
                }
                self.app.meters.work.webhook_attempted(arrived, took);
                Outcome::Sent {
                    at,
                    duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
                    answer,
                }
            }
        };
        let _turn = self.turn().await?;
        let record = record(&session, claim, outcome, (self.random)());
        self.app.databases.in_time(record).await
    }
}
