//! Endpoints, and what arrives at them when all goes well.

use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Engine, Receiver, TestApp, on_both_databases, receiver::status};
use serde_json::{Value, json};

on_both_databases! {
    /// Everything that happens arrives, once, in order, signed, and is recorded.
    async fn events_arrive_in_order_and_signed(app) {
        let ada = app.user("Ada", Role::Admin).await;
        app.report(&ada, json!({})).await;
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({ "description": "The dashboard" })).await;
        assert!(endpoint.secret.starts_with("whsec_"));
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({ "title": "A retry storm" })).await;
        let item = app.item(&ada, &[&cause], json!({ "ownerId": ada.id, "dueOn": app.day(9) })).await;
        app.step(&ada, "acceptRecommendation", &item, json!({})).await.data();
        app.send_webhooks().await;
        app.send_webhooks().await;
        // What was before the endpoint does not arrive, and neither do events about webhooks, which are for admins.
        assert_eq!(receiver.types(), [
            "incident.created", "report.created", "root_cause.added", "recommendation.created", "recommendation.accepted",
        ]);
        assert_eq!(receiver.most_at_once(), 1);
        let deliveries = app.deliveries(&ada, &endpoint).await;
        for (request, delivery) in receiver.received().iter().zip(deliveries.iter().rev()) {
            assert_eq!(request.verify(&endpoint.secret, app.now()), Ok(()));
            assert_eq!(request.header("content-type"), "application/json");
            assert_eq!((request.header("webhook-id"), &delivery["status"]), (delivery["event"]["id"].as_str().unwrap(), &json!("SUCCEEDED")));
            assert_eq!(delivery["attempts"][0]["statusCode"], 204);
            assert_eq!((&delivery["attempts"][0]["error"], &delivery["nextAttemptAt"]), (&Value::Null, &Value::Null));
        }
        let body = receiver.received()[4].json();
        assert_eq!(body["timestamp"], "2026-03-02T09:00:00Z");
        let subject = &body["data"]["subject"];
        assert_eq!((&subject["type"], &subject["key"], &subject["status"]), (&json!("RECOMMENDATION"), &json!(item.key), &json!("ACCEPTED")));
        assert_eq!(subject["url"], format!("http://postmortem.example/recommendations/{}", item.key));
        assert_eq!(subject["rootCauses"][0]["title"], "A retry storm");
        assert_eq!((&subject["report"]["key"], &subject["owner"]["name"]), (&json!(report.key), &json!("Ada")));
        assert_eq!(subject["incident"]["severity"], "SEV2");
        let status = body["data"]["changes"].as_array().unwrap().iter().find(|change| change["field"] == "status").unwrap();
        assert_eq!((&status["from"], &status["to"]), (&json!("PROPOSED"), &json!("ACCEPTED")));
        assert_eq!(body["data"]["actor"]["name"], "Ada");
    }

    /// Patterns, teams and severities.
    async fn filters_choose(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let (types, teams, severities) = (Receiver::new(), Receiver::new(), Receiver::new());
        app.endpoint(&ada, &types, json!({ "eventTypes": ["root_cause.*", "report.created"] })).await;
        app.endpoint(&ada, &teams, json!({ "filter": { "teamIds": [team.id] } })).await;
        app.endpoint(&ada, &severities, json!({ "filter": { "severities": ["SEV1"] } })).await;
        let ours = app.report(&ada, json!({ "teamId": team.id })).await;
        let cause = app.cause(&ada, &ours, json!({})).await;
        app.item(&ada, &[&cause], json!({})).await;
        app.mutate(&ada, "updateIncident", json!({ "id": ours.incident, "severity": "SEV1" }), "incident { id }").await.data();
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        assert_eq!(types.types(), ["report.created", "root_cause.added", "report.created"]);
        assert_eq!(teams.types(), ["report.created", "root_cause.added", "recommendation.created"]);
        assert_eq!(severities.types(), ["incident.created", "report.created", "root_cause.added", "recommendation.created", "incident.updated"]);
    }

    /// A test arrives whatever the filter says, and a disabled endpoint gets none.
    async fn a_test_event_arrives(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (receiver, other) = (Receiver::new(), Receiver::new());
        let endpoint = app.endpoint(&ada, &receiver, json!({ "eventTypes": ["incident.created"], "filter": { "severities": ["SEV1"] } })).await;
        app.endpoint(&ada, &other, json!({})).await;
        app.mutate(&ada, "sendTestEvent", json!({ "id": endpoint.id }), "webhookEndpoint { id }").await.data();
        app.send_webhooks().await;
        assert_eq!(receiver.types(), ["webhook_endpoint.tested"]);
        assert_eq!(receiver.received()[0].json()["data"]["subject"]["id"], endpoint.id);
        assert_eq!(other.count(), 0);
        let disable = json!({ "id": endpoint.id, "isEnabled": false });
        app.mutate(&ada, "updateWebhookEndpoint", disable, "webhookEndpoint { isEnabled }").await.data();
        let refused = app.mutate(&ada, "sendTestEvent", json!({ "id": endpoint.id }), "webhookEndpoint { id }").await;
        assert_eq!(refused.problems(), [("id".to_owned(), "ENDPOINT_DISABLED".to_owned())]);
    }

    /// For a day both secrets sign, then the new one alone.
    async fn a_rotated_secret_overlaps(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({})).await;
        let rotated = app.mutate(&ada, "rotateWebhookSecret", json!({ "id": endpoint.id }), "secret webhookEndpoint { oldSecretUntil }").await;
        let new = rotated.text("/secret");
        assert_ne!(new, endpoint.secret);
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        let during = receiver.received()[0].clone();
        assert_eq!(during.header("webhook-signature").split(' ').count(), 4);
        assert_eq!((during.verify(&new, app.now()), during.verify(&endpoint.secret, app.now())), (Ok(()), Ok(())));
        app.advance(Duration::hours(24));
        receiver.forget();
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        let after = receiver.received()[0].clone();
        assert_eq!(after.verify(&new, app.now()), Ok(()));
        assert!(after.verify(&endpoint.secret, app.now()).is_err());
    }

    /// A secret is shown when it is made and nowhere else.
    async fn secrets_are_shown_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({ "includesRestricted": true })).await;
        let rotated = app.mutate(&ada, "rotateWebhookSecret", json!({ "id": endpoint.id }), "secret").await.text("/secret");
        app.send_webhooks().await;
        assert_eq!(receiver.types(), ["webhook_endpoint.created", "webhook_endpoint.secret_rotated"]);
        let told: String = receiver.received().iter().map(|request| request.body.clone()).collect();
        let contents = format!("{:?}", app.contents().await);
        let settings = format!("{:?}", app.app.settings);
        for secret in [&endpoint.secret, &rotated] {
            let bare = secret.trim_start_matches("whsec_");
            assert!(!told.contains(bare) && !contents.contains(bare) && !settings.contains(bare));
        }
        assert!(!settings.contains("AAAAAAAA"), "{settings}");
        // An address can be a secret too.
        let hook = "https://hooks.example.org/services/T0/B0/hushhush";
        app.mutate(&ada, "updateWebhookEndpoint", json!({ "id": endpoint.id, "url": hook }), "webhookEndpoint { url }").await.data();
        let events = app.contents().await["event"].join("\n");
        assert!(events.contains("https://hooks.example.org/…") && !events.contains("hushhush"), "{events}");
    }

    /// What is removed is sent nothing more.
    async fn a_deleted_endpoint_is_gone(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.otherwise(status(500));
        let endpoint = app.endpoint(&ada, &receiver, json!({})).await;
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        let before = receiver.count();
        let gone = app.mutate(&ada, "deleteWebhookEndpoint", json!({ "id": endpoint.id }), "deletedId").await;
        assert_eq!(gone.text("/deletedId"), endpoint.id);
        app.advance(Duration::days(1));
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        assert_eq!(receiver.count(), before);
        assert_eq!(app.shown_endpoint(&ada, &endpoint, "id").await, Value::Null);
        let again = app.mutate(&ada, "deleteWebhookEndpoint", json!({ "id": endpoint.id }), "deletedId").await;
        assert_eq!(again.code(), "NOT_FOUND");
    }

    /// A page of endpoints with all that hangs on them costs the same statements for one and for fifty.
    async fn fifty_endpoints_cost_what_one_costs(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        for _ in 0..50 {
            app.endpoint(&ada, &receiver, json!({ "eventTypes": ["incident.created"] })).await;
        }
        app.report(&ada, json!({})).await;
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 50);
        let query = "query ($first: Int) { webhookEndpoints(first: $first) { totalCount nodes { createdBy { id } deliveries(first: 2) { totalCount nodes { endpoint { id } event { id subject { id } } attempts { at } } } } } }";
        let mut costs = Vec::new();
        // One fewer than there are: a list that is all on its page needs no counting.
        for first in [1, 49] {
            app.forget_statements();
            let answer = app.ask(&ada, query, json!({ "first": first })).await;
            assert_eq!(answer.at("/webhookEndpoints/nodes").as_array().unwrap().len(), first);
            costs.push(app.statements().len());
        }
        assert_eq!(costs[0], costs[1]);
    }

    /// Bad input, and who may not.
    async fn bad_input_is_refused(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Member).await;
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({})).await;
        let contents = app.contents().await;
        for (change, problem) in [
            (json!({ "url": "ftp://example.org" }), ("url", "MALFORMED_URL")),
            (json!({ "url": "https://user:pass@example.org/" }), ("url", "MALFORMED_URL")),
            (json!({ "url": "http://169.254.169.254/latest" }), ("url", "ADDRESS_NOT_ALLOWED")),
            (json!({ "url": "http://127.0.0.2/" }), ("url", "ADDRESS_NOT_ALLOWED")),
            (json!({ "url": "http://[::1]/" }), ("url", "ADDRESS_NOT_ALLOWED")),
            (json!({ "url": "https://10.0.0.7/" }), ("url", "ADDRESS_NOT_ALLOWED")),
            (json!({ "eventTypes": [] }), ("eventTypes", "REQUIRED")),
            (json!({ "eventTypes": ["*", "nonsense"] }), ("eventTypes.1", "UNKNOWN_TYPE")),
            (json!({ "filter": { "teamIds": ["team_00000000000000000000000000"] } }), ("filter.teamIds.0", "UNKNOWN_TEAM")),
            (json!({ "filter": { "teamIds": [ada.id] } }), ("filter.teamIds.0", "WRONG_ID_TYPE")),
            (json!({ "description": "x".repeat(201) }), ("description", "TOO_LONG")),
        ] {
            let mut input = json!({ "url": "https://example.org/" });
            postmortem_tests::fixtures::merge(&mut input, change.clone());
            let answer = app.mutate(&ada, "createWebhookEndpoint", input, "secret").await;
            assert_eq!(answer.problems(), [(problem.0.to_owned(), problem.1.to_owned())], "{change}");
            let mut input = json!({ "id": endpoint.id });
            postmortem_tests::fixtures::merge(&mut input, change.clone());
            let answer = app.mutate(&ada, "updateWebhookEndpoint", input, "webhookEndpoint { id }").await;
            assert_eq!(answer.problems(), [(problem.0.to_owned(), problem.1.to_owned())], "{change}");
        }
        let stale = json!({ "id": endpoint.id, "description": "x", "expectedVersion": 7 });
        assert_eq!(app.mutate(&ada, "updateWebhookEndpoint", stale, "webhookEndpoint { id }").await.code(), "CONFLICT");
        let both = json!({ "deliveryId": "whd_00000000000000000000000000", "since": "2026-03-02T09:00:00Z" });
        assert_eq!(app.mutate(&ada, "redeliver", both, "count").await.code(), "VALIDATION_FAILED");
        let turned = json!({ "endpointId": endpoint.id, "since": "2026-03-02T09:00:00Z", "until": "2026-03-01T09:00:00Z" });
        let answer = app.mutate(&ada, "redeliver", turned, "count").await;
        assert_eq!(answer.problems(), [("until".to_owned(), "BEFORE_SINCE".to_owned())]);
        let unknown = json!({ "deliveryId": "whd_00000000000000000000000000" });
        assert_eq!(app.mutate(&ada, "redeliver", unknown, "count").await.code(), "NOT_FOUND");
        let refused = app.mutate(&bo, "createWebhookEndpoint", json!({ "url": "https://example.org/" }), "secret").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert_eq!(app.ask(&bo, "{ webhookEndpoints { totalCount } }", json!({})).await.code(), "FORBIDDEN");
        assert_eq!(app.shown_endpoint(&bo, &endpoint, "id").await, Value::Null);
        assert_eq!(app.contents().await, contents);
    }
}

/// Without a key there are no webhooks on PostgreSQL; an embedded database has one beside it.
#[actix_web::test]
async fn the_key_is_given_or_lies_beside_the_database() {
    let without = |settings| Settings {
        sealing_key: None,
        ..settings
    };
    let new = json!({ "url": "https://example.org/" });
    let app = TestApp::with_settings(Engine::Postgres, without).await;
    let ada = app.user("Ada", Role::Admin).await;
    let contents = app.contents().await;
    let refused = app.mutate(&ada, "createWebhookEndpoint", new.clone(), "secret").await;
    assert_eq!(refused.code(), "FORBIDDEN");
    assert!(refused.message().contains("sealing_key"), "{}", refused.message());
    assert_eq!(app.contents().await, contents);
    app.finish().await;
    let app = TestApp::with_settings(Engine::Sqlite, without).await;
    let ada = app.user("Ada", Role::Admin).await;
    let receiver = Receiver::new();
    let endpoint = app.endpoint(&ada, &receiver, json!({})).await;
    app.report(&ada, json!({})).await;
    app.another_process().await.send_webhooks().await;
    assert_eq!(receiver.received()[0].verify(&endpoint.secret, app.now()), Ok(()));
    app.finish().await;
}
