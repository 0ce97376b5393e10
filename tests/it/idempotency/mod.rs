//! Mutations with an `Idempotency-Key` are carried out once, however often, where and by whom they are sent again.

mod dying;
mod refused;

use actix_web::test::TestRequest;
use chrono::Duration;
use entity::{enums::Role, idempotency_key, incident};
use futures_util::future::join_all;
use postmortem_api::{jobs, platform::settings::Settings};
use postmortem_tests::{
    TestApp, TestUser, on_both_databases,
    requests::{Reply, graphql},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

/// Makes an incident; sent twice, it makes two.
pub const CREATE: &str = "mutation ($title: String!) { createIncident(input: {title: $title, severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { id key title } } }";

/// A POST as somebody under a key.
pub fn keyed(user: &TestUser, key: &str, query: &str, variables: &Value) -> TestRequest {
    graphql(query)
        .insert_header(("Authorization", format!("Bearer {}", user.token)))
        .insert_header(("Idempotency-Key", key))
        .set_payload(json!({ "query": query, "variables": variables }).to_string())
}

pub async fn create(app: &TestApp, user: &TestUser, key: &str, title: &str) -> Reply {
    app.send(keyed(user, key, CREATE, &json!({ "title": title }))).await
}

pub async fn incidents(app: &TestApp, title: &str) -> u64 {
    let named = incident::Entity::find().filter(incident::Column::Title.eq(title));
    named.count(&app.db().await).await.unwrap()
}

pub async fn rows(app: &TestApp) -> Vec<idempotency_key::Model> {
    idempotency_key::Entity::find().all(&app.db().await).await.unwrap()
}

#[track_caller]
pub fn is_replay(first: &Reply, again: &Reply) {
    assert_eq!((again.status, again.body.as_str()), (first.status, first.body.as_str()));
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), first.header("content-type"));
}

#[track_caller]
pub fn is_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
    let error = &reply.json()["errors"][0];
    assert_eq!(error["extensions"]["code"], code, "{error}");
    assert!(reply.json().get("data").is_none());
}

