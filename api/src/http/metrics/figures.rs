//! What the database says, read once for all who ask within a while.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use entity::enums::ActorKind;
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use tokio::sync::Mutex;

use crate::{
    auth::{App, Viewer},
    follow_through::model::cell::Cell,
    metrics::{
        model::{AGES, DAY_SECONDS, Figures, LATENESS, Organisation, Queues},
        queries::figures,
    },
    platform::{
        error::{Error, chain},
        meters::{Labels, Timings, unix_seconds},
    },
};

/// Prometheus gives up after ten seconds, and would rather have the rest than nothing.
const TIME: Duration = Duration::from_secs(8);
/// After a failure the database is asked again no sooner than this, however many ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// A number that goes up and down.
type Number = Gauge<f64, AtomicU64>;
/// Numbers by labels.
type Numbers<const N: usize> = Family<Labels<N>, Number>;

/// What was read last.
struct Held {
    until: Duration,
    registry: Arc<Registry>,
}

/// Reads it when it is too old. Whoever comes while it is read waits for it.
pub(super) struct Cache {
    app: Arc<App>,
    held: Mutex<Option<Held>>,
}

impl Cache {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            app,
            held: Mutex::default(),
        }
    }

    /// The metrics of the database, or that there are none at the moment.
    pub(super) async fn get(&self) -> Arc<Registry> {
        let mut held = self.held.lock().await;
        let now = self.app.clock.ticks();
        if let Some(held) = held.as_ref().filter(|held| now < held.until) {
            return held.registry.clone();
        }
        let read = self.app.databases.within(TIME, read(&self.app)).await;
        let age = Duration::from_secs(self.app.settings.metrics_max_age_seconds.into());
        let (registry, age) = match read {
            Ok(figures) => (registry(&figures), age),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "what the database has could not be read for metrics");
                (without_figures(), age.min(PATIENCE))
            }
        };
        let registry = Arc::new(registry);
        *held = Some(Held {
            until: now + age,
            registry: registry.clone(),
        });
        registry
    }
}

async fn read(app: &Arc<App>) -> Result<Figures, Error> {
    let anybody = app.session(Viewer::anybody(ActorKind::Scheduler)).await?;
    let everything = app.session(Viewer::operator(ActorKind::Scheduler)).await?;
    figures(&anybody, &everything).await
}

fn number(value: f64) -> Number {
    let number = Number::default();
    number.set(value);
    number
}

#[allow(clippy::cast_precision_loss, reason = "no count of ours comes near 2⁵²")]
fn count(value: i64) -> f64 {
    value as f64
}

/// Numbers of rows by labels. Rows with the same labels are added up.
fn numbers<const N: usize>(rows: impl Iterator<Item = (Labels<N>, f64)>) -> Numbers<N> {
    let family = Numbers::default();
    for (labels, value) in rows {
        family.get_or_create(&labels).inc_by(value);
    }
    family
}

fn lateness() -> Histogram {
    Histogram::new(LATENESS.map(|days| days * DAY_SECONDS))
}

fn ages() -> Histogram {
    Histogram::new(AGES.map(|days| days * DAY_SECONDS))
}

/// The same for what each thing has of something.
fn spread<const N: usize>(make: fn() -> Histogram, rows: impl Iterator<Item = (Labels<N>, Vec<f64>)>) -> Timings<N> {
    let family = Timings::new_with_constructor(make);
    for (labels, values) in rows {
        let histogram = family.get_or_create(&labels);
        for value in values {
            histogram.observe(value);
        }
    }
    family
}

fn text(name: &'static str, value: impl ToString) -> (&'static str, String) {
    (name, value.to_string())
}

fn without_figures() -> Registry {
    let mut registry = Registry::default();
    is_up(&mut registry, 0.0);
    registry
}

fn is_up(registry: &mut Registry, up: f64) {
    registry.register(
        "postmortem_figures_up",
        "Whether what the database says could be read; if not, its metrics are missing",
        number(up),
    );
}

fn registry(figures: &Figures) -> Registry {
    let mut registry = Registry::default();
    is_up(&mut registry, 1.0);
    registry.register_with_unit(
        "postmortem_figures_timestamp",
        "When what the database says was read, in seconds since 1970",
        Unit::Seconds,
        number(unix_seconds(figures.at)),
    );
    recommendations(&mut registry, figures);
    totals(&mut registry, &figures.all);
    reports(&mut registry, figures);
    queues(&mut registry, &figures.queues);
    registry
}

