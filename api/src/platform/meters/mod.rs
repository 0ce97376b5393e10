//! What a process counts of itself, for Prometheus: docs/dashboards.md. Only the process counts here; what is in the database is
//! read when somebody asks.
//!
//! Labels have few values, and none that a caller can choose freely: see `names`.

mod http;
mod names;
mod work;

use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

pub use self::{
    http::{GraphqlMeters, HttpMeters, Operation},
    work::WorkMeters,
};
use super::db::DatabaseMeters;

/// Names and values of labels.
pub type Labels<const N: usize> = [(&'static str, String); N];
/// Counters by labels.
pub type Counters<const N: usize> = Family<Labels<N>, Counter>;
/// Histograms of seconds by labels.
pub type Timings<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// From a few milliseconds to the longest that a request or a call may take.
pub fn timing() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0])
}

/// From a tenth of a millisecond: a statement is quicker than a request.
pub fn short_timing() -> Histogram {
    Histogram::new([0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0])
}

/// Histograms of seconds, all with the same buckets.
pub fn timings<const N: usize>() -> Timings<N> {
    Family::new_with_constructor(timing)
}

/// Adds a histogram of seconds; `name` is without the unit.
pub fn register_seconds(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: impl prometheus_client::registry::Metric,
) {
    registry.register_with_unit(name, help, Unit::Seconds, metric);
}

/// Seconds since 1970, as Prometheus wants instants.
#[allow(
    clippy::cast_precision_loss,
    reason = "microseconds since 1970 are below 2⁵² for another century"
)]
pub fn unix_seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1_000_000.0
}

/// Counts one thing as long as it is held.
#[derive(Debug)]
pub struct Held(Gauge);

impl Held {
    /// One more.
    pub fn one_of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// All that a process counts.
#[derive(Debug, Clone)]
pub struct Meters {
    /// Requests.
    pub http: HttpMeters,
    /// Operations.
    pub graphql: GraphqlMeters,
    /// Statements and connections.
    pub database: DatabaseMeters,
    /// Background work.
    pub work: WorkMeters,
    /// Sockets and event streams that are open.
    pub live_connections: Gauge,
    /// Subscriptions that are running.
    pub live_subscriptions: Gauge,
    started_at: DateTime<Utc>,
}

impl Meters {
    /// Of a process that starts now.
    pub fn new(database: DatabaseMeters, now: DateTime<Utc>) -> Self {
        Self {
            http: HttpMeters::default(),
            graphql: GraphqlMeters::default(),
            database,
            work: WorkMeters::default(),
            live_connections: Gauge::default(),
            live_subscriptions: Gauge::default(),
            started_at: now,
        }
    }

    /// Makes them known under their names.
    pub fn register(&self, registry: &mut Registry) {
        let version = ("version", env!("CARGO_PKG_VERSION").to_owned());
        let engine = ("database", self.database.engine().to_owned());
        registry.register(
            "postmortem_build",
            "The version that runs, and on which database",
            Info::new([version, engine]),
        );
        let started = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        started.set(unix_seconds(self.started_at));
        registry.register_with_unit(
            "process_start_time",
            "When the process started, in seconds since 1970",
            Unit::Seconds,
            started,
        );
        self.http.register(registry);
        self.graphql.register(registry);
        self.database.register(registry);
        self.work.register(registry);
        registry.register(
            "postmortem_live_connections",
            "Sockets and event streams that are open",
            self.live_connections.clone(),
        );
        registry.register(
            "postmortem_live_subscriptions",
            "Subscriptions that are running",
            self.live_subscriptions.clone(),
        );
    }
}

/// Seconds as histograms take them.
pub fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
