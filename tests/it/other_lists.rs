//! The lists that are not of recommendations: each holds what belongs in it, in order, whatever the pages.

use chrono::Duration;
use entity::{
    comment,
    enums::{ActorKind, Role, Severity, SubjectKind, TimelineEventKind},
    event,
    ids::TypedId,
    incident, incident_service, recommendation_root_cause, report, report_revision, root_cause, service, team,
    timeline_event,
};
use postmortem_tests::{TestApp, TestUser, on_both_databases, paging::List};
use serde_json::json;

const ROWS: usize = 11;

/// Walks through the list from both ends. `expected` holds the identities in list order.
async fn check(app: &TestApp, user: &TestUser, list: List, expected: &[String]) {
    for size in [3, ROWS] {
        list.forwards(app, user, size, expected).await;
        list.backwards(app, user, size, expected).await;
    }
}

/// The identities of rows that are sorted by a value, ties by id, no value last.
fn sorted<K: Ord + Clone>(rows: Vec<(Option<K>, uuid::Uuid, String)>, descending: bool) -> Vec<String> {
    let mut rows = rows;
    rows.sort_by(|a, b| {
        let order = (&a.0, a.1).cmp(&(&b.0, b.1));
        let order = if descending { order.reverse() } else { order };
        a.0.is_none().cmp(&b.0.is_none()).then(order)
    });
    rows.into_iter().map(|(_, _, text)| text).collect()
}

fn each<T: Clone, I: TypedId, K: Ord + Clone>(
    rows: &[T],
    id: impl Fn(&T) -> I,
    key: impl Fn(&T) -> Option<K>,
    descending: bool,
) -> Vec<String> {
    let rows = rows.iter().map(|row| (key(row), id(row).uuid(), id(row).to_string()));
    sorted(rows.collect(), descending)
}

/// 0, 1, 2, 0, 1, 2 …: every value three times and more.
fn tie(number: usize) -> Duration {
    Duration::minutes(i64::try_from(number % 3).unwrap())
}

fn by(field: &str, descending: bool) -> String {
    format!(
        "orderBy: {{field: {field}, direction: {}}}",
        if descending { "DESC" } else { "ASC" }
    )
}

