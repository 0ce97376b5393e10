//! The worker: makes deliveries of events and sends them, each endpoint by itself.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use entity::{
    enums::ActorKind,
    ids::{WebhookDeliveryId, WebhookEndpointId},
};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::{
    queries::due_endpoints,
    service::{
        attempt::{Outcome, prepare, record},
        claim::{Claim, claim, release},
        endpoints::reach,
        fan_out,
    },
};
use crate::{
    auth::{App, Session, Viewer},
    platform::{
        background,
        error::{Error, chain},
        outbound::{Lookup, Outbound, Refused, system_lookup},
    },
};

/// How often the worker looks for what has become due.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long calls may still take once the process is told to stop: longer than any call.
const GRACE: Duration = Duration::from_secs(16);

/// A number from 0 to 1, for the jitter of retries.
pub type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Random enough to spread retries.
pub fn system_random() -> Random {
    Arc::new(|| f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX))
}

/// A call with its record; then the endpoint may have room for another.
type Call = Pin<Box<dyn Future<Output = (WebhookDeliveryId, WebhookEndpointId)> + Send>>;

/// Sends webhooks. Any number of these work side by side, in one process or many.
#[derive(Clone)]
pub struct Courier {
    app: Arc<App>,
    outbound: Outbound,
    random: Random,
}

/// A worker that has been started.
pub struct Running {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it: what is on its way may arrive, what is not is left to others.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("the sender of webhooks did not end in order");
        }
    }
}

impl Courier {
    /// With the addresses that names have, and real chance.
    pub async fn new(app: Arc<App>) -> Result<Self, Error> {
        Self::with(app, system_lookup(), system_random()).await
    }

    /// With another way to look names up, and another chance.
    pub async fn with(app: Arc<App>, lookup: Lookup, random: Random) -> Result<Self, Error> {
        let reach = reach(&*app.session(Viewer::operator(ActorKind::Scheduler)).await?);
        Ok(Self {
            app,
            outbound: Outbound::new(reach, lookup)?,
            random,
        })
    }

    async fn session(&self) -> Result<Arc<Session>, Error> {
        self.app.session(Viewer::operator(ActorKind::Scheduler)).await
    }

    async fn queue(&self, session: &Session) -> Result<(), Error> {
        while fan_out(session).await? {}
        Ok(())
    }

    /// Does all that is due, until nothing is.
    pub async fn run_once(&self) -> Result<(), Error> {
        let session = self.session().await?;
        self.queue(&session).await?;
        let mut calls: FuturesUnordered<Call> = FuturesUnordered::new();
        let mut endpoints = due_endpoints(&session.db, session.now()).await?;
        loop {
            for endpoint in endpoints {
                calls.extend(
                    claim(&session, endpoint)
                        .await?
                        .into_iter()
                        .map(|claim| self.clone().call(claim)),
                );
            }
            match calls.next().await {
                Some((_, endpoint)) => endpoints = vec![endpoint],
                None => return Ok(()),
            }
        }
    }

    /// Does so again and again until it is stopped.
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        Running {
            stop,
            task: background::spawn(Box::pin(self.run(stopped))),
        }
    }

    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(INTERVAL);
        let mut calls: FuturesUnordered<Call> = FuturesUnordered::new();
        let mut held: HashMap<WebhookDeliveryId, DateTime<Utc>> = HashMap::new();
        loop {
            let found = tokio::select! {
                _ = stopped.changed() => break,
                _ = ticks.tick() => self.due().await,
                Some((delivery, endpoint)) = calls.next(), if !calls.is_empty() => {
                    held.remove(&delivery);
                    self.due_for(endpoint).await
                }
            };
            match found {
                Ok(claims) => {
                    for claim in claims {
                        held.insert(claim.delivery.id, claim.lease);
                        calls.push(self.clone().call(claim));
                    }
                }
                Err(error) => {
                    tracing::error!(error = %chain(&error), "webhooks could not be taken in hand; trying again")
                }
            }
        }
        let rest = async {
            while let Some((delivery, _)) = calls.next().await {
                held.remove(&delivery);
            }
        };
        if tokio::time::timeout(GRACE, rest).await.is_err() {
            tracing::warn!("some webhooks were on their way when the process ended; another one sends them again");
        }
        if let Err(error) = self.let_go(held).await {
            tracing::warn!(error = %chain(&error), "webhooks in hand could not be let go; their leases will run out");
        }
    }

    async fn due(&self) -> Result<Vec<Claim>, Error> {
        let session = self.session().await?;
        // What is in the queue already is sent all the same.
        if let Err(error) = self.queue(&session).await {
            tracing::error!(error = %chain(&error), "events could not be put in the queue of webhooks; trying again");
        }
        let mut claims = Vec::new();
        for endpoint in due_endpoints(&session.db, session.now()).await? {
            claims.extend(claim(&session, endpoint).await?);
        }
        Ok(claims)
    }

    async fn due_for(&self, endpoint: WebhookEndpointId) -> Result<Vec<Claim>, Error> {
        claim(&*self.session().await?, endpoint).await
    }

    async fn let_go(&self, held: HashMap<WebhookDeliveryId, DateTime<Utc>>) -> Result<(), Error> {
        let held: Vec<_> = held.into_iter().collect();
        release(&*self.session().await?, &held).await
    }

    fn call(self, claim: Claim) -> Call {
        Box::pin(async move {
            let (delivery, endpoint) = (claim.delivery.id, claim.endpoint.id);
            if let Err(error) = self.send(&claim).await {
                tracing::error!(
                    webhook_delivery.id = %delivery, error = %chain(&error),
                    "a webhook was not sent, or what came of it not recorded; it will be sent again"
                );
            }
            (delivery, endpoint)
        })
    }

    async fn send(&self, claim: &Claim) -> Result<(), Error> {
        let session = self.session().await?;
        let (at, began) = (session.now(), self.app.clock.ticks());
        let outcome = match prepare(&session, claim).await {
            Ok(None) => Outcome::Withheld,
            Err(error) => {
                tracing::error!(webhook_delivery.id = %claim.delivery.id, error = %chain(&error), "a webhook could not be made");
                let answer = Err(Refused("Something went wrong on our side before the call; the log says what.".to_owned()));
                Outcome::Sent { at, duration_ms: 0, answer }
            }
            Ok(Some(request)) => {
                let answer = self
                    .outbound
                    .post(&claim.endpoint.url, &request.headers, request.body)
                    .await;
                let took = self.app.clock.ticks().saturating_sub(began);
                Outcome::Sent {
                    at,
                    duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
                    answer,
                }
            }
        };
        record(&session, claim, outcome, (self.random)()).await
    }
}
