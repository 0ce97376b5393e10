//! Keys that are none, that mean something else, or that are taken.

use actix_web::http::header::HeaderValue;
use chrono::Duration;
use entity::{enums::Role, idempotency_key};
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, on_both_databases};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use super::{CREATE, create, incidents, is_refused, is_replay, keyed, rows};

/// Makes the row what it would be had the process died before it kept the answer.
async fn forget_answer(app: &TestApp, commits: i64, held_for: Duration) {
    idempotency_key::Entity::update_many()
        .col_expr(idempotency_key::Column::SealedAnswer, Expr::value(None::<String>))
        .col_expr(idempotency_key::Column::StatusCode, Expr::value(None::<i32>))
        .col_expr(idempotency_key::Column::Commits, Expr::value(commits))
        .col_expr(idempotency_key::Column::HeldUntil, Expr::value(app.now() + held_for))
        .filter(idempotency_key::Column::KeyHash.ne(""))
        .exec(&app.db().await)
        .await
        .unwrap();
}

on_both_databases! {
    /// A key names one request for good.
    async fn another_request_under_the_same_key(app) {
        let ada = app.user("Ada", Role::Member).await;
        let first = create(app, &ada, "key", "One").await;
        is_refused(&create(app, &ada, "key", "Two").await, 422, "IDEMPOTENCY_KEY_REUSED");
        let other_text = CREATE.replace("SEV2", "SEV1");
        is_refused(&app.send(keyed(&ada, "key", &other_text, &json!({ "title": "One" }))).await, 422, "IDEMPOTENCY_KEY_REUSED");
        let named = CREATE.replace("mutation", "mutation A") + " mutation B { __typename }";
        for operation in ["A", "B"] {
            let body = json!({ "query": named, "operationName": operation, "variables": { "title": "Named" } });
            let reply = app.send(keyed(&ada, "named", &named, &json!({})).set_payload(body.to_string())).await;
            assert_eq!(reply.status.as_u16(), if operation == "A" { 200 } else { 422 }, "{}", reply.body);
        }
        assert_eq!((incidents(app, "One").await, incidents(app, "Two").await, incidents(app, "Named").await), (1, 0, 1));
        is_replay(&first, &create(app, &ada, "key", "One").await);
    }

    /// What is no key is said before anything is run.
    async fn what_is_no_key(app) {
        let ada = app.user("Ada", Role::Member).await;
        let long = "x".repeat(256);
        for key in ["", "\"\"", "two words", "\"half", "a\"b", long.as_str()] {
            is_refused(&create(app, &ada, key, "Never").await, 400, "VALIDATION_FAILED");
        }
        let twice = keyed(&ada, "one", CREATE, &json!({ "title": "Never" })).append_header(("Idempotency-Key", "two"));
        is_refused(&app.send(twice).await, 400, "VALIDATION_FAILED");
        let umlaut = keyed(&ada, "one", CREATE, &json!({ "title": "Never" })).insert_header(("Idempotency-Key", HeaderValue::from_bytes("schlüssel".as_bytes()).unwrap()));
        is_refused(&app.send(umlaut).await, 400, "VALIDATION_FAILED");
        // On a stream an answer could not be given again.
        let stream = keyed(&ada, "one", CREATE, &json!({ "title": "Never" })).insert_header(("Accept", "text/event-stream"));
        is_refused(&app.send(stream).await, 400, "VALIDATION_FAILED");
        assert_eq!((incidents(app, "Never").await, rows(app).await.len()), (0, 0));
        assert_eq!(create(app, &ada, &"x".repeat(255), "Long").await.status.as_u16(), 200);
    }

    /// Nobody who may not sign in, or sends too much, takes a key.
    async fn who_is_not_let_in(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { requests_per_minute: 1, ..settings }).await;
        let ada = app.user("Ada", Role::Member).await;
        let mut nobody = ada.clone();
        nobody.token = "a.b.c".to_owned();
        is_refused(&create(app, &nobody, "key", "Never").await, 401, "UNAUTHENTICATED");
        assert_eq!(create(app, &ada, "key", "Once").await.status.as_u16(), 200);
        is_refused(&create(app, &ada, "key", "Once").await, 429, "RATE_LIMITED");
        app.advance(Duration::minutes(1));
        assert_eq!(create(app, &ada, "key", "Once").await.header("idempotency-replayed"), "true");
        assert_eq!(rows(app).await.len(), 1);
    }

    /// While the first runs, the second waits outside. Once the first is dead, what it saved decides.
    async fn when_the_first_has_no_answer(app) {
        let ada = app.user("Ada", Role::Member).await;
        create(app, &ada, "key", "Died").await;
        // It runs, whether it has saved something or not.
        for commits in [0, 1] {
            forget_answer(app, commits, Duration::seconds(5)).await;
            let reply = create(app, &ada, "key", "Died").await;
            is_refused(&reply, 409, "IDEMPOTENCY_KEY_IN_USE");
            assert_eq!(reply.header("retry-after"), "1");
        }
        is_refused(&create(app, &ada, "key", "Other").await, 422, "IDEMPOTENCY_KEY_REUSED");
        // It died after it had saved something.
        app.advance(Duration::seconds(6));
        for _ in 0..2 {
            let reply = create(app, &ada, "key", "Died").await;
            is_refused(&reply, 409, "IDEMPOTENCY_ANSWER_LOST");
            assert_eq!(reply.header("retry-after"), "", "to send it again does not help");
        }
        assert_eq!(incidents(app, "Died").await, 1);
        // It died before.
        forget_answer(app, 0, Duration::seconds(-1)).await;
        let second = create(app, &ada, "key", "Died").await;
        assert_eq!((second.status.as_u16(), second.header("idempotency-replayed")), (200, ""));
        is_replay(&second, &create(app, &ada, "key", "Died").await);
        assert_eq!(incidents(app, "Died").await, 2);
    }

    /// A long answer is given once, and the mutation not carried out twice for it.
    async fn answers_that_are_too_long(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { idempotency_answer_bytes: 80, ..settings }).await;
        let ada = app.user("Ada", Role::Member).await;
        assert_eq!(create(app, &ada, "key", "Long").await.status.as_u16(), 200);
        is_refused(&create(app, &ada, "key", "Long").await, 409, "IDEMPOTENCY_ANSWER_LOST");
        assert_eq!(incidents(app, "Long").await, 1);
        // Nothing was saved: then it may be run again.
        for _ in 0..2 {
            let failed = create(app, &ada, "failed", "").await;
            assert_eq!((failed.json()["errors"][0]["extensions"]["code"].as_str(), failed.header("idempotency-replayed")), (Some("VALIDATION_FAILED"), ""));
        }
        assert_eq!(rows(app).await.len(), 1);
    }
}
