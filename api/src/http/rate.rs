//! How much one caller may ask, by user or token and by address. A leaky bucket each: what a minute allows may come at once.
//!
//! The counts are kept in the process, so several processes allow several times as much; they are there to keep one runaway
//! script from taking the service from the others, not to bill anybody.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::http::{
    StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use entity::ids::{ApiTokenId, UserId};
use governor::{
    Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use uuid::Uuid;

use super::graphql::Refusal;
use crate::{auth::Viewer, platform::clock::Clock, platform::settings::Settings};

/// Every so many checks, callers who have been quiet are forgotten.
const FORGET_EVERY: u64 = 10_000;

/// The injected clock, as the library wants it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.ticks().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Principal {
    User(UserId),
    Token(ApiTokenId),
}

impl Principal {
    /// The id of either; no two are the same.
    pub(super) fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.0,
            Self::Token(id) => id.0,
        }
    }

    /// None for what runs on the machine itself.
    pub(super) fn of(viewer: &Viewer) -> Option<Self> {
        let user = viewer.id().map(Self::User);
        user.or_else(|| viewer.token.as_ref().map(|token| Self::Token(token.id)))
    }
}

struct Bucket<K: Clone + Eq + std::hash::Hash> {
    limiter: Option<RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>>,
    clock: Ticks,
    checks: AtomicU64,
}

impl<K: Clone + Eq + std::hash::Hash> Bucket<K> {
    fn new(per_minute: u32, clock: &Ticks) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        let limiter = quota.map(|quota| RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()));
        Self {
            limiter,
            clock: clock.clone(),
            checks: AtomicU64::new(0),
        }
    }

    /// Counts one; or how long to wait.
    fn take(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            limiter.retain_recent();
        }
        limiter
            .check_key(key)
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

/// The limits of a process.
pub struct RateLimits {
    principals: Bucket<Principal>,
    addresses: Bucket<IpAddr>,
    failures: Bucket<IpAddr>,
}

fn too_many(what: &str, wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!("{what}; wait {seconds} s before you try again.");
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
    match HeaderValue::from_str(&seconds.to_string()) {
        Ok(value) => refusal.header(RETRY_AFTER, value),
        Err(_) => refusal,
    }
}

impl RateLimits {
    /// As the settings say.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let clock = Ticks(clock);
        Self {
            principals: Bucket::new(settings.requests_per_minute, &clock),
            addresses: Bucket::new(settings.requests_per_minute_per_address, &clock),
            failures: Bucket::new(settings.failed_sign_ins_per_minute, &clock),
        }
    }

    /// Counts a request from an address, whoever sends it.
    pub fn admit(&self, address: IpAddr) -> Result<(), Refusal> {
        let counted = self.addresses.take(&address);
        counted.map_err(|wait| too_many("Too many requests from your address", wait))
    }

    /// Counts a request of somebody who has signed in.
    pub fn count(&self, viewer: &Viewer) -> Result<(), Refusal> {
        let counted = Principal::of(viewer).map_or(Ok(()), |principal| self.principals.take(&principal));
        counted.map_err(|wait| too_many("You send too many requests", wait))
    }

    /// Counts a failed sign-in. Whoever shows something valid is let in all the same: many share an address, and what is
    /// shown has 256 random bits or a signature, so nobody gets in by guessing.
    pub fn failed(&self, address: IpAddr) -> Result<(), Refusal> {
        let counted = self.failures.take(&address);
        counted.map_err(|wait| too_many("Too many failed sign-ins from your address", wait))
    }
}
