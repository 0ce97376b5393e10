//! What is told to whom: RESTRICTED reports, long texts, and chats.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{Receiver, on_both_databases, receiver::status, secrets::Secret};
use serde_json::json;

on_both_databases! {
    /// Nothing of a RESTRICTED report leaves, unless an admin has marked the endpoint.
    async fn restricted_reports_are_told_to_marked_endpoints_only(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let (owner, insider) = (app.user("Olga", Role::Member).await, app.user("Ina", Role::Member).await);
        let (open, marked) = (Receiver::new(), Receiver::new());
        app.endpoint(&ada, &open, json!({})).await;
        let endpoint = app.endpoint(&ada, &marked, json!({ "includesRestricted": true })).await;
        let earlier = json!({ "title": "Long ago", "severity": "SEV2", "startedAt": "2026-01-01T10:00:00Z" });
        let public = app.report(&owner, json!({ "incident": earlier })).await;
        let cause = app.cause(&owner, &public, json!({})).await;
        let elsewhere = app.report(&owner, json!({})).await;
        let secret = Secret::new(app, &owner, &insider, &elsewhere.incident, &cause).await;
        // A public item that treats the secret cause too.
        let item = app.item(&owner, &[&cause, &secret.cause], json!({})).await;
        let text = json!({ "id": item.id, "title": "Limit the number of retries" });
        app.mutate(&owner, "updateRecommendation", text, "recommendation { id }").await.data();
        for (name, input) in secret.changes() {
            app.mutate(&owner, name, input, "__typename").await.data();
        }
        app.send_webhooks().await;
        let told = |receiver: &Receiver| receiver.received().iter().map(|request| request.body.clone()).collect::<Vec<_>>().join("\n");
        secret.assert_absent("a webhook", &told(&open));
        assert!(told(&open).contains(&item.id));
        assert!(told(&marked).contains(&secret.report.key) && told(&marked).contains("Vault hinge"));
        let since = json!({ "endpointId": endpoint.id, "since": "2026-03-02T00:00:00Z" });
        app.mutate(&ada, "redeliver", since, "count").await.data();
        let unmark = json!({ "id": endpoint.id, "includesRestricted": false });
        app.mutate(&ada, "updateWebhookEndpoint", unmark, "webhookEndpoint { id }").await.data();
        marked.forget();
        app.send_webhooks().await;
        secret.assert_absent("a webhook", &told(&marked));
        assert!(marked.count() > 0);
    }

    /// A report that becomes RESTRICTED while its delivery waits is not told of any more.
    async fn what_has_become_restricted_is_withheld(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        receiver.script([status(500)]);
        let endpoint = app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.created"] })).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        app.send_webhooks().await;
        app.mutate(&ada, "updateReport", json!({ "id": report.id, "visibility": "RESTRICTED" }), "report { id }").await.data();
        app.advance(Duration::minutes(1));
        app.send_webhooks().await;
        assert_eq!(receiver.count(), 1);
        let delivery = &app.deliveries(&ada, &endpoint).await[0];
        assert_eq!(delivery["status"], "DEAD");
        assert!(delivery["attempts"][1]["error"].as_str().unwrap().contains("RESTRICTED"));
    }

    /// What people wrote at length is cut, and the body says so.
    async fn bodies_stay_under_20_kb(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let receiver = Receiver::new();
        app.endpoint(&ada, &receiver, json!({ "eventTypes": ["report.updated"] })).await;
        let report = app.report(&ada, json!({})).await;
        let long = "Ünïcode \\ \" ".repeat(9_000);
        let texts = json!({ "id": report.id, "executiveSummary": long, "background": long, "conclusion": long });
        app.mutate(&ada, "updateReport", texts, "report { id }").await.data();
        app.send_webhooks().await;
        let request = &receiver.received()[0];
        assert!(request.body.len() <= 20_000, "{}", request.body.len());
        assert!(!request.json()["data"]["truncated"].as_array().unwrap().is_empty());
    }

    /// Each chat gets its own form.
    async fn chats_get_messages(app) {
        let ada = app.user("Ada *star*", Role::Admin).await;
        let (slack, teams, discord) = (Receiver::new(), Receiver::new(), Receiver::new());
        for (receiver, format) in [(&slack, "SLACK"), (&teams, "TEAMS"), (&discord, "DISCORD")] {
            let types = json!({ "format": format, "eventTypes": ["report.published", "report.created"] });
            app.endpoint(&ada, receiver, types).await;
        }
        let report = app.report(&ada, json!({ "title": "<!here> & @everyone", "ownerId": ada.id })).await;
        app.publish(&ada, &report).await;
        app.send_webhooks().await;
        let line = slack.received()[0].json();
        assert!(line["text"].as_str().unwrap().starts_with("PM-1 was created by Ada"), "{line}");
        let laid_out = slack.received()[1].json();
        assert_eq!(laid_out["blocks"][0]["text"]["text"], "PM-1 was published by Ada *star*");
        assert!(!laid_out["text"].as_str().unwrap().contains("<!here>"), "{laid_out}");
        let card = teams.received()[1].json();
        assert_eq!(card["attachments"][0]["content"]["type"], "AdaptiveCard");
        let embed = discord.received()[1].json();
        assert_eq!((&embed["allowed_mentions"]["parse"], &embed["embeds"][0]["title"]), (&json!([]), &json!("PM\\-1 was published by Ada \\*star\\*")));
    }
}
