//! What a process counts of itself.

use actix_web::test::TestRequest;
use chrono::Duration;
use entity::enums::{Role, SyncState};
use entity::{tracker_connection, tracker_link};
use postmortem_tests::{Receiver, TestApp, on_both_databases, receiver::status, scrape::Scrape, served::once};
use serde_json::json;

const DELIVERIES: &str = "postmortem_webhook_deliveries_done_total";
const OPERATIONS: &str = "postmortem_graphql_operations_total";

fn operations(scrape: &Scrape, kind: &str, operation: &str, code: &str) -> f64 {
    scrape.sum(OPERATIONS, &[("type", kind), ("operation", operation), ("code", code)])
}

async fn send(app: &TestApp, token: Option<&str>, query: &str) {
    app.post(token, json!({ "query": query })).await;
}

on_both_databases! {
    /// By type, name and code.
    async fn operations_are_counted(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let token = Some(ada.token.as_str());
        send(app, token, "query Board { viewer { user { id } } }").await;
        send(app, token, "query Board { viewer { user { id } } }").await;
        send(app, token, "{ viewer { user { id } } }").await;
        send(app, token, "query Board { nonsense }").await;
        send(app, token, "query Lost { report(key: \"PM-99\") { id } }").await;
        send(app, token, "mutation Bad { createUser(input: {email: \"x\", name: \"X\", role: MEMBER}) { user { id } } }").await;
        send(app, token, "query {").await;
        send(app, None, "query Board { viewer { user { id } } }").await;
        send(app, None, "query Stranger { viewer { user { id } } }").await;
        let scrape = app.scrape().await;
        for (kind, operation, code, count) in [
            ("query", "Board", "OK", 2.0),
            ("query", "-", "OK", 1.0),
            ("query", "Board", "VALIDATION_FAILED", 1.0),
            ("query", "Board", "UNAUTHENTICATED", 1.0),
            ("query", "other", "UNAUTHENTICATED", 1.0),
            ("mutation", "Bad", "VALIDATION_FAILED", 1.0),
            ("unknown", "-", "VALIDATION_FAILED", 1.0),
        ] {
            assert_eq!(operations(&scrape, kind, operation, code), count, "{kind} {operation} {code}\n{}", scrape.text);
        }
        let timed = [("type", "query"), ("operation", "Board")];
        assert_eq!(scrape.one("postmortem_graphql_operation_duration_seconds_count", &timed), Some(4.0));
    }

    /// Whoever makes up names fills nothing, with a token or without one.
    async fn names_are_bounded(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for number in 0..130 {
            send(app, Some(&ada.token), &format!("query Made{number} {{ __typename }}")).await;
            send(app, None, &format!("query Stranger{number} {{ __typename }}")).await;
        }
        let scrape = app.scrape().await;
        let names = scrape.values(OPERATIONS, "operation");
        assert_eq!(names.iter().filter(|name| name.starts_with("Made")).count(), 100, "{names:?}");
        assert_eq!(names.iter().filter(|name| name.starts_with("Stranger")).count(), 0, "{names:?}");
        assert_eq!(operations(&scrape, "query", "other", "OK"), 30.0);
    }

    /// Pages are counted by what they show, and not with addresses that lead nowhere.
    async fn pages_are_counted(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let server = app.serve_whole().await;
        for path in ["/", "/reports", "/reports/PM-99", "/incidents/INC-99", "/nowhere", "/reports/PM-1/x"] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n", ada.token);
            server.speak(once(head), std::time::Duration::from_secs(10)).await;
        }
        server.stop().await;
        let scrape = app.scrape().await;
        for (route, status, count) in [
            ("/", "200", 1.0),
            ("/reports", "200", 1.0),
            ("/reports/{key}", "404", 1.0),
            ("/incidents/{key}", "404", 1.0),
            ("none", "404", 2.0),
        ] {
            let labels = [("method", "GET"), ("route", route), ("status", status)];
            let found = scrape.one("postmortem_http_requests_total", &labels);
            assert_eq!(found, Some(count), "{route}\n{}", scrape.text);
        }
    }

    /// Statements, connections and writes.
    async fn the_database_is_counted(app) {
        let scrape = app.scrape().await;
        let name = "postmortem_database_statements_total";
        let before = scrape.one(name, &[("outcome", "succeeded")]).unwrap();
        app.user("Ada", Role::Admin).await;
        let after = app.scrape().await;
        assert!(after.one(name, &[("outcome", "succeeded")]).unwrap() > before);
        assert!(after.one("postmortem_database_write_wait_seconds_count", &[]) > scrape.one("postmortem_database_write_wait_seconds_count", &[]));
        let open = after.sum("postmortem_database_connections", &[]);
        assert!(open >= 1.0 && open <= after.one("postmortem_database_connections_limit", &[]).unwrap());
        assert!(after.one("postmortem_build_info", &[("version", env!("CARGO_PKG_VERSION"))]).is_some());
        assert_eq!(after.one("process_start_time_seconds", &[]), Some(1_772_442_000.0));
    }

    /// What waits for webhooks and for trackers, how long, and what came of it.
    async fn queues_are_told(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.created"] })).await;
        app.send_webhooks().await;
        app.report(&ada, json!({})).await;
        let connection = tracker_connection::Model { is_enabled: true, failures: 4, name: "Widgets".to_owned(), ..app.tracker_connection_row(None) };
        let report = app.report_row({
            let incident = app.incident_row();
            app.store([incident.clone()]).await;
            incident.id
        });
        let item = app.recommendation_row(report.id);
        let link = tracker_link::Model { state: SyncState::Failed, ..app.tracker_link_row(&item, connection.id) };
        app.store([report]).await;
        app.store([item]).await;
        app.store([connection]).await;
        app.store([link]).await;
        app.advance(Duration::seconds(90));
        let scrape = app.scrape().await;
        let of = |scrape: &Scrape, queue: &str| {
            let labels = [("queue", queue)];
            (scrape.one("postmortem_queue_length", &labels).unwrap(), scrape.one("postmortem_queue_oldest_age_seconds", &labels).unwrap())
        };
        assert_eq!(of(&scrape, "webhook_events"), (2.0, 90.0), "{}", scrape.text);
        assert_eq!(of(&scrape, "webhook_deliveries"), (0.0, 0.0));
        assert_eq!(scrape.one("postmortem_tracker_lag_seconds", &[("tracker", "Widgets")]), Some(90.0));
        assert_eq!(scrape.one("postmortem_tracker_failures", &[("tracker", "Widgets")]), Some(4.0));
        assert_eq!(scrape.one("postmortem_tracker_links", &[("state", "FAILED")]), Some(1.0));
        assert_eq!(scrape.one("postmortem_tracker_links", &[("state", "IN_SYNC")]), Some(0.0));

        receiver.script([status(500)]);
        app.send_webhooks().await;
        app.advance(Duration::seconds(40));
        let failed = app.scrape().await;
        assert_eq!(of(&failed, "webhook_events"), (0.0, 0.0));
        assert_eq!(of(&failed, "webhook_deliveries"), (1.0, 40.0));
        app.advance(Duration::hours(1));
        app.send_webhooks().await;
        app.advance(Duration::seconds(40));
        let done = app.scrape().await;
        assert_eq!(of(&done, "webhook_deliveries"), (0.0, 0.0));
        for (name, outcome, count) in [
            ("postmortem_webhook_attempts_total", "failed", 1.0),
            ("postmortem_webhook_attempts_total", "succeeded", 1.0),
            ("postmortem_webhook_deliveries_done_total", "succeeded", 1.0),
            ("postmortem_webhook_deliveries_done_total", "dead", 0.0),
        ] {
            assert_eq!(done.one(name, &[("outcome", outcome)]), Some(count), "{name} {outcome}");
        }
        assert_eq!(app.send(TestRequest::get().uri("/nowhere")).await.status, 404);
    }

    /// What waits for an endpoint that is disabled is given up, each once: by a receiver that is gone, and by an admin.
    async fn what_is_given_up_together_is_counted(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.created"] })).await;
        let dead = async || app.scrape().await.one(DELIVERIES, &[("outcome", "dead")]);
        let switch = async |is_enabled: bool| {
            let input = json!({ "id": endpoint.id, "isEnabled": is_enabled });
            app.mutate(&ada, "updateWebhookEndpoint", input, "webhookEndpoint { id }").await.data();
        };
        assert_eq!(dead().await, Some(0.0));
        for _ in 0..3 {
            app.report(&ada, json!({})).await;
        }
        receiver.script([status(410)]);
        app.send_webhooks().await;
        assert_eq!(dead().await, Some(3.0), "one that was sent, and two that waited");

        switch(true).await;
        assert_eq!(dead().await, Some(3.0));
        receiver.otherwise(status(500));
        for _ in 0..2 {
            app.report(&ada, json!({})).await;
        }
        app.send_webhooks().await;
        assert_eq!(dead().await, Some(3.0), "they are tried again");
        switch(false).await;
        assert_eq!(dead().await, Some(5.0));
        assert_eq!(app.scrape().await.one(DELIVERIES, &[("outcome", "succeeded")]), Some(0.0));
    }
}
