//! How long what was sent is kept, as settings say.

use chrono::Duration;
use entity::enums::Role;
use postmortem_api::{jobs, platform::settings::Settings};
use postmortem_tests::{Engine, Receiver, TestApp, receiver::status};
use serde_json::json;

/// How many deliveries and attempts there are, once the jobs have run.
async fn left(app: &TestApp) -> [usize; 2] {
    jobs::run_once(&app.app).await.unwrap();
    let contents = app.contents().await;
    ["webhook_delivery", "webhook_attempt"].map(|table| contents[table].len())
}

async fn kept(engine: Engine) {
    let app = TestApp::with_settings(engine, |settings| Settings {
        delivery_retention_days: 10,
        attempt_retention_days: 1,
        ..settings
    })
    .await;
    let ada = app.user("Ada", Role::Admin).await;
    let (good, bad) = (Receiver::new(), Receiver::new());
    bad.otherwise(status(503));
    for receiver in [&good, &bad] {
        app.endpoint(&ada, receiver, json!({ "eventTypes": ["incident.created"] }))
            .await;
    }
    let incident = json!({ "title": "Down", "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z" });
    app.mutate(&ada, "createIncident", incident, "incident { id }")
        .await
        .data();
    app.send_webhooks().await;
    assert_eq!(left(&app).await, [2, 2]);
    app.advance(Duration::days(1));
    assert_eq!(left(&app).await, [2, 2], "not longer than a day ago");
    app.advance(Duration::seconds(1));
    assert_eq!(left(&app).await, [2, 1], "what is still tried keeps its attempts");
    app.advance(Duration::days(9));
    assert_eq!(left(&app).await, [1, 1], "what is still tried is kept");
    bad.otherwise(status(200));
    app.send_webhooks().await;
    assert_eq!(left(&app).await, [0, 0]);
    app.finish().await;
}

#[actix_web::test]
async fn what_was_sent_is_kept_as_long_as_settings_say_on_sqlite() {
    kept(Engine::Sqlite).await;
}

#[actix_web::test]
async fn what_was_sent_is_kept_as_long_as_settings_say_on_postgres() {
    kept(Engine::Postgres).await;
}
