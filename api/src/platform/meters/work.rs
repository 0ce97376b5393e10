//! Background work: the jobs of each minute, attempts to send webhooks, and synchronisations with trackers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::{
    metrics::{gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{Counters, register_seconds, seconds, timing, unix_seconds};

/// What a process has done in the background.
#[derive(Debug, Clone)]
pub struct WorkMeters {
    jobs: Counters<1>,
    jobs_done_at: Gauge<f64, std::sync::atomic::AtomicU64>,
    webhook_attempts: Counters<1>,
    webhook_deliveries: Counters<1>,
    webhook_seconds: Histogram,
    tracker_syncs: Counters<1>,
}

impl Default for WorkMeters {
    fn default() -> Self {
        Self {
            jobs: Counters::default(),
            jobs_done_at: Gauge::default(),
            webhook_attempts: Counters::default(),
            webhook_deliveries: Counters::default(),
            webhook_seconds: timing(),
            tracker_syncs: Counters::default(),
        }
    }
}

fn outcome(succeeded: bool) -> [(&'static str, String); 1] {
    let outcome = if succeeded { "succeeded" } else { "failed" };
    [("outcome", outcome.to_owned())]
}

/// The label of a delivery that is done.
fn done(succeeded: bool) -> [(&'static str, String); 1] {
    let outcome = if succeeded { "succeeded" } else { "dead" };
    [("outcome", outcome.to_owned())]
}

impl WorkMeters {
    /// Counts one look for what has become due.
    pub fn jobs_ran(&self, succeeded: bool, at: DateTime<Utc>) {
        self.jobs.get_or_create(&outcome(succeeded)).inc();
        if succeeded {
            self.jobs_done_at.set(unix_seconds(at));
        }
    }

    /// Counts an attempt to send a webhook.
    pub fn webhook_attempted(&self, succeeded: bool, took: Duration) {
        self.webhook_attempts.get_or_create(&outcome(succeeded)).inc();
        self.webhook_seconds.observe(seconds(took));
    }

    /// Counts a delivery that is done: it has arrived, or is given up.
    pub fn webhook_done(&self, succeeded: bool) {
        self.webhook_deliveries.get_or_create(&done(succeeded)).inc();
    }

    /// Counts deliveries that are given up together, with their endpoint.
    pub fn webhooks_given_up(&self, deliveries: u64) {
        self.webhook_deliveries.get_or_create(&done(false)).inc_by(deliveries);
    }

    /// Counts a link that was brought into step, or not.
    pub fn tracker_synced(&self, succeeded: bool) {
        self.tracker_syncs.get_or_create(&outcome(succeeded)).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        // Known from the start, so that a rate begins at nothing instead of missing the first.
        for succeeded in [true, false] {
            drop(self.jobs.get_or_create(&outcome(succeeded)));
            drop(self.webhook_attempts.get_or_create(&outcome(succeeded)));
            drop(self.tracker_syncs.get_or_create(&outcome(succeeded)));
            drop(self.webhook_deliveries.get_or_create(&done(succeeded)));
        }
        registry.register(
            "postmortem_job_runs",
            "Looks for what has become due, in this process, whether it leads or not",
            self.jobs.clone(),
        );
        registry.register_with_unit(
            "postmortem_job_last_success_timestamp",
            "When such a look last succeeded in this process, in seconds since 1970; 0: never",
            Unit::Seconds,
            self.jobs_done_at.clone(),
        );
        registry.register(
            "postmortem_webhook_attempts",
            "Attempts to send a webhook, in this process",
            self.webhook_attempts.clone(),
        );
        registry.register(
            "postmortem_webhook_deliveries_done",
            "Deliveries that this process has finished: arrived, or given up",
            self.webhook_deliveries.clone(),
        );
        register_seconds(
            registry,
            "postmortem_webhook_attempt_duration",
            "How long receivers of webhooks took to answer",
            self.webhook_seconds.clone(),
        );
        registry.register(
            "postmortem_tracker_syncs",
            "Links with an issue that were brought into step, or could not be, in this process",
            self.tracker_syncs.clone(),
        );
    }
}
