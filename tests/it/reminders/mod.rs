//! Reminders: each once, on its day, or when somebody is there again to send it.

mod digest;
mod plans;
mod story;

use chrono::{Duration, NaiveDate};
use entity::{
    enums::Role,
    event,
    ids::{RecommendationId, ReportId, TypedId},
    reminder, scheduler_lease,
};
use futures_util::future::join;
use postmortem_api::{jobs, platform::settings::Settings, reminders::jobs::remind};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::recommendations::Crew;

/// What was sent about something since the beginning: the day in Greenwich, the type, and how many days it was meant for.
pub(crate) async fn told(app: &TestApp, id: &str) -> Vec<(NaiveDate, String, i64)> {
    let log = app.events().await;
    let about = log.iter().filter(|event| subject(event) == id);
    about
        .filter_map(|event| {
            let (_, verb) = event.event_type.split_once('.').unwrap();
            let days = match verb {
                "due_soon" => &event.payload["remindDaysBefore"],
                "escalated" => &event.payload["escalateDaysAfter"],
                "overdue" | "effectiveness_due" => &Value::Null,
                _ => return None,
            };
            let day = event.occurred_at.date_naive();
            Some((day, verb.to_owned(), days.as_i64().unwrap_or(0)))
        })
        .collect()
}

fn subject(event: &event::Model) -> String {
    match event.event_type.split_once('.').unwrap().0 {
        "report" => ReportId(event.subject_id).to_string(),
        "recommendation" => RecommendationId(event.subject_id).to_string(),
        _ => String::new(),
    }
}

/// The same as days after the beginning.
async fn told_on(app: &TestApp, id: &str) -> Vec<(i64, String, i64)> {
    let first = postmortem_tests::app::beginning().date_naive();
    let told = told(app, id).await.into_iter();
    told.map(|(day, verb, days)| ((day - first).num_days(), verb, days))
        .collect()
}

fn expected(told: &[(i64, &str, i64)]) -> Vec<(i64, String, i64)> {
    told.iter()
        .map(|(day, verb, days)| (*day, (*verb).to_owned(), *days))
        .collect()
}

/// Lets days pass, with a look on each.
async fn pass(app: &TestApp, days: usize) {
    for _ in 0..days {
        app.advance(Duration::days(1));
        jobs::run_once(&app.app).await.unwrap();
    }
}

pub(crate) async fn set_policies(app: &TestApp, admin: &TestUser, policies: Value) {
    app.mutate(admin, "setDuePolicies", json!({ "policies": policies }), "version")
        .await
        .data();
}