on_both_databases! {
    /// Every order of incidents, reports and root causes.
    async fn ordered_lists_at_the_root(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let incidents: Vec<incident::Model> = (0..ROWS)
            .map(|number| incident::Model {
                started_at: app.now() - tie(number),
                created_at: app.now() - tie(number + number / 3),
                severity: Severity::ALL[number % 5],
                ..app.incident_row()
            })
            .collect();
        app.store(incidents.clone()).await;
        let reports: Vec<report::Model> = (0..ROWS)
            .map(|number| report::Model {
                due_on: (number % 4 != 0).then(|| app.day(i64::try_from(number % 3).unwrap())),
                created_at: app.now() - tie(number),
                updated_at: app.now() + tie(number / 2),
                published_at: (number % 2 == 0).then(|| app.now() + tie(number)),
                ..app.report_row(incidents[0].id)
            })
            .collect();
        app.store(reports.clone()).await;
        let causes: Vec<root_cause::Model> = (0..ROWS)
            .map(|number| root_cause::Model {
                created_at: app.now() - tie(number),
                updated_at: app.now() + tie(number / 2),
                ..app.cause_row(reports[0].id)
            })
            .collect();
        app.store(causes.clone()).await;
        for descending in [false, true] {
            let expected = [
                ("STARTED_AT", each(&incidents, |row| row.id, |row| Some(row.started_at), descending)),
                ("CREATED_AT", each(&incidents, |row| row.id, |row| Some(row.created_at), descending)),
                ("SEVERITY", each(&incidents, |row| row.id, |row| Some(row.severity), descending)),
            ];
            for (field, expected) in expected {
                check(app, &ada, List::root("incidents", by(field, descending)), &expected).await;
            }
            let expected = [
                ("DUE_ON", each(&reports, |row| row.id, |row| row.due_on.map(|day| day.to_string()), descending)),
                ("CREATED_AT", each(&reports, |row| row.id, |row| Some(row.created_at), descending)),
                ("UPDATED_AT", each(&reports, |row| row.id, |row| Some(row.updated_at), descending)),
                ("PUBLISHED_AT", each(&reports, |row| row.id, |row| row.published_at, descending)),
            ];
            for (field, expected) in expected {
                check(app, &ada, List::root("reports", by(field, descending)), &expected).await;
            }
            let expected = [
                ("CREATED_AT", each(&causes, |row| row.id, |row| Some(row.created_at), descending)),
                ("UPDATED_AT", each(&causes, |row| row.id, |row| Some(row.updated_at), descending)),
            ];
            for (field, expected) in expected {
                check(app, &ada, List::root("rootCauses", by(field, descending)), &expected).await;
            }
        }
        // Without an order: the latest first.
        let latest = each(&incidents, |row| row.id, |row| Some(row.started_at), true);
        check(app, &ada, List::root("incidents", ""), &latest).await;
        let latest = each(&reports, |row| row.id, |row| Some(row.created_at), true);
        check(app, &ada, List::root("reports", ""), &latest).await;
        let parent = format!("incident(id: \"{}\")", incidents[0].id);
        check(app, &ada, List::of(parent, "reports", ""), &latest).await;
        let added = each(&causes, |row| row.id, |row| Some(row.created_at), false);
        let parent = format!("report(id: \"{}\")", reports[0].id);
        check(app, &ada, List::of(parent, "rootCauses", ""), &added).await;
    }

    /// Users by address, teams and services by short name.
    async fn people_and_places(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let mut users = vec![(ada.email.clone(), ada.id.clone())];
        for number in 1..ROWS {
            let user = app.user(&format!("user{}", 99 - number), Role::Viewer).await;
            users.push((user.email, user.id));
        }
        users.sort();
        let users: Vec<String> = users.into_iter().map(|(_, id)| id).collect();
        check(app, &ada, List::root("users", ""), &users).await;
        let teams: Vec<team::Model> = (0..ROWS)
            .map(|number| team::Model {
                id: app.mint(),
                slug: format!("t{}", 99 - number),
                name: "T".to_owned(),
                created_at: app.now(),
                updated_at: app.now(),
                version: 1,
            })
            .collect();
        app.store(teams.clone()).await;
        check(app, &ada, List::root("teams", ""), &each(&teams, |row| row.id, |row| Some(row.slug.clone()), false)).await;
        let services: Vec<service::Model> = (0..ROWS)
            .map(|number| service::Model {
                id: app.mint(),
                slug: format!("s{}", 99 - number),
                name: "S".to_owned(),
                description: String::new(),
                team_id: None,
                external_ref: None,
                created_at: app.now(),
                updated_at: app.now(),
                version: 1,
            })
            .collect();
        app.store(services.clone()).await;
        let by_slug = each(&services, |row| row.id, |row| Some(row.slug.clone()), false);
        check(app, &ada, List::root("services", ""), &by_slug).await;
        let incident = app.incident_row();
        app.store([incident.clone()]).await;
        let hit = services.iter().map(|row| incident_service::Model { incident_id: incident.id, service_id: row.id });
        app.store(hit).await;
        let parent = format!("incident(id: \"{}\")", incident.id);
        check(app, &ada, List::of(parent, "services", ""), &by_slug).await;
    }

    /// Timeline, comments, history, revisions and recurrences.
    async fn lists_under_a_report(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let incident = app.incident_row();
        let report = app.report_row(incident.id);
        let item = app.recommendation_row(report.id);
        app.store([incident]).await;
        app.store([report.clone()]).await;
        app.store([item.clone()]).await;
        let of_report = format!("report(id: \"{}\")", report.id);
        let of_item = format!("recommendation(id: \"{}\")", item.id);

        let timeline: Vec<timeline_event::Model> = (0..ROWS)
            .map(|number| timeline_event::Model {
                id: app.mint(),
                report_id: report.id,
                occurred_at: app.now() - tie(number),
                kind: TimelineEventKind::Other,
                description: "x".to_owned(),
                source_url: None,
                created_at: app.now(),
                updated_at: app.now(),
            })
            .collect();
        app.store(timeline.clone()).await;
        let expected = each(&timeline, |row| row.id, |row| Some(row.occurred_at), false);
        check(app, &ada, List::of(of_report.clone(), "timeline", ""), &expected).await;

        let comments = |on_report: bool| -> Vec<comment::Model> {
            let one = |number| comment::Model {
                id: app.mint(),
                report_id: on_report.then_some(report.id),
                recommendation_id: (!on_report).then_some(item.id),
                author_id: None,
                body: "x".to_owned(),
                created_at: app.now() - tie(number),
                edited_at: None,
            };
            (0..ROWS).map(one).collect()
        };
        for (parent, on_report) in [(&of_report, true), (&of_item, false)] {
            let rows = comments(on_report);
            app.store(rows.clone()).await;
            let expected = each(&rows, |row| row.id, |row| Some(row.created_at), false);
            check(app, &ada, List::of(parent.clone(), "comments", ""), &expected).await;
        }

        let revisions: Vec<report_revision::Model> = (0..ROWS)
            .map(|number| report_revision::Model {
                id: app.mint(),
                report_id: report.id,
                number: i64::try_from(number).unwrap() + 1,
                author_id: None,
                changed_sections: json!([]),
                markdown: String::new(),
                created_at: app.now(),
            })
            .collect();
        app.store(revisions).await;
        let expected: Vec<String> = (1..=ROWS).rev().map(|number| number.to_string()).collect();
        check(app, &ada, List::of(of_report.clone(), "revisions", "").by("number"), &expected).await;

        let events: Vec<event::Model> = (0..ROWS)
            .map(|number| event::Model {
                sequence: i64::try_from(number).unwrap() + 1_000,
                id: app.mint(),
                event_type: "recommendation.updated".to_owned(),
                schema_version: 1,
                occurred_at: app.now(),
                actor_kind: ActorKind::Import,
                actor_user_id: None,
                actor_name: "x".to_owned(),
                subject_kind: SubjectKind::Recommendation,
                subject_id: item.id.uuid(),
                report_id: Some(report.id),
            other_report_id: None,
            actor_token_id: None,
                changes: json!([]),
                payload: json!({ "key": item.key, "title": item.title, "status": item.status }),
            })
            .collect();
        app.store(events.clone()).await;
        let expected = each(&events, |row| row.id, |row| Some(row.sequence), true);
        check(app, &ada, List::of(of_report, "history", ""), &expected).await;
        check(app, &ada, List::of(of_item.clone(), "history", ""), &expected).await;

        let first = app.cause_row(report.id);
        app.store([first.clone()]).await;
        let causes: Vec<root_cause::Model> = (0..ROWS)
            .map(|number| root_cause::Model {
                created_at: app.now() - tie(number),
                recurrence_of_id: Some(first.id),
                ..app.cause_row(report.id)
            })
            .collect();
        app.store(causes.clone()).await;
        let expected = each(&causes, |row| row.id, |row| Some(row.created_at), false);
        let parent = format!("rootCause(id: \"{}\")", first.id);
        check(app, &ada, List::of(parent, "recurrences", ""), &expected).await;
        let link = |cause: &root_cause::Model| recommendation_root_cause::Model {
            recommendation_id: item.id,
            root_cause_id: cause.id,
            created_at: app.now(),
        };
        app.store(causes.iter().map(link)).await;
        check(app, &ada, List::of(of_item, "rootCauses", ""), &expected).await;
    }
}
