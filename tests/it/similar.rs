//! What is like a root cause or a report: the same on both databases, explained by what they share, and telling of no secret.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, fixtures::TestReport, on_both_databases};
use serde_json::{Value, json};

use crate::restricted::Vault;

/// Later than all incidents before.
async fn later(app: &TestApp, user: &TestUser, more: Value) -> TestReport {
    app.advance(Duration::days(3));
    app.report(user, more).await
}

async fn like(app: &TestApp, user: &TestUser, cause: &str, first: Option<i32>) -> Vec<String> {
    let first = first.map_or(String::new(), |first| format!("(first: {first})"));
    let shown = app
        .show(user, "rootCause", cause, &format!("similar{first} {{ title }}"))
        .await;
    shown["similar"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| cause["title"].as_str().unwrap().to_owned())
        .collect()
}

on_both_databases! {
    /// Occurrences of the same first, then by shared words, of which rare ones count more; never of its own report.
    async fn causes_that_share_words(app) {
        let admin = app.user("Root", Role::Admin).await;
        let me = app.user("Mia", Role::Member).await;
        let categories = app.ask(&me, "{ causeCategories { id } }", json!({})).await.at("/causeCategories");
        let category = &categories[0]["id"];
        let first = app.report(&me, json!({})).await;
        let old = app.cause(&me, &first, json!({ "title": "Certificate renewal was done by hand" })).await;
        let second = later(app, &me, json!({})).await;
        app.cause(&me, &second, json!({ "title": "Expired certificate of the gateway", "categoryId": category })).await;
        app.cause(&me, &second, json!({ "title": "Gateway had no alert", "description": "Nobody saw the certificate." })).await;
        let third = later(app, &me, json!({})).await;
        let cause = app.cause(&me, &third, json!({ "title": "Expired certificate of the ledger", "categoryId": category })).await;
        app.cause(&me, &third, json!({ "title": "Expired certificate, too" })).await;
        app.cause(&me, &second, json!({ "title": "Disk full" })).await;
        let link = json!({ "rootCauseId": cause, "recurrenceOfId": old });
        assert_eq!(like(app, &me, &cause, None).await, [
            "Expired certificate of the gateway", "Gateway had no alert", "Certificate renewal was done by hand",
        ]);
        app.mutate(&admin, "linkRecurrence", link, "rootCause { id }").await.data();
        assert_eq!(like(app, &me, &cause, Some(2)).await, [
            "Certificate renewal was done by hand", "Expired certificate of the gateway",
        ]);
        assert_eq!(like(app, &me, &cause, Some(0)).await, Vec::<String>::new());
        assert_eq!(like(app, &me, &old, Some(1)).await, ["Expired certificate of the ledger"]);
        let much = app.ask(&me, "query ($id: ID!) { rootCause(id: $id) { similar(first: 101) { id } } }", json!({ "id": cause })).await;
        assert_eq!(much.problems(), [("first".to_owned(), "PAGE_SIZE".to_owned())]);
    }

    /// By shared causes, words and services.
    async fn reports_that_share_causes(app) {
        let admin = app.user("Root", Role::Admin).await;
        let me = app.user("Mia", Role::Member).await;
        let service = app.mutate(&admin, "createService", json!({ "slug": "edge", "name": "Edge" }), "service { id }").await.text("/service/id");
        let incident = |title: &str, services: &[&str]| json!({
            "title": title, "severity": "SEV2", "startedAt": app.now().to_rfc3339(), "serviceIds": services });
        let first = app.report(&me, json!({ "title": "Edge outage in Lisbon", "incident": incident("Edge", &[&service]) })).await;
        let old = app.cause(&me, &first, json!({ "title": "Certificate renewal was done by hand" })).await;
        app.advance(Duration::days(3));
        let alike = app.report(&me, json!({ "title": "Edge outage in Porto", "incident": incident("Edge", &[&service]) })).await;
        app.report(&me, json!({ "title": "Printer on fire", "incident": incident("Printer", &[]) })).await;
        app.advance(Duration::days(3));
        let report = app.report(&me, json!({ "title": "Edge outage in Braga", "incident": incident("Edge", &[&service]) })).await;
        let cause = app.cause(&me, &report, json!({ "title": "Nobody renewed it" })).await;
        let link = json!({ "rootCauseId": cause, "recurrenceOfId": old });
        app.mutate(&admin, "linkRecurrence", link, "rootCause { id }").await.data();
        let shown = app.show(&me, "report", &report.id, "similarReports { score report { id } sharedCauses { id } }").await;
        let like = shown["similarReports"].as_array().unwrap();
        assert_eq!(like.len(), 2, "{like:#?}");
        assert_eq!((&like[0]["report"]["id"], &like[0]["sharedCauses"][0]["id"]), (&json!(first.id), &json!(old)));
        assert_eq!((&like[1]["report"]["id"], &like[1]["sharedCauses"]), (&json!(alike.id), &json!([])));
        let score = |index: usize| like[index]["score"].as_f64().unwrap();
        assert!(score(0) > 0.7 && score(0) <= 1.0 && score(1) > 0.2 && score(1) < 0.6, "{like:#?}");
        let none = app.show(&me, "report", &report.id, "similarReports(first: 0) { score }").await;
        assert_eq!(none["similarReports"], json!([]));
    }

    /// Neither what is secret, nor that two causes have a secret one in common.
    async fn nothing_secret_is_alike(app) {
        let vault = Vault::new(app).await;
        let public = later(app, &vault.outsider, json!({ "title": "Vault opened again" })).await;
        let cause = app.cause(&vault.outsider, &public, json!({ "title": "Vault hinge broke" })).await;
        let link = json!({ "rootCauseId": cause, "recurrenceOfId": vault.secret_cause });
        app.mutate(&vault.admin, "linkRecurrence", link, "rootCause { id }").await.data();
        assert_eq!(like(app, &vault.outsider, &cause, None).await, Vec::<String>::new());
        // They share a word, and that is all.
        assert_eq!(like(app, &vault.outsider, &vault.later_cause, None).await, ["Plain cause"]);
        let selection = "similarReports { report { id } sharedCauses { id } }";
        let shown = app.show(&vault.outsider, "report", &public.id, selection).await;
        assert!(!shown.to_string().contains(&vault.secret.id), "{shown:#}");
        let shared = |shown: &Value, report: &str| -> Value {
            let like = shown["similarReports"].as_array().unwrap();
            like.iter().find(|like| like["report"]["id"] == *report).expect("the report")["sharedCauses"].clone()
        };
        assert_eq!(shared(&shown, &vault.later.id), json!([]));
        for user in [&vault.owner, &vault.admin] {
            assert_eq!(like(app, user, &cause, None).await.len(), 2, "{}", user.name);
            let shown = app.show(user, "report", &public.id, selection).await;
            assert_eq!(shared(&shown, &vault.later.id), json!([{ "id": vault.later_cause }]));
            assert_eq!(shared(&shown, &vault.secret.id), json!([{ "id": vault.secret_cause }]));
        }
    }

    /// A word of very many causes is none to go by, and words of secret ones do not count for others.
    async fn common_words_tell_nothing(app) {
        let me = app.user("Mia", Role::Member).await;
        let report = app.report(&me, json!({})).await;
        let cause = app.cause(&me, &report, json!({ "title": "Timeout" })).await;
        let mut other = report.clone();
        for number in 0..100 {
            if number % 50 == 0 {
                other = later(app, &me, json!({})).await;
            }
            assert_eq!(like(app, &me, &cause, Some(100)).await.len(), number);
            app.cause(&me, &other, json!({ "title": "Timeout" })).await;
        }
        assert_eq!(like(app, &me, &cause, Some(100)).await.len(), 0);
    }
}
