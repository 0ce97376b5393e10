//! The weekly digest of a team.

use chrono::Duration;
use entity::{enums::Role, ids::TeamId};
use futures_util::future::join;
use postmortem_api::{jobs, platform::settings::Settings};
use postmortem_tests::{Receiver, TestApp, on_both_databases};
use serde_json::{Value, json};

/// The digests of a team, each as what it says.
async fn digests(app: &TestApp, team: &str) -> Vec<Value> {
    let log = app.events().await.into_iter();
    let of_team =
        log.filter(|event| event.event_type == "team.weekly_digest" && TeamId(event.subject_id).to_string() == team);
    of_team.map(|event| event.payload).collect()
}

on_both_databases! {
    /// What everybody may see, the longest due first, on Mondays from eight.
    async fn a_team_is_told_how_it_stands(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let idle = app.team(&ada, &[&ada], &[]).await;
        let of_team = json!({ "ownerId": ada.id, "teamId": team.id });
        let report = app.report(&ada, of_team.clone()).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = async |due: i64, title: &str| {
            let input = json!({ "ownerId": ada.id, "teamId": team.id, "dueOn": app.day(due), "title": title });
            let item = app.item(&ada, &[&cause], input).await;
            app.step(&ada, "acceptRecommendation", &item, json!({})).await.data();
            item
        };
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({ "eventTypes": ["team.weekly_digest"] })).await;
        let outsider = app.user("Olaf", Role::Viewer).await;
        // A Monday in the morning.
        let late = item(5, "Limit retries").await;
        let soon = item(12, "Test failover").await;
        item(40, "Rewrite it").await;
        let done = item(6, "Raise the limit").await;
        app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
        let hidden = app.report(&ada, json!({ "ownerId": ada.id, "teamId": team.id, "visibility": "RESTRICTED", "dueOn": app.day(1) })).await;
        let secret = app.cause(&ada, &hidden, json!({})).await;
        let secret = app.item(&ada, &[&secret], json!({ "ownerId": ada.id, "teamId": team.id, "dueOn": app.day(2) })).await;
        app.step(&ada, "acceptRecommendation", &secret, json!({})).await.data();
        app.step(&ada, "implementRecommendation", &done, json!({})).await.data();

        app.advance(Duration::days(7) - Duration::minutes(61));
        jobs::run_once(&app.app).await.unwrap();
        // That of the week in which the team was made was due before it was there; the first one is due a minute later.
        assert_eq!(digests(app, &team.id).await, Vec::<Value>::new());
        app.advance(Duration::minutes(1));
        let other = app.another_process().await;
        let (one, two) = join(jobs::run_once(&app.app), jobs::run_once(&other.app)).await;
        assert!(one.is_ok() && two.is_ok());
        jobs::run_once(&app.app).await.unwrap();
        let told = digests(app, &team.id).await;
        assert_eq!(told.len(), 1);
        let told = &told[0];
        // What is named is read when it is sent, by what everybody may see then.
        app.send_webhooks().await;
        let subject = receiver.received().last().unwrap().json()["data"]["subject"].clone();
        let pressing = subject["pressing"].as_array().unwrap();
        let keys: Vec<&Value> = pressing.iter().map(|item| &item["key"]).collect();
        assert_eq!(keys, [&json!(late.key), &json!(soon.key)], "{subject}");
        assert_eq!((&pressing[0]["title"], &pressing[0]["owner"]["name"]), (&json!("Limit retries"), &json!("Ada")));
        let restrict = json!({ "id": report.id, "visibility": "RESTRICTED" });
        app.mutate(&ada, "updateReport", restrict, "report { id }").await.data();
        let again = json!({ "endpointId": endpoint.id, "since": app.now() - Duration::hours(1) });
        app.mutate(&ada, "redeliver", again, "count").await.data();
        app.send_webhooks().await;
        let body = receiver.received().last().unwrap().body.clone();
        assert!(!body.contains("Limit retries") && !body.contains(&late.key) && !body.contains(&late.id), "{body}");
        let feed = app.ask(&outsider, "{ events(first: 100, types: [\"team.*\"]) { nodes { payload } } }", json!({})).await.body.to_string();
        assert!(feed.contains("dueThisWeek") && !feed.contains(&late.key) && !feed.contains(&late.id), "{feed}");
        let figures = ["open", "overdue", "dueThisWeek", "doneLastWeek", "proposed", "reportsOverdue"];
        assert_eq!(figures.map(|field| told[field].as_i64().unwrap()), [3, 1, 1, 1, 1, 0], "{told}");
        assert_eq!(told["weekOf"], json!(app.day(0)));
        assert_eq!(digests(app, &idle.id).await, Vec::<Value>::new());
    }

    /// After a time in which nothing ran, only this week's is sent; and one for each week after that.
    async fn a_week_that_is_over_is_not_told_of(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
        app.advance(Duration::days(24));
        jobs::run_once(&app.app).await.unwrap();
        let weeks = async || digests(app, &team.id).await.iter().map(|told| told["weekOf"].clone()).collect::<Vec<_>>();
        assert_eq!(weeks().await, [json!(app.day(-3))]);
        for _ in 0..14 {
            app.advance(Duration::days(1));
            jobs::run_once(&app.app).await.unwrap();
        }
        assert_eq!(weeks().await, [-17, -10, -3].map(|days| json!(app.day(days))));
    }

    /// The first one of a team is that of the first Monday on which the team was there at eight; late, when nothing ran then.
    async fn a_new_team_is_told_from_its_first_monday_on(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let made = async || {
            let team = app.team(&ada, &[&ada], &[]).await;
            app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
            team.id
        };
        let weeks = async |team: &String| digests(app, team).await.iter().map(|told| told["weekOf"].clone()).collect::<Vec<_>>();
        let none: [Value; 0] = [];
        app.advance(Duration::days(3));
        let on_thursday = made().await;
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(weeks(&on_thursday).await, none);
        app.clock.set("2026-03-09T07:59:59Z".parse().unwrap());
        let in_time = made().await;
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!((weeks(&on_thursday).await.len(), weeks(&in_time).await.len()), (0, 0));
        app.advance(Duration::seconds(1));
        let too_late = made().await;
        // Nothing runs until Wednesday.
        app.advance(Duration::days(2));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(weeks(&on_thursday).await, ["2026-03-09"]);
        assert_eq!(weeks(&in_time).await, ["2026-03-09"]);
        assert_eq!(weeks(&too_late).await, none);
        app.clock.set("2026-03-16T08:00:00Z".parse().unwrap());
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(weeks(&on_thursday).await, ["2026-03-09", "2026-03-16"]);
        assert_eq!(weeks(&too_late).await, ["2026-03-16"]);
    }

    /// A week begins where the organisation is.
    async fn monday_is_that_of_the_organisation(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { time_zone: "Pacific/Auckland".parse().unwrap(), ..settings }).await;
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(digests(app, &team.id).await.len(), 0);
        // Eight on Monday the ninth of March there is seven in the evening of Sunday in Greenwich.
        app.clock.set("2026-03-08T18:59:59Z".parse().unwrap());
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(digests(app, &team.id).await.len(), 0);
        app.advance(Duration::seconds(1));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(digests(app, &team.id).await.len(), 1);
    }

    /// Chats are told in words.
    async fn a_chat_is_told_in_words(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        app.advance(Duration::days(7));
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({ "ownerId": ada.id, "teamId": team.id, "dueOn": app.day(1) })).await;
        app.step(&ada, "acceptRecommendation", &item, json!({})).await.data();
        let receiver = Receiver::new();
        app.endpoint(&ada, &receiver, json!({ "format": "SLACK", "eventTypes": ["team.weekly_digest"], "filter": { "teamIds": [team.id] } })).await;
        jobs::run_once(&app.app).await.unwrap();
        app.send_webhooks().await;
        let blocks = receiver.received()[0].json()["blocks"].to_string();
        assert!(blocks.contains("1 due this week, 1 open in all") && blocks.contains(&item.key) && blocks.contains("due tomorrow"), "{blocks}");
    }
}