fn recommendations(registry: &mut Registry, figures: &Figures) {
    let labels = |(team, cell): &(String, Cell)| {
        [
            text("team", team),
            text("severity", cell.severity),
            text("priority", cell.priority),
        ]
    };
    let groups = || figures.groups.iter();
    let by_status = groups().flat_map(|group| {
        let [team, severity, priority] = labels(group);
        let statuses = group.1.by_status().into_iter().filter(|(_, items)| *items > 0);
        statuses.map(move |(status, items)| {
            let labels = [team.clone(), severity.clone(), priority.clone(), text("status", status)];
            (labels, count(items))
        })
    });
    registry.register(
        "postmortem_recommendations",
        "Recommendations by where they stand; not those of RESTRICTED reports",
        numbers(by_status),
    );
    let overdue = groups().map(|group| (labels(group), count(group.1.counts.overdue)));
    registry.register(
        "postmortem_recommendations_overdue",
        "Open recommendations whose due date is over; not those of RESTRICTED reports",
        numbers(overdue),
    );
    let late = groups().filter(|(_, cell)| !cell.late_days.is_empty());
    let late = late.map(|group| {
        let days = group.1.late_days.iter().map(|days| count(*days) * DAY_SECONDS);
        (labels(group), days.collect())
    });
    registry.register_with_unit(
        "postmortem_recommendations_overdue",
        "How late those are that are overdue now, in days of 86400 seconds; not those of RESTRICTED reports",
        Unit::Seconds,
        spread(lateness, late),
    );
    let open = groups().filter(|(_, cell)| cell.counts.open_micros().next().is_some());
    let open = open.map(|group| {
        let ages = group.1.counts.open_micros();
        (labels(group), ages.map(|micros| count(micros) / 1_000_000.0).collect())
    });
    registry.register_with_unit(
        "postmortem_recommendations_open_age",
        "How long ago those were accepted that are open now; not those of RESTRICTED reports",
        Unit::Seconds,
        spread(ages, open),
    );
    let rates = |of: fn(&crate::metrics::model::Rates) -> Option<f64>| {
        let known = figures
            .teams
            .iter()
            .filter_map(move |(team, rates)| Some((team, of(rates)?)));
        numbers(known.map(|(team, rate)| ([text("team", team)], rate)))
    };
    registry.register(
        "postmortem_recommendations_on_time_ratio",
        "Implemented by their original due date, of those that were due so far; not those of RESTRICTED reports",
        rates(|rates| rates.on_time),
    );
    registry.register(
        "postmortem_recommendations_completion_ratio",
        "Implemented or verified, of what was accepted; not those of RESTRICTED reports",
        rates(|rates| rates.completion),
    );
}

fn totals(registry: &mut Registry, all: &Organisation) {
    let statuses = all.by_status.iter();
    registry.register(
        "postmortem_all_recommendations",
        "All recommendations, also those of RESTRICTED reports",
        numbers(statuses.map(|(status, items)| ([text("status", status)], count(*items)))),
    );
    registry.register(
        "postmortem_all_recommendations_overdue",
        "All open recommendations whose due date is over, also those of RESTRICTED reports",
        number(count(all.overdue)),
    );
    for (name, help, rate) in [
        (
            "postmortem_all_recommendations_on_time_ratio",
            "Implemented by their original due date, of all that were due so far",
            all.rates.on_time,
        ),
        (
            "postmortem_all_recommendations_completion_ratio",
            "Implemented or verified, of all that was accepted",
            all.rates.completion,
        ),
    ] {
        if let Some(rate) = rate {
            registry.register(name, help, number(rate));
        }
    }
    let statuses = all.reports.iter();
    registry.register(
        "postmortem_all_reports",
        "All reports, also RESTRICTED ones",
        numbers(statuses.map(|(status, reports)| ([text("status", status)], count(*reports)))),
    );
}

fn reports(registry: &mut Registry, figures: &Figures) {
    let rows = || figures.reports.iter();
    registry.register(
        "postmortem_reports",
        "Reports by where they stand; not RESTRICTED ones",
        numbers(rows().map(|row| {
            let labels = [text("status", row.status), text("severity", row.severity)];
            (labels, count(row.reports))
        })),
    );
    registry.register(
        "postmortem_reports_overdue",
        "Reports that are not published and whose due date is over; not RESTRICTED ones",
        numbers(rows().map(|row| ([text("severity", row.severity)], count(row.overdue)))),
    );
}

fn queues(registry: &mut Registry, queues: &Queues) {
    let rows = || queues.waiting.iter();
    registry.register(
        "postmortem_queue_length",
        "What waits: events that are not looked at yet, and webhooks that have not arrived yet",
        numbers(rows().map(|queue| ([text("queue", queue.name)], count(queue.waiting)))),
    );
    registry.register_with_unit(
        "postmortem_queue_oldest_age",
        "How long the oldest of them has waited; 0 when nothing waits",
        Unit::Seconds,
        numbers(rows().map(|queue| ([text("queue", queue.name)], queue.oldest_seconds))),
    );
    let trackers = || queues.trackers.iter();
    registry.register_with_unit(
        "postmortem_tracker_lag",
        "How long the link has waited that should have been brought into step first; 0 when none waits",
        Unit::Seconds,
        numbers(trackers().map(|tracker| ([text("tracker", &tracker.name)], tracker.lag_seconds))),
    );
    registry.register(
        "postmortem_tracker_failures",
        "Calls to a tracker that failed since the last that succeeded",
        numbers(trackers().map(|tracker| ([text("tracker", &tracker.name)], count(tracker.failures)))),
    );
    registry.register(
        "postmortem_tracker_links",
        "Links between recommendations and issues, of all trackers",
        numbers(
            queues
                .links
                .iter()
                .map(|(state, links)| ([text("state", state)], count(*links))),
        ),
    );
}
