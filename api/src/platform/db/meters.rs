//! What a process counts of its database: statements, connections, and the wait of writes.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::Counter, gauge::ConstGauge, histogram::Histogram},
    registry::Registry,
};

use super::lender::Lender;
use crate::platform::meters::{Counters, register_seconds, seconds, short_timing};

/// The pools of a process, one for each thread that has asked.
#[derive(Clone, Default)]
struct Pools(Arc<Mutex<Vec<Arc<Lender>>>>);

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pools")
    }
}

/// What is counted of statements. Every pool owns one, so nothing here may own a pool: neither would ever be dropped.
#[derive(Debug, Clone)]
pub(super) struct StatementMeters {
    family: Counters<1>,
    /// The two of the family, at hand: there are many statements.
    succeeded: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl StatementMeters {
    fn new() -> Self {
        let family = Counters::<1>::default();
        let of = |outcome: &str| family.get_or_create_owned(&[("outcome", outcome.to_owned())]);
        let (succeeded, failed) = (of("succeeded"), of("failed"));
        Self {
            family,
            succeeded,
            failed,
            seconds: short_timing(),
        }
    }

    pub(super) fn ran(&self, took: Duration, failed: bool) {
        let counter = if failed { &self.failed } else { &self.succeeded };
        counter.inc();
        self.seconds.observe(seconds(took));
    }
}

/// What is counted.
#[derive(Debug, Clone)]
pub struct DatabaseMeters {
    engine: &'static str,
    /// How many connections a pool may have.
    most: u32,
    pools: Pools,
    exhausted: Counter,
    statements: StatementMeters,
    write_wait_seconds: Histogram,
}

impl DatabaseMeters {
    pub(super) fn new(is_sqlite: bool, most: u32) -> Self {
        Self {
            engine: if is_sqlite { "sqlite" } else { "postgres" },
            most,
            pools: Pools::default(),
            exhausted: Counter::default(),
            statements: StatementMeters::new(),
            write_wait_seconds: short_timing(),
        }
    }

    /// Which database it is.
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    pub(super) fn opened(&self, lender: Arc<Lender>) {
        let mut pools = self.pools.0.lock().unwrap_or_else(PoisonError::into_inner);
        pools.push(lender);
    }

    /// Counts who wants a connection while all of the thread's are in use.
    pub(super) fn exhausted(&self) -> Counter {
        self.exhausted.clone()
    }

    /// For the pools.
    pub(super) fn statements(&self) -> &StatementMeters {
        &self.statements
    }

    pub(super) fn began_write(&self, waited: Duration) {
        self.write_wait_seconds.observe(seconds(waited));
    }

    /// Makes them known under their names.
    pub fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(Connections {
            most: self.most,
            pools: self.pools.clone(),
        }));
        registry.register(
            "postmortem_database_pool_exhausted",
            "Times that a connection was wanted while all of the thread's were in use",
            self.exhausted.clone(),
        );
        registry.register(
            "postmortem_database_statements",
            "SQL statements that were run",
            self.statements.family.clone(),
        );
        register_seconds(
            registry,
            "postmortem_database_statement_duration",
            "How long SQL statements took, with the wait for a connection",
            self.statements.seconds.clone(),
        );
        register_seconds(
            registry,
            "postmortem_database_write_wait",
            "How long writes waited for their turn and a connection before they began",
            self.write_wait_seconds.clone(),
        );
    }
}

/// The connections as they are when somebody asks.
#[derive(Debug)]
struct Connections {
    most: u32,
    pools: Pools,
}

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let pools = self.pools.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut open, mut idle) = (0, 0);
        for pool in pools.iter() {
            let (opened, unused) = pool.size();
            open += opened;
            idle += unused;
        }
        let most = u64::from(self.most) * u64::try_from(pools.len()).unwrap_or_default();
        let mut connections = encoder.encode_descriptor(
            "postmortem_database_connections",
            "Database connections that are open, of all threads.",
            None,
            MetricType::Gauge,
        )?;
        for (state, count) in [("in_use", open - idle), ("idle", idle)] {
            ConstGauge::new(count).encode(connections.encode_family(&[("state", state)])?)?;
        }
        let limit = encoder.encode_descriptor(
            "postmortem_database_connections_limit",
            "How many connections the threads that use the database may open.",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(most).encode(limit)
    }
}
