//! How long the questions about follow-through take over 100,000 recommendations with two years of history, from the HTTP request
//! to the answer, on both databases: counted anew, and asked again when nothing has happened.
//! `cargo bench -p postmortem-tests --bench follow_through`, beside PostgreSQL as the tests are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark fails by panicking"
)]

use std::time::Duration as Span;

use actix_web::rt::Runtime;
use chrono::{DateTime, Duration, Utc};
use criterion::{Criterion, async_executor::AsyncExecutor};
use entity::{
    enums::{Priority, RecommendationKind, RecommendationStatus, Role, Severity},
    ids::{IncidentId, ReportId, RootCauseId, ServiceId, TeamId, UserId},
    incident_service, incident_service_version, incident_version, recommendation, recommendation_root_cause,
    recommendation_root_cause_version, recommendation_version, report_version, root_cause_version,
};
use fastrand::Rng;
use postmortem_tests::{Engine, TestApp, TestUser};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

/// How many recommendations there are.
const ITEMS: usize = 100_000;

/// How many rows go into the database at once.
const AT_ONCE: usize = 1000;

/// The runtime that a worker of the service has.
struct Worker<'a>(&'a Runtime);

impl AsyncExecutor for Worker<'_> {
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

struct People {
    admin: TestUser,
    users: Vec<UserId>,
    teams: Vec<TeamId>,
    services: Vec<ServiceId>,
    categories: Vec<entity::ids::CauseCategoryId>,
}

async fn people(app: &TestApp) -> People {
    let admin = app.user("Ada", Role::Admin).await;
    let mut users = Vec::new();
    for _ in 0..200 {
        users.push(app.user("Ben", Role::Member).await.user_id);
    }
    let (mut teams, mut services) = (Vec::new(), Vec::new());
    for number in 0..40 {
        teams.push(app.team(&admin, &[], &[]).await.id.parse().unwrap());
        let name = format!("service-{number}");
        let input = json!({ "slug": name, "name": name });
        let id = app
            .mutate(&admin, "createService", input, "service { id }")
            .await
            .text("/service/id");
        services.push(id.parse().unwrap());
    }
    let categories = entity::cause_category::Entity::find()
        .all(&app.db().await)
        .await
        .unwrap();
    People {
        admin,
        users,
        teams,
        services,
        categories: categories.into_iter().map(|row| row.id).collect(),
    }
}

/// Rows that wait to be stored together.
#[derive(Default)]
struct Rows {
    incidents: Vec<entity::incident::Model>,
    incident_versions: Vec<incident_version::Model>,
    services: Vec<incident_service::Model>,
    service_versions: Vec<incident_service_version::Model>,
    reports: Vec<entity::report::Model>,
    report_versions: Vec<report_version::Model>,
    causes: Vec<entity::root_cause::Model>,
    cause_versions: Vec<root_cause_version::Model>,
    items: Vec<recommendation::Model>,
    item_versions: Vec<recommendation_version::Model>,
    links: Vec<recommendation_root_cause::Model>,
    link_versions: Vec<recommendation_root_cause_version::Model>,
}

impl Rows {
    async fn store(self, app: &TestApp) {
        macro_rules! store {
            ($($rows:ident),+) => {$(
                for some in self.$rows.chunks(AT_ONCE) {
                    app.store(some.to_vec()).await;
                }
            )+};
        }
        store!(
            incidents,
            incident_versions,
            services,
            service_versions,
            reports,
            report_versions,
            causes,
            cause_versions
        );
        store!(items, item_versions, links, link_versions);
    }
}

