//! What happens when receivers fail, are slow, or are gone, and when workers are.

use chrono::Duration;
use entity::{enums::Role, ids::WebhookEndpointId};
use futures_util::future::join;
use postmortem_api::{
    jobs,
    webhooks::service::{claim, fan_out},
};
use postmortem_tests::{
    Receiver, TestApp, TestUser, on_both_databases,
    receiver::{TestEndpoint, status},
    wait_until,
};
use serde_json::{Value, json};

/// An endpoint that is told of one type of event only.
async fn one_type(app: &TestApp, ada: &TestUser, receiver: &Receiver) -> TestEndpoint {
    app.endpoint(ada, receiver, json!({ "eventTypes": ["incident.created"] }))
        .await
}

/// Makes events of that type.
async fn incidents(app: &TestApp, ada: &TestUser, number: usize) {
    for _ in 0..number {
        let input = json!({ "title": format!("Incident {}", app.serial()), "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z" });
        app.mutate(ada, "createIncident", input, "incident { id }").await.data();
    }
}

on_both_databases! {
    /// 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then it is given up. Every attempt has the same id and a fresh time.
    async fn retries_follow_the_schedule(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.otherwise(status(500).body(format!("no\0{}", "x".repeat(5_000))));
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 1).await;
        app.send_webhooks().await;
        for (position, seconds) in [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].into_iter().enumerate() {
            assert_eq!(receiver.count(), position + 1);
            app.advance(Duration::seconds(seconds - 1));
            app.send_webhooks().await;
            assert_eq!(receiver.count(), position + 1, "not before {seconds} s");
            app.advance(Duration::seconds(1));
            app.send_webhooks().await;
        }
        app.advance(Duration::days(30));
        app.send_webhooks().await;
        let received = receiver.received();
        assert_eq!(received.len(), 10);
        assert!(received.iter().all(|request| request.header("webhook-id") == received[0].header("webhook-id")));
        let mut times: Vec<_> = received.iter().map(|request| request.header("webhook-timestamp").to_owned()).collect();
        times.dedup();
        assert_eq!(times.len(), 10);
        let delivery = &app.deliveries(&ada, &endpoint).await[0];
        assert_eq!((&delivery["status"], &delivery["nextAttemptAt"]), (&json!("DEAD"), &Value::Null));
        let attempt = &delivery["attempts"][9];
        assert_eq!((&attempt["statusCode"], &attempt["error"]), (&json!(500), &json!("The answer was 500.")));
        assert_eq!(attempt["responseSnippet"].as_str().unwrap().chars().count(), 1_024);
    }

    /// A receiver who says when to come back is left alone until then, by all events.
    async fn retry_after_is_honoured(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.script([status(429).header("retry-after", "120")]);
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 2).await;
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1);
        assert_eq!(app.deliveries(&ada, &endpoint).await[1]["nextAttemptAt"], "2026-03-02T09:02:00Z");
        app.advance(Duration::seconds(119));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1);
        app.advance(Duration::seconds(1));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 3);
        assert_eq!(app.shown_endpoint(&ada, &endpoint, "failingSince").await["failingSince"], Value::Null);
    }

    /// How long one receiver asked to be left alone says nothing of the next: what waited goes there at once.
    async fn another_address_is_tried_at_once(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (receiver, next) = (Receiver::new(), Receiver::new());
        receiver.script([status(503).header("retry-after", "86400")]);
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 2).await;
        app.send_webhooks().await;
        app.advance(Duration::minutes(2));
        let described = json!({ "id": endpoint.id, "description": "Soon elsewhere" });
        app.mutate(&ada, "updateWebhookEndpoint", described, "webhookEndpoint { id }").await.data();
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1, "it is left alone");
        let moved = json!({ "id": endpoint.id, "url": next.url });
        app.mutate(&ada, "updateWebhookEndpoint", moved, "webhookEndpoint { failingSince }").await.data();
        assert_eq!(app.shown_endpoint(&ada, &endpoint, "failingSince").await["failingSince"], Value::Null);
        app.send_webhooks().await;
        assert_eq!((receiver.count(), next.count()), (1, 2));
    }

    /// Nor does what is answered by a receiver after the endpoint was given another address.
    async fn a_late_answer_of_the_address_before_says_nothing(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for answer in [status(503).header("retry-after", "86400"), status(410)] {
            let (receiver, next) = (Receiver::new(), Receiver::new());
            receiver.script([answer.held()]);
            let endpoint = one_type(app, &ada, &receiver).await;
            incidents(app, &ada, 1).await;
            let moving = async {
                wait_until(async || receiver.count() == 1).await;
                let moved = json!({ "id": endpoint.id, "url": next.url });
                app.mutate(&ada, "updateWebhookEndpoint", moved, "webhookEndpoint { id }").await.data();
                receiver.release();
            };
            join(app.send_webhooks(), moving).await;
            app.send_webhooks().await;
            assert_eq!((receiver.count(), next.count()), (1, 1));
            let shown = app.shown_endpoint(&ada, &endpoint, "isEnabled failingSince").await;
            assert_eq!(shown, json!({ "isEnabled": true, "failingSince": null }));
        }
    }

    /// 410 disables at once; enabled again, it starts with what happens from then on.
    async fn gone_disables(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.script([status(410)]);
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 3).await;
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1);
        let shown = app.shown_endpoint(&ada, &endpoint, "isEnabled disabledReason").await;
        assert_eq!(shown, json!({ "isEnabled": false, "disabledReason": "The receiver answered 410: it wants no more of this." }));
        assert!(app.deliveries(&ada, &endpoint).await.iter().all(|delivery| delivery["status"] == "DEAD"));
        assert!(app.contents().await["event"].join("\n").contains("webhook_endpoint.disabled"));
        incidents(app, &ada, 1).await;
        app.send_webhooks().await;
        let enable = json!({ "id": endpoint.id, "isEnabled": true });
        app.mutate(&ada, "updateWebhookEndpoint", enable, "webhookEndpoint { id }").await.data();
        incidents(app, &ada, 1).await;
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 2);
        // What it has missed can be asked for.
        let since = json!({ "endpointId": endpoint.id, "since": "2026-03-02T00:00:00Z" });
        assert_eq!(app.mutate(&ada, "redeliver", since, "count").await.at("/count"), 5);
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 7);
    }

    /// A pause that was asked for stands, whatever comes of other calls that were on their way.
    async fn a_pause_outlasts_other_calls(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 12).await;
        receiver.script([status(500), status(200).held(), status(429).header("retry-after", "600"), status(503).held()]);
        receiver.otherwise(status(200).held());
        let courier = app.courier();
        let watch = async {
            wait_until(async || receiver.count() == 9).await;
            receiver.release();
        };
        join(async { courier.run_once().await.unwrap() }, watch).await;
        app.advance(Duration::seconds(599));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 9);
        app.advance(Duration::seconds(1));
        app.send_webhooks().await;
        assert!(receiver.count() >= 12, "{}", receiver.count());
    }

    /// An endpoint for which nothing waits does not go on failing: days later, one failure does not disable it.
    async fn a_quiet_endpoint_is_not_disabled_by_one_failure(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.otherwise(status(500));
        let endpoint = one_type(app, &ada, &receiver).await;
        for _ in 0..2 {
            incidents(app, &ada, 1).await;
            for hours in [0, 1, 1, 2, 5, 10, 14, 20, 24, 24] {
                app.advance(Duration::hours(hours));
                app.send_webhooks().await;
            }
            assert_eq!(app.deliveries(&ada, &endpoint).await[0]["status"], "DEAD");
            app.advance(Duration::days(3));
        }
        let shown = app.shown_endpoint(&ada, &endpoint, "isEnabled failingSince").await;
        assert_eq!(shown, json!({ "isEnabled": true, "failingSince": null }));
    }

    /// Deliveries are forgotten after a month, and can be made anew of their events.
    async fn old_deliveries_are_forgotten(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 2).await;
        app.send_webhooks().await;
        app.advance(Duration::days(30));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(app.deliveries(&ada, &endpoint).await.len(), 2);
        app.advance(Duration::seconds(1));
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(app.deliveries(&ada, &endpoint).await.len(), 0);
        let again = json!({ "endpointId": endpoint.id, "since": "2026-03-02T00:00:00Z", "until": "2026-03-03T00:00:00Z" });
        assert_eq!(app.mutate(&ada, "redeliver", again, "count").await.at("/count"), 2);
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 4);
        let none = json!({ "endpointId": endpoint.id, "since": "2026-03-02T00:00:00Z", "until": "2026-03-02T00:00:01Z" });
        assert_eq!(app.mutate(&ada, "redeliver", none, "count").await.at("/count"), 0);
    }

    /// Five days without any success disable an endpoint; one success in between starts them anew.
    async fn five_days_of_failure_disable(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.otherwise(status(503));
        let endpoint = one_type(app, &ada, &receiver).await;
        let is_enabled = async || app.shown_endpoint(&ada, &endpoint, "isEnabled").await["isEnabled"] == json!(true);
        for _ in 0..10 {
            incidents(app, &ada, 1).await;
            app.send_webhooks().await;
            assert!(is_enabled().await);
            app.advance(Duration::hours(12) - Duration::seconds(1));
        }
        receiver.script([status(200)]);
        app.send_webhooks().await;
        for _ in 0..10 {
            incidents(app, &ada, 1).await;
            app.send_webhooks().await;
            assert!(is_enabled().await);
            app.advance(Duration::hours(12));
        }
        incidents(app, &ada, 1).await;
        app.send_webhooks().await;
        assert!(!is_enabled().await);
        let shown = app.shown_endpoint(&ada, &endpoint, "disabledReason").await;
        assert!(shown["disabledReason"].as_str().unwrap().starts_with("Every attempt of 5 days failed."), "{shown}");
    }

    /// A redirect is a failure, and nobody goes where it leads.
    async fn redirects_are_not_followed(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (receiver, trap) = (Receiver::new(), Receiver::new());
        receiver.script([status(307).header("location", &trap.url)]);
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 1).await;
        app.send_webhooks().await;
        assert_eq!((receiver.count(), trap.count()), (1, 0));
        assert_eq!(app.deliveries(&ada, &endpoint).await[0]["status"], "FAILED");
    }

    /// One after another while it works; while it fails at most eight at once.
    async fn calls_at_once_are_bounded(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 12).await;
        receiver.script([status(500)]);
        receiver.otherwise(status(500).held());
        let courier = app.courier();
        let watch = async {
            wait_until(async || receiver.count() == 9).await;
            receiver.release();
        };
        join(async { courier.run_once().await.unwrap() }, watch).await;
        assert_eq!((receiver.count(), receiver.most_at_once()), (12, 8));
    }

    /// What happened to a thing next waits until what was before has arrived, or is given up; other things do not wait.
    async fn a_failure_holds_back_only_its_subject(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.*"] })).await;
        let first = app.report(&ada, json!({})).await;
        let archive = json!({ "id": first.id });
        app.mutate(&ada, "archiveReport", archive, "report { id }").await.data();
        app.report(&ada, json!({})).await;
        receiver.script([status(500)]);
        app.send_webhooks().await;
        assert_eq!(receiver.types(), ["report.created", "report.created"]);
        app.advance(Duration::seconds(5));
        app.send_webhooks().await;
        assert_eq!(receiver.types()[2..], ["report.created", "report.archived"]);
        // A thing whose event is given up goes on with the next.
        let reopened = app.report(&ada, json!({})).await;
        app.mutate(&ada, "archiveReport", json!({ "id": reopened.id }), "report { id }").await.data();
        receiver.script((0..10).map(|_| status(500)));
        receiver.forget();
        for hours in [0, 1, 1, 2, 5, 10, 14, 20, 24, 24] {
            app.advance(Duration::hours(hours));
            app.send_webhooks().await;
        }
        app.send_webhooks().await;
        let types = receiver.types();
        assert_eq!(types.last().map(String::as_str), Some("report.archived"), "{types:?}");
    }

    /// One that does not answer holds up nobody else.
    async fn a_slow_endpoint_delays_no_other(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (slow, fast) = (Receiver::new(), Receiver::new());
        slow.otherwise(status(200).held());
        one_type(app, &ada, &slow).await;
        one_type(app, &ada, &fast).await;
        incidents(app, &ada, 5).await;
        let courier = app.courier();
        let watch = async {
            wait_until(async || fast.count() == 5 && slow.count() == 1).await;
            slow.release();
        };
        join(async { courier.run_once().await.unwrap() }, watch).await;
        assert_eq!((slow.count(), fast.count(), slow.most_at_once()), (5, 5, 1));
    }

    /// A worker that dies with a delivery in hand leaves a lease, which runs out.
    async fn leases_of_the_dead_are_taken_up(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 1).await;
        let dead = app.operator().await;
        let id: WebhookEndpointId = endpoint.id.parse().unwrap();
        fan_out(&dead).await.unwrap();
        let held = claim::claim(&dead, id).await.unwrap();
        assert_eq!(held.len(), 1);
        app.send_webhooks().await;
        app.advance(Duration::seconds(59));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 0);
        app.advance(Duration::seconds(1));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1);
        // One that ends in order lets go at once.
        incidents(app, &ada, 1).await;
        fan_out(&dead).await.unwrap();
        let held = claim::claim(&dead, id).await.unwrap();
        let held: Vec<_> = held.iter().map(|claim| (claim.delivery.id, claim.lease)).collect();
        claim::release(&dead, &held).await.unwrap();
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 2);
    }

    /// Many workers send everything once.
    async fn workers_share_the_work(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receivers = [Receiver::new(), Receiver::new(), Receiver::new()];
        for receiver in &receivers {
            one_type(app, &ada, receiver).await;
        }
        incidents(app, &ada, 10).await;
        let other = app.another_process().await;
        let (first, second, third) = (app.courier(), other.courier(), other.courier());
        let (one, two) = join(first.run_once(), join(second.run_once(), third.run_once())).await;
        assert!(one.is_ok() && two.0.is_ok() && two.1.is_ok());
        app.send_webhooks().await;
        for receiver in &receivers {
            let mut numbers: Vec<u64> = receiver.received().iter().map(|request| request.json()["data"]["sequence"].as_str().unwrap().parse().unwrap()).collect();
            assert_eq!(numbers.len(), 10);
            assert!(numbers.is_sorted(), "{numbers:?}");
            numbers.dedup();
            assert_eq!(numbers.len(), 10);
        }
    }

    /// One delivery is sent again under the same id.
    async fn a_delivery_is_sent_again(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        let endpoint = one_type(app, &ada, &receiver).await;
        incidents(app, &ada, 2).await;
        app.send_webhooks().await;
        let delivery = app.deliveries(&ada, &endpoint).await[1].clone();
        let again = app.mutate(&ada, "redeliver", json!({ "deliveryId": delivery["id"] }), "count webhookDelivery { status }").await;
        assert_eq!(again.data(), &json!({ "count": 1, "webhookDelivery": { "status": "PENDING" } }));
        app.send_webhooks().await;
        let ids: Vec<_> = receiver.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
        assert_eq!((ids.len(), &ids[0]), (3, &ids[2]));
        assert_eq!(app.deliveries(&ada, &endpoint).await[1]["attempts"].as_array().unwrap().len(), 2);
    }
}