on_both_databases! {
    /// The same answer, from any process, and what was to be done is done once.
    async fn the_same_answer_again(app) {
        let ada = app.user("Ada", Role::Member).await;
        let first = create(app, &ada, "8e03978e-40d5-43dd-bc93-6894a57f9324", "Once").await;
        assert_eq!((first.status.as_u16(), &first.json()["data"]["createIncident"]["incident"]["title"]), (200, &json!("Once")));
        is_replay(&first, &create(app, &ada, "8e03978e-40d5-43dd-bc93-6894a57f9324", "Once").await);
        is_replay(&first, &create(app, &ada, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "Once").await);
        let other = app.another_process().await;
        is_replay(&first, &create(&other, &ada, "8e03978e-40d5-43dd-bc93-6894a57f9324", "Once").await);
        assert_eq!(incidents(app, "Once").await, 1);
        // Without a key, and with another, it is another one.
        let plain = json!({ "query": CREATE, "variables": { "title": "Once" } });
        assert!(app.post(Some(&ada.token), plain).await.is_ok());
        create(app, &ada, "other", "Once").await;
        assert_eq!(incidents(app, "Once").await, 3);
    }

    /// Keys are each user's and each token's own.
    async fn the_same_key_of_somebody_else(app) {
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Member).await);
        let machines = [app.machine(&ada, &["WRITE"], json!({})).await, app.machine(&ada, &["WRITE"], json!({})).await];
        let mut ids = Vec::new();
        for user in [&ada, &bo, &machines[0], &machines[1]] {
            let first = create(app, user, "key", "Each").await;
            ids.push(first.json()["data"]["createIncident"]["incident"]["id"].to_string());
            is_replay(&first, &create(app, user, "key", "Each").await);
        }
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), incidents(app, "Each").await), (4, 4));
    }

    /// A day, by default; then the key is as good as new, and a job forgets it.
    async fn as_long_as_the_setting_says(app) {
        let ada = app.user("Ada", Role::Member).await;
        let first = create(app, &ada, "key", "Daily").await;
        app.advance(Duration::hours(24) - Duration::seconds(1));
        jobs::run_once(&app.app).await.unwrap();
        is_replay(&first, &create(app, &ada, "key", "Daily").await);
        app.advance(Duration::seconds(1));
        let anew = create(app, &ada, "key", "Daily").await;
        assert_eq!((anew.header("idempotency-replayed"), incidents(app, "Daily").await), ("", 2));
        assert_ne!(anew.body, first.body);
        // Also when something else was asked for.
        app.advance(Duration::hours(24));
        assert_eq!(create(app, &ada, "key", "Another day").await.status.as_u16(), 200);
        app.advance(Duration::hours(24));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(rows(app).await, []);
        let brief = TestApp::with_settings(app.engine, |settings| Settings { idempotency_hours: 1, ..settings }).await;
        let cy = brief.user("Cy", Role::Member).await;
        create(&brief, &cy, "key", "Hourly").await;
        brief.advance(Duration::hours(1));
        create(&brief, &cy, "key", "Hourly").await;
        assert_eq!(incidents(&brief, "Hourly").await, 2);
        brief.finish().await;
    }

    /// Of many at once one is run; the others hear that it is running, or its answer.
    async fn all_at_once(app) {
        let ada = app.user("Ada", Role::Member).await;
        let other = app.another_process().await;
        let replies = join_all((0..12).map(|number| create(if number % 2 == 0 { app } else { &other }, &ada, "key", "Race"))).await;
        assert_eq!(incidents(app, "Race").await, 1);
        let answered: Vec<&Reply> = replies.iter().filter(|reply| reply.status.as_u16() == 200).collect();
        assert_eq!(answered.iter().filter(|reply| reply.header("idempotency-replayed").is_empty()).count(), 1);
        assert!(answered.iter().all(|reply| reply.body == answered[0].body));
        for reply in replies.iter().filter(|reply| reply.status.as_u16() != 200) {
            is_refused(reply, 409, "IDEMPOTENCY_KEY_IN_USE");
            assert_eq!(reply.header("retry-after"), "1");
        }
        is_replay(answered.iter().find(|reply| reply.header("idempotency-replayed").is_empty()).unwrap(), &create(app, &ada, "key", "Race").await);
    }

    /// What the mutation itself refuses is its answer. What was never run is not, and leaves the key free.
    async fn which_answers_are_kept(app) {
        let ada = app.user("Ada", Role::Member).await;
        let failed = create(app, &ada, "failed", "").await;
        assert_eq!(failed.json()["errors"][0]["extensions"]["code"], "VALIDATION_FAILED");
        is_replay(&failed, &create(app, &ada, "failed", "").await);
        for query in ["mutation {", "mutation { createIncident { nothing } }", "mutation { nothing }"] {
            let reply = app.send(keyed(&ada, "invalid", query, &json!({}))).await;
            is_refused(&reply, 400, "VALIDATION_FAILED");
        }
        assert_eq!(rows(app).await.len(), 1, "a request that was not run takes no key");
        let first = create(app, &ada, "invalid", "Now right").await;
        assert_eq!(first.status.as_u16(), 200);
        // Several fields, of which one fails, are one answer.
        let two = "mutation ($a: String!, $b: String!) { a: createIncident(input: {title: $a, severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { key } } b: createIncident(input: {title: $b, severity: SEV2, startedAt: \"2026-03-01T10:00:00Z\"}) { incident { key } } }";
        let variables = json!({ "a": "Half", "b": "" });
        let half = app.send(keyed(&ada, "half", two, &variables)).await;
        assert!(half.json()["data"].is_null() && half.json()["errors"][0]["path"] == json!(["b"]), "{}", half.body);
        is_replay(&half, &app.send(keyed(&ada, "half", two, &variables)).await);
        assert_eq!(incidents(app, "Half").await, 1);
        // Whatever the client accepts the second time, it is the same body.
        let other = keyed(&ada, "invalid", CREATE, &json!({ "title": "Now right" })).insert_header(("Accept", "application/json"));
        let other = app.send(other).await;
        assert_eq!((other.body, other.status), (first.body, first.status));
    }

    /// A secret that an answer holds is shown to its sender again, and to nobody who reads the database.
    async fn answers_are_sealed_with_the_key(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let query = "mutation { createApiToken(input: {name: \"Bot\", scopes: [READ]}) { token } }";
        let key = "0b3f2c1e-5a83-4f0e-9d6a-3e1f6a0c7b11";
        let first = app.send(keyed(&ada, key, query, &json!({}))).await;
        let token = first.json()["data"]["createApiToken"]["token"].as_str().unwrap().to_owned();
        is_replay(&first, &app.send(keyed(&ada, key, query, &json!({}))).await);
        let all = format!("{:?}", app.contents().await);
        assert!(!all.contains(&token) && !all.contains(key), "the database tells a secret");
        // Sealed for this row: it opens in no other.
        create(app, &ada, "other", "Moved").await;
        let rows = rows(app).await;
        let sealed: Vec<&str> = rows.iter().filter_map(|row| row.sealed_answer.as_deref()).collect();
        assert!(sealed.len() == 2 && sealed.iter().all(|text| text.starts_with("v1.") && !text.contains("createIncident")));
    }

    /// Queries do no harm twice, so they take no key.
    async fn queries_take_no_key(app) {
        let ada = app.user("Ada", Role::Member).await;
        let ask = async |query: &str| app.send(keyed(&ada, "key", query, &json!({}))).await;
        let first = ask("{ viewer { user { email } } }").await;
        let again = ask("{ viewer { user { name } } }").await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200));
        assert_eq!((again.header("idempotency-replayed"), rows(app).await.len()), ("", 0));
    }
}