/// An incident with its report and causes.
fn report(
    app: &TestApp,
    people: &People,
    rng: &mut Rng,
    at: DateTime<Utc>,
    rows: &mut Rows,
) -> (ReportId, Vec<RootCauseId>) {
    let mut incident = app.incident_row();
    incident.severity = Severity::ALL[rng.usize(..3)];
    incident.team_id = Some(people.teams[rng.usize(..people.teams.len())]);
    (incident.started_at, incident.created_at, incident.updated_at) = (at, at, at);
    let id: IncidentId = incident.id;
    for service in [rng.usize(..20), 20 + rng.usize(..20)].map(|place| people.services[place]) {
        rows.services.push(incident_service::Model {
            incident_id: id,
            service_id: service,
        });
        rows.service_versions.push(incident_service_version::Model {
            incident_id: id,
            service_id: service,
            valid_from: at,
            valid_to: None,
        });
    }
    let mut report = app.report_row(id);
    report.team_id = incident.team_id;
    (report.created_at, report.updated_at) = (at, at);
    rows.incident_versions.push(incident_version::Model {
        incident_id: id,
        key: incident.key.clone(),
        title: incident.title.clone(),
        severity: incident.severity,
        team_id: incident.team_id,
        started_at: at,
        resolved_at: None,
        valid_from: at,
        valid_to: None,
    });
    rows.report_versions.push(report_version::Model {
        report_id: report.id,
        incident_id: id,
        key: report.key.clone(),
        title: report.title.clone(),
        status: report.status,
        owner_id: None,
        team_id: report.team_id,
        due_on: None,
        published_at: None,
        created_at: at,
        valid_from: at,
        valid_to: None,
    });
    let mut causes = Vec::new();
    for _ in 0..2 {
        let mut cause = app.cause_row(report.id);
        cause.category_id = Some(people.categories[rng.usize(..people.categories.len())]);
        (cause.created_at, cause.updated_at) = (at, at);
        causes.push(cause.id);
        rows.cause_versions.push(root_cause_version::Model {
            root_cause_id: cause.id,
            report_id: report.id,
            title: cause.title.clone(),
            role: cause.role,
            category_id: cause.category_id,
            no_action_reason: None,
            recurrence_of_id: None,
            valid_from: at,
            valid_to: None,
        });
        rows.causes.push(cause);
    }
    let report_id = report.id;
    rows.incidents.push(incident);
    rows.reports.push(report);
    (report_id, causes)
}

/// An item with its way so far, which is written down at each step.
fn item(
    app: &TestApp,
    people: &People,
    rng: &mut Rng,
    report: ReportId,
    at: DateTime<Utc>,
    rows: &mut Rows,
) -> recommendation::Model {
    use RecommendationStatus as S;
    let mut item = app.recommendation_row(report);
    item.priority = Priority::ALL[rng.usize(..Priority::ALL.len())];
    item.kind = RecommendationKind::ALL[rng.usize(..RecommendationKind::ALL.len())];
    item.team_id = Some(people.teams[rng.usize(..people.teams.len())]);
    (item.created_at, item.updated_at) = (at, at);
    let mut versions = vec![(app.version_row(&item), false)];
    let mut moment = at;
    for status in [S::Accepted, S::InProgress, S::InProgress, S::Implemented, S::Verified] {
        moment += Duration::minutes(rng.i64(1..60 * 24 * 40));
        if moment > app.now() || rng.u8(..100) < 12 {
            break;
        }
        let slips = status == item.status;
        item.status = status;
        item.updated_at = moment;
        match status {
            S::Accepted => {
                item.owner_id = Some(people.users[rng.usize(..people.users.len())]);
                item.due_on = Some(moment.date_naive() + Duration::days(rng.i64(14..90)));
                item.original_due_on = item.due_on;
                item.accepted_at = Some(moment);
                item.accepted_on = Some(moment.date_naive());
            }
            S::Implemented => {
                item.implemented_at = Some(moment);
                item.completed_at = Some(moment);
                item.implemented_on = Some(moment.date_naive());
                item.implement_micros = item.accepted_at.and_then(|from| (moment - from).num_microseconds());
            }
            S::Verified => item.verified_at = Some(moment),
            _ if slips => {
                item.due_moves += 1;
                item.due_on = item.due_on.map(|due| due + Duration::days(21));
            }
            _ => {}
        }
        versions.push((app.version_row(&item), status == S::Accepted));
    }
    let next: Vec<_> = versions
        .iter()
        .skip(1)
        .map(|(row, _)| (row.valid_from, row.from_on))
        .collect();
    for (place, (mut row, is_acceptance)) in versions.into_iter().enumerate() {
        row.is_acceptance = is_acceptance;
        row.valid_to = next.get(place).map(|(at, _)| *at);
        row.to_on = next.get(place).map(|(_, on)| *on);
        rows.item_versions.push(row);
    }
    item
}