on_both_databases! {
    /// Of work and of reports, with the days of the settings when no policy says otherwise.
    async fn each_comes_on_its_day(app) {
        let crew = Crew::new(app).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
        app.accept(&crew.ada, &item, &crew.bo, app.day(10)).await;
        let report = app.report(&crew.ada, json!({ "ownerId": crew.ada.id, "dueOn": app.day(10) })).await;
        pass(app, 30).await;
        let all = expected(&[(7, "due_soon", 3), (9, "due_soon", 1), (11, "overdue", 0), (17, "escalated", 7)]);
        assert_eq!(told_on(app, &item.id).await, all);
        assert_eq!(told_on(app, &report.id).await, all);
        let rows = reminder::Entity::find().all(&app.db().await).await.unwrap();
        assert_eq!(rows.len(), 8);
    }

    /// What a message needs, and by whom.
    async fn a_reminder_says_what_a_message_needs(app) {
        let admin = app.user("Root", Role::Admin).await;
        let (lea, max) = (app.user("Lea", Role::Member).await, app.user("Max", Role::Member).await);
        let team = app.team(&admin, &[&max], &[&lea]).await;
        set_policies(app, &admin, json!([
            { "name": "Work", "appliesTo": "RECOMMENDATION", "dueInDays": 5, "remindDaysBefore": [2], "escalateDaysAfter": [1, 4] },
        ])).await;
        let report = app.report(&max, json!({ "teamId": team.id, "ownerId": max.id })).await;
        let cause = app.cause(&max, &report, json!({})).await;
        let item = app.item(&max, &[&cause], json!({ "teamId": team.id })).await;
        app.accept(&lea, &item, &max, app.day(5)).await;
        pass(app, 10).await;
        let query = "query ($id: ID) { events(subject: $id, types: [\"recommendation.due_soon\", \"recommendation.overdue\", \"recommendation.escalated\"]) {
            nodes { type actor { kind name user { id } } changes { field } payload subject { id } } } }";
        let nodes = app.ask(&max, query, json!({ "id": item.id })).await.at("/events/nodes");
        let nodes = nodes.as_array().unwrap();
        let types: Vec<_> = nodes.iter().map(|node| node["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["recommendation.due_soon", "recommendation.overdue", "recommendation.escalated", "recommendation.escalated"]);
        for node in nodes {
            assert_eq!(node["actor"]["kind"], "SCHEDULER");
            assert_eq!(node["subject"]["id"], json!(item.id));
            assert_eq!(node["changes"], json!([]));
            assert_eq!(node["payload"]["ownerId"], json!(max.id));
            assert_eq!(node["payload"]["teamId"], json!(team.id));
            assert_eq!(node["payload"]["policy"], "Work");
            assert_eq!(node["payload"]["key"], json!(item.key));
        }
        assert_eq!(nodes[0]["payload"]["daysLeft"], 2);
        assert_eq!(nodes[0]["payload"]["dueOn"], json!("2026-03-07"));
        assert_eq!(nodes[1]["payload"]["daysOverdue"], 1);
        assert_eq!(nodes[3]["payload"]["daysOverdue"], 4);
        assert_eq!(nodes[3]["payload"]["escalateDaysAfter"], 4);
        assert_eq!(nodes[3]["payload"]["escalateTo"], json!([lea.id]));
    }

    /// The first that matches counts, also when it wants no reminders; overdue is told in any case.
    async fn the_policy_that_matches_says_when(app) {
        let admin = app.user("Root", Role::Admin).await;
        let crew = Crew::new(app).await;
        set_policies(app, &admin, json!([
            { "name": "Quiet", "appliesTo": "RECOMMENDATION", "dueInDays": 5, "condition": { "priorities": ["P4"] } },
            { "name": "Loud", "appliesTo": "RECOMMENDATION", "dueInDays": 5, "remindDaysBefore": [0, 5], "escalateDaysAfter": [0, 2], "condition": { "priorities": ["P1", "P4"] } },
        ])).await;
        let mut items = Vec::new();
        for priority in ["P4", "P1", "P2"] {
            let item = app.item(&crew.ada, &[&crew.cause], json!({ "priority": priority })).await;
            app.accept(&crew.ada, &item, &crew.bo, app.day(6)).await;
            items.push(item);
        }
        pass(app, 20).await;
        assert_eq!(told_on(app, &items[0].id).await, expected(&[(7, "overdue", 0)]));
        let loud = [(1, "due_soon", 5), (6, "due_soon", 0), (7, "overdue", 0), (7, "escalated", 0), (8, "escalated", 2)];
        assert_eq!(told_on(app, &items[1].id).await, expected(&loud));
        let by_settings = [(3, "due_soon", 3), (5, "due_soon", 1), (7, "overdue", 0), (13, "escalated", 7)];
        assert_eq!(told_on(app, &items[2].id).await, expected(&by_settings));
    }

    /// What lost its meaning while nothing ran is not made up for.
    async fn after_days_without_a_look_there_is_no_flood(app) {
        let admin = app.user("Root", Role::Admin).await;
        let crew = Crew::new(app).await;
        set_policies(app, &admin, json!([
            { "name": "All", "appliesTo": "RECOMMENDATION", "dueInDays": 5, "remindDaysBefore": [1, 3, 7], "escalateDaysAfter": [1, 2, 10] },
        ])).await;
        let mut items = Vec::new();
        for due in [2, 6, 12, 40] {
            let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
            app.accept(&crew.ada, &item, &crew.bo, app.day(due)).await;
            items.push(item);
        }
        app.advance(Duration::days(5));
        let restarted = app.another_process().await;
        for app in [app, &restarted, app] {
            jobs::run_once(&app.app).await.unwrap();
        }
        assert_eq!(told_on(app, &items[0].id).await, expected(&[(5, "overdue", 0), (5, "escalated", 2)]));
        assert_eq!(told_on(app, &items[1].id).await, expected(&[(5, "due_soon", 1)]));
        assert_eq!(told_on(app, &items[2].id).await, expected(&[(5, "due_soon", 7)]));
        assert_eq!(told_on(app, &items[3].id).await, expected(&[]));
    }

    /// Only what is still owed, and to nobody once it is done; another date is another matter.
    async fn closed_things_get_none_and_a_new_date_starts_anew(app) {
        let crew = Crew::new(app).await;
        let mut items = Vec::new();
        for status in ["PROPOSED", "ACCEPTED", "IN_PROGRESS", "BLOCKED", "IMPLEMENTED", "DECLINED"] {
            items.push((status, crew.item(status, "P2").await));
        }
        let moved = crew.item("ACCEPTED", "P2").await;
        let report = app.report(&crew.ada, json!({ "ownerId": crew.ada.id, "dueOn": app.day(30) })).await;
        app.mutate(&crew.ada, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();
        pass(app, 32).await;
        let open = expected(&[(27, "due_soon", 3), (29, "due_soon", 1), (31, "overdue", 0)]);
        for (status, item) in &items {
            let is_open = ["ACCEPTED", "IN_PROGRESS", "BLOCKED"].contains(status);
            assert_eq!(told_on(app, &item.id).await, if is_open { open.clone() } else { Vec::new() }, "{status}");
        }
        assert_eq!(told_on(app, &report.id).await, []);
        let later = json!({ "dueOn": app.day(8), "reason": "Disks are late." });
        app.step(&crew.bo, "changeDueDate", &moved, later).await.data();
        app.step(&crew.bo, "implementRecommendation", &items[1].1, json!({})).await.data();
        pass(app, 20).await;
        let anew = expected(&[(37, "due_soon", 3), (39, "due_soon", 1), (41, "overdue", 0), (47, "escalated", 7)]);
        assert_eq!(told_on(app, &moved.id).await, [open.clone(), anew].concat());
        assert_eq!(told_on(app, &items[1].1.id).await, open);
    }

    /// A review of the effect, once each; none of work that is open again or was reviewed before.
    async fn a_planned_review_is_told_once(app) {
        let crew = Crew::new(app).await;
        let (item, held) = (crew.item("VERIFIED", "P2").await, crew.item("VERIFIED", "P2").await);
        let reopened = crew.item("VERIFIED", "P2").await;
        app.step(&crew.ada, "reopenRecommendation", &reopened, json!({ "reason": "It leaks." })).await.data();
        app.step(&crew.ada, "reviewEffectiveness", &held, json!({ "outcome": "EFFECTIVE" })).await.data();
        pass(app, 200).await;
        let told = |days: &[i64]| expected(&days.iter().map(|day| (*day, "effectiveness_due", 0)).collect::<Vec<_>>());
        assert_eq!(told_on(app, &item.id).await, told(&[90, 180]));
        assert_eq!(told_on(app, &held.id).await, told(&[180]));
        let of_reviews = told_on(app, &reopened.id).await.into_iter().filter(|(_, verb, _)| verb == "effectiveness_due");
        assert_eq!(of_reviews.count(), 0);
    }

    /// The day begins where the organisation is.
    async fn days_are_those_of_the_organisation(app) {
        let auckland = |settings| Settings { time_zone: "Pacific/Auckland".parse().unwrap(), ..settings };
        let there = TestApp::with_settings(app.engine, auckland).await;
        for (app, hours) in [(app, 24), (&there, 11)] {
            let crew = Crew::new(app).await;
            let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
            app.accept(&crew.ada, &item, &crew.bo, NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()).await;
            app.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
            for hour in 0..48 {
                jobs::run_once(&app.app).await.unwrap();
                let overdue = told(app, &item.id).await.iter().any(|(_, verb, _)| verb == "overdue");
                assert_eq!(overdue, hour >= hours, "{hour}");
                app.advance(Duration::hours(1));
            }
        }
        there.finish().await;
    }

    /// A message to leads who may not know of a report would tell them of it.
    async fn nobody_is_named_who_may_not_know(app) {
        let admin = app.user("Root", Role::Admin).await;
        let (lea, lou) = (app.user("Lea", Role::Member).await, app.user("Lou", Role::Member).await);
        let team = app.team(&admin, &[], &[&lea, &lou, &admin]).await;
        let input = json!({
            "visibility": "RESTRICTED", "ownerId": admin.id, "teamId": team.id, "dueOn": app.day(1),
            "participants": [{ "userId": lou.id, "role": "RESPONDER" }],
        });
        let report = app.report(&admin, input).await;
        app.advance(Duration::days(20));
        jobs::run_once(&app.app).await.unwrap();
        let log = app.events().await;
        let escalated = log.iter().find(|event| event.event_type == "report.escalated").unwrap();
        assert_eq!(escalated.payload["escalateTo"], json!([lou.id, admin.id]));
        let query = "query ($id: ID) { events(subject: $id, types: [\"report.*\"]) { totalCount } }";
        for (user, count) in [(&lea, 0), (&lou, 3)] {
            let seen = app.ask(user, query, json!({ "id": report.id })).await.at("/events/totalCount");
            assert_eq!(seen, count);
        }
    }

    /// The lease keeps others away while it lasts. Without it nothing is told twice either.
    async fn two_processes_at_once_tell_nothing_twice(app) {
        let crew = Crew::new(app).await;
        let mut items = Vec::new();
        for _ in 0..8 {
            let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
            app.accept(&crew.ada, &item, &crew.bo, app.day(2)).await;
            items.push(item);
        }
        let other = app.another_process().await;
        for day in [0, 1, 3] {
            app.advance(Duration::days(day));
            let (one, two) = join(jobs::run_once(&app.app), jobs::run_once(&other.app)).await;
            one.unwrap();
            two.unwrap();
            let (mine, its) = (app.operator().await, other.operator().await);
            let (one, two) = join(remind(&mine), remind(&its)).await;
            one.unwrap();
            two.unwrap();
        }
        app.advance(Duration::days(20));
        let (mine, its) = (app.operator().await, other.operator().await);
        let (one, two) = join(remind(&mine), remind(&its)).await;
        assert_eq!(one.unwrap() + two.unwrap(), items.len(), "each was escalated by one of them");
        for item in &items {
            let all = [(0, "due_soon", 3), (1, "due_soon", 1), (4, "overdue", 0), (24, "escalated", 7)];
            assert_eq!(told_on(app, &item.id).await, expected(&all));
        }
    }

    /// One process does the work, until it no longer says that it is there.
    async fn one_process_leads_at_a_time(app) {
        let crew = Crew::new(app).await;
        let item = app.item(&crew.ada, &[&crew.cause], json!({})).await;
        jobs::run_once(&app.app).await.unwrap();
        app.accept(&crew.ada, &item, &crew.bo, app.day(1)).await;
        let other = app.another_process().await;
        let holder = async || {
            let rows = scheduler_lease::Entity::find().all(&app.db().await).await.unwrap();
            assert_eq!(rows.len(), 1);
            rows[0].holder.uuid()
        };
        for _ in 0..5 {
            jobs::run_once(&other.app).await.unwrap();
            assert_eq!(holder().await, app.app.process.uuid());
            assert_eq!(told(app, &item.id).await, []);
            app.advance(Duration::seconds(30));
        }
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(told_on(app, &item.id).await, expected(&[(0, "due_soon", 1)]));
        app.advance(Duration::seconds(181));
        jobs::run_once(&other.app).await.unwrap();
        assert_eq!(holder().await, other.app.process.uuid());
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(holder().await, other.app.process.uuid());
    }
}
