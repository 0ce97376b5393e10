//! The same answers a second time, from the event log alone and in plain Rust: what docs/metrics.md says, word by word.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::event;
use postmortem_tests::TestApp;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub struct Item {
    pub report: String,
    pub status: String,
    pub kind: String,
    pub priority: String,
    pub owner: Option<String>,
    pub team: Option<String>,
    pub due: Option<NaiveDate>,
    pub original_due: Option<NaiveDate>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub implemented_at: Option<DateTime<Utc>>,
    pub closure: Option<String>,
    pub moves: usize,
    pub causes: BTreeSet<String>,
    pub labels: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Cause {
    pub report: String,
    pub category: Option<String>,
    pub no_action: bool,
    pub recurrence_of: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Incident {
    pub severity: String,
    pub services: BTreeSet<String>,
    pub started_at: Option<DateTime<Utc>>,
}

/// What there was at a moment.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub items: BTreeMap<String, Item>,
    pub causes: BTreeMap<String, Cause>,
    pub incidents: BTreeMap<String, Incident>,
    /// The incident of each report.
    pub reports: BTreeMap<String, String>,
}

pub struct Log {
    events: Vec<event::Model>,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn set(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str().map(|day| day.parse().expect("a day"))
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|at| at.parse().expect("an instant"))
}

impl Log {
    pub async fn read(app: &TestApp) -> Self {
        let events = event::Entity::find()
            .order_by_asc(event::Column::Sequence)
            .all(&app.db().await)
            .await
            .expect("the events");
        Self { events }
    }

    /// The events until a moment, that included.
    fn until(&self, at: DateTime<Utc>) -> impl Iterator<Item = &event::Model> {
        self.events.iter().filter(move |event| event.occurred_at <= at)
    }

    /// What there was at a moment.
    pub fn world(&self, at: DateTime<Utc>) -> World {
        let mut world = World::default();
        for event in self.until(at) {
            world.apply(event);
        }
        world
    }

    /// The flows after one moment and until another: accepted for the first time, implemented, declined.
    pub fn flows(&self, after: DateTime<Utc>, until: DateTime<Utc>, which: impl Fn(&Item) -> bool) -> [i64; 3] {
        let mut world = World::default();
        let mut flows = [0; 3];
        for event in self.until(until) {
            let id = event.subject_id.to_string();
            let before = world.items.get(&id).cloned();
            world.apply(event);
            let (Some(before), Some(item)) = (before, world.items.get(&id)) else {
                continue;
            };
            if event.occurred_at <= after || !which(item) {
                continue;
            }
            let became = |status: &str| item.status == status && before.status != status;
            flows[0] += i64::from(before.accepted_at.is_none() && item.accepted_at.is_some());
            flows[1] += i64::from(became("IMPLEMENTED"));
            flows[2] += i64::from(became("DECLINED") && item.accepted_at.is_some());
        }
        flows
    }
}

fn typed(prefix: &str, uuid: uuid::Uuid) -> String {
    match prefix {
        "rep" => entity::ids::ReportId(uuid).to_string(),
        "rc" => entity::ids::RootCauseId(uuid).to_string(),
        _ => entity::ids::IncidentId(uuid).to_string(),
    }
}

impl World {
    fn apply(&mut self, event: &event::Model) {
        let changes = event.changes.as_array().expect("a list of changes");
        let changed = changes
            .iter()
            .map(|change| (change["field"].as_str().expect("a field"), &change["to"]));
        let home = event.report_id.map(|report| report.to_string()).unwrap_or_default();
        match event.event_type.split_once('.').expect("a noun and a verb") {
            ("incident", _) => {
                let incident = self.incidents.entry(typed("inc", event.subject_id)).or_default();
                for (field, to) in changed {
                    match field {
                        "severity" => incident.severity = text(to).expect("a severity"),
                        "serviceIds" => incident.services = set(to),
                        "startedAt" => incident.started_at = instant(to),
                        _ => {}
                    }
                }
            }
            ("report", "created") => {
                let incident = changed
                    .into_iter()
                    .find(|(field, _)| *field == "incidentId")
                    .expect("its incident");
                self.reports.insert(home, text(incident.1).expect("an id"));
            }
            ("root_cause", "removed") => {
                self.causes.remove(&typed("rc", event.subject_id));
            }
            ("root_cause", _) => {
                let cause = self.causes.entry(typed("rc", event.subject_id)).or_default();
                cause.report = home;
                for (field, to) in changed {
                    match field {
                        "categoryId" => cause.category = text(to),
                        "noActionReason" => cause.no_action = !to.is_null(),
                        "recurrenceOfId" => cause.recurrence_of = text(to),
                        _ => {}
                    }
                }
            }
            ("recommendation", verb) => {
                let item = self.items.entry(event.subject_id.to_string()).or_default();
                item.report = home;
                for (field, to) in changed {
                    match field {
                        "status" => item.status = text(to).expect("a status"),
                        "kind" => item.kind = text(to).expect("a kind"),
                        "priority" => item.priority = text(to).expect("a priority"),
                        "ownerId" => item.owner = text(to),
                        "teamId" => item.team = text(to),
                        "dueOn" => item.due = day(to),
                        "originalDueOn" => item.original_due = day(to),
                        "closureReason" => item.closure = text(to),
                        "rootCauseIds" => item.causes = set(to),
                        "labels" => item.labels = set(to),
                        _ => {}
                    }
                }
                match verb {
                    "accepted" => item.accepted_at = item.accepted_at.or(Some(event.occurred_at)),
                    "implemented" => item.implemented_at = Some(event.occurred_at),
                    "reopened" => item.implemented_at = None,
                    "due_changed" if item.accepted_at.is_some() => item.moves += 1,
                    _ => {}
                }
                if verb == "reopened" && item.accepted_at.is_none() {
                    item.accepted_at = Some(event.occurred_at);
                }
            }
            _ => {}
        }
    }
}