async fn fill(app: &TestApp, people: &People, count: usize) {
    let mut rng = Rng::with_seed(7);
    let begin = app.now() - Duration::days(730);
    let mut made = 0;
    while made < count {
        let mut rows = Rows::default();
        for _ in 0..200 {
            let at = begin + Duration::minutes(rng.i64(0..60 * 24 * 725));
            let (report, causes) = report(app, people, &mut rng, at, &mut rows);
            for _ in 0..5 {
                let item = item(app, people, &mut rng, report, at, &mut rows);
                let cause = causes[rng.usize(..causes.len())];
                rows.links.push(recommendation_root_cause::Model {
                    recommendation_id: item.id,
                    root_cause_id: cause,
                    created_at: at,
                });
                rows.link_versions.push(recommendation_root_cause_version::Model {
                    recommendation_id: item.id,
                    root_cause_id: cause,
                    valid_from: at,
                    valid_to: None,
                });
                rows.items.push(item);
                made += 1;
            }
        }
        rows.store(app).await;
    }
    app.db().await.execute_unprepared("ANALYZE").await.unwrap();
}

const METRICS: &str = "accepted open inProgress blocked overdue implemented verified declined proposed unowned withoutDueDate \
    onTimeRate completionRate overdueRate medianDaysToImplement p90DaysToImplement medianOpenAgeDays overdueDaysTotal \
    slippedRate verificationRate ageing { count overdue } causesTotal causesCovered";

const HEADLINE: &str = "accepted open overdue implemented verified onTimeRate completionRate overdueRate slippedRate";

/// The questions, by name.
fn questions(app: &TestApp) -> Vec<(&'static str, String)> {
    let grouped = |by: &str, what: &str, more: &str| {
        format!(
            "{{ followThrough(groupBy: {by}{more}) {{ overall {{ {what} }} groups {{ key label metrics {{ {what} }} }} }} }}"
        )
    };
    let past = format!(", asOf: \"{}\"", (app.now() - Duration::days(200)).to_rfc3339());
    vec![
        ("headline by team", grouped("TEAM", HEADLINE, "")),
        ("everything by team", grouped("TEAM", METRICS, "")),
        ("everything by severity", grouped("SEVERITY", METRICS, "")),
        ("everything by service", grouped("SERVICE", METRICS, "")),
        ("everything by cause category", grouped("CAUSE_CATEGORY", METRICS, "")),
        ("everything by team as of 200 days ago", grouped("TEAM", METRICS, &past)),
        (
            "two years by week",
            format!(
                "{{ followThroughTrend(from: \"{}\", to: \"{}\", interval: WEEK) {{ at accepted implemented declined open overdue }} }}",
                app.day(-730),
                app.day(0)
            ),
        ),
    ]
}

async fn ask(app: &TestApp, who: &TestUser, query: &str) -> Value {
    app.ask(who, query, json!({})).await.data().clone()
}

fn main() {
    let runtime = Runtime::new().unwrap();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .measurement_time(Span::from_secs(10))
        .configure_from_args();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let (app, people) = runtime.block_on(async {
            let app = TestApp::new(engine).await;
            let people = people(&app).await;
            fill(&app, &people, ITEMS).await;
            (app, people)
        });
        let mut group = criterion.benchmark_group(format!("{engine:?}, {ITEMS} items"));
        for (name, query) in questions(&app) {
            group.bench_function(name, |bencher| {
                bencher.to_async(Worker(&runtime)).iter(|| {
                    app.app.results.forget();
                    ask(&app, &people.admin, &query)
                });
            });
            group.bench_function(format!("{name}, again"), |bencher| {
                bencher
                    .to_async(Worker(&runtime))
                    .iter(|| ask(&app, &people.admin, &query));
            });
        }
        group.finish();
        runtime.block_on(app.finish());
    }
    criterion.final_summary();
}
