//! Linear, by the schema that it publishes and by its own library.

use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::clock::{Clock, SystemClock};
use postmortem_tests::{
    TestApp, TestUser,
    fixtures::TestItem,
    linear::{TestLinear, linear_takes},
    on_both_databases,
    tracker::TestConnection,
};
use serde_json::{Value, json};

use super::hooks::signature;

struct Team {
    ada: TestUser,
    linear: TestLinear,
    connection: TestConnection,
    item: TestItem,
}

impl Team {
    async fn link(&self, app: &TestApp) -> Value {
        app.links(&self.ada, &self.item.id).await.pop().expect("a link")
    }

    async fn shown(&self, app: &TestApp) -> Value {
        let selection = "title status dueOn closureReason owner { id }";
        app.show(&self.ada, "recommendation", &self.item.id, selection).await
    }

    async fn poll(&self, app: &TestApp) {
        app.advance(Duration::minutes(11));
        app.keep_trackers().await;
    }

    /// Told by Linear itself that an issue is another.
    async fn tell(&self, app: &TestApp, delivery: &str, secret: &str, body: &str) -> u16 {
        let signed = signature(secret, body);
        let headers = [
            ("linear-delivery", delivery),
            ("linear-signature", &signed["sha256=".len()..]),
        ];
        let path = format!("/hooks/trackers/{}", self.connection.id);
        app.post_to(&path, &headers, body).await.0.as_u16()
    }
}

/// An accepted item of Ada's, whom nobody has named to the connection, and its issue.
async fn team(app: &TestApp) -> Team {
    let ada = app.user("Ada", Role::Admin).await;
    let bo = app.user("Bo", Role::Member).await;
    let linear = TestLinear::start();
    linear.join("user-ada", &ada.email.to_uppercase()).await;
    linear.join("user-bo", &bo.email).await;
    let input = json!({
        "kind": "LINEAR", "name": "Engineering", "baseUrl": linear.url, "project": "ENG", "token": "lin_api_test", "autoCreate": true,
    });
    let connection = app.connect_to(&ada, input).await;
    let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(&ada, &report, json!({ "title": "A retry storm" })).await;
    let new = json!({ "title": "Limit the retries", "labels": ["network", "unknown there"], "priority": "P1" });
    let item = app.item(&ada, &[&cause], new).await;
    app.accept(&ada, &item, &ada, app.day(30)).await;
    app.keep_trackers().await;
    Team {
        ada,
        linear,
        connection,
        item,
    }
}

on_both_databases! {
    /// What is asked of Linear is what its schema allows, both ways.
    async fn linear_is_kept_in_step(app) {
        let team = team(app).await;
        let (ada, linear) = (&team.ada, &team.linear);
        let link = team.link(app).await;
        assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!("ENG-1")), "{link}");
        let issue = &linear.issues().await[0];
        assert_eq!((&issue["title"], &issue["priority"], &issue["labelIds"]), (&json!("Limit the retries"), &json!(2), &json!(["label-1"])));
        assert_eq!((&issue["assignee"]["id"], &issue["dueDate"]), (&json!("user-ada"), &json!(app.day(30))), "by the e-mail address");
        assert!(issue["description"].as_str().unwrap().contains("A retry storm"));

        app.mutate(ada, "updateRecommendation", json!({ "id": team.item.id, "title": "Limit all retries" }), "recommendation { id }").await.data();
        app.step(ada, "startRecommendation", &team.item, json!({})).await.data();
        app.keep_trackers().await;
        let issue = &linear.issues().await[0];
        assert_eq!((&issue["title"], &issue["state"]["name"]), (&json!("Limit all retries"), &json!("In Progress")));

        // Bo is known by the address that the issue shows.
        linear.edit("ENG-1", json!({ "stateId": "state-5", "assigneeId": "user-bo", "dueDate": app.day(40) })).await;
        team.poll(app).await;
        let shown = team.shown(app).await;
        assert_eq!((&shown["status"], &shown["dueOn"]), (&json!("IMPLEMENTED"), &json!(app.day(40))));
        let bo = app.show(ada, "recommendation", &team.item.id, "owner { name }").await;
        assert_eq!(bo["owner"]["name"], "Bo");

        app.step(ada, "reopenRecommendation", &team.item, json!({ "reason": "It broke." })).await.data();
        app.keep_trackers().await;
        assert_eq!(linear.issues().await[0]["state"]["name"], "Todo");
        app.step(ada, "declineRecommendation", &team.item, json!({ "reason": "REJECTED", "note": "Too dear." })).await.data();
        app.keep_trackers().await;
        assert_eq!(linear.issues().await[0]["state"]["name"], "Canceled");
        let before = linear.calls().await;
        team.poll(app).await;
        assert_eq!((linear.calls().await - before, team.link(app).await["state"].clone()), (1, json!("IN_SYNC")), "only the poll");

        linear.edit("ENG-1", json!({ "trashed": true })).await;
        app.advance(Duration::hours(25));
        app.keep_trackers().await;
        let link = team.link(app).await;
        assert!(link["state"] == "UNLINKED" && link["lastError"].as_str().unwrap().contains("gone"), "{link}");
        assert_eq!(linear.invalid().await, json!([]));
    }

    /// A crash after the call is found by what stands in the issue, and pages are followed.
    async fn linear_is_asked_for_what_may_be_there(app) {
        let team = team(app).await;
        for number in 0..60 {
            team.linear.open(json!({ "title": format!("Another {number}") })).await;
        }
        team.linear.edit("ENG-1", json!({ "title": "Changed there" })).await;
        let before = team.linear.calls().await;
        team.poll(app).await;
        assert_eq!(team.shown(app).await["title"], "Changed there");
        assert_eq!(team.linear.calls().await - before, 3, "two pages, and the issue");
        let url = format!("{}/acme/issue/ENG-60/another-58", team.linear.url);
        let report = app.report(&team.ada, json!({})).await;
        let cause = app.cause(&team.ada, &report, json!({})).await;
        let item = app.item(&team.ada, &[&cause], json!({ "title": "Linked" })).await;
        let link = json!({ "recommendationId": item.id, "url": url, "keep": "TRACKER" });
        app.mutate(&team.ada, "linkTrackerIssue", link, "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(app.show(&team.ada, "recommendation", &item.id, "title").await["title"], "Another 58");
        assert_eq!(team.linear.invalid().await, json!([]));
    }

    /// What is too much for one answer is asked for in parts, and one issue that is too much is passed over.
    async fn linear_is_asked_for_less(app) {
        let team = team(app).await;
        team.linear.open(json!({ "title": "Long", "description": "x".repeat(9_000_000) })).await;
        let report = app.report(&team.ada, json!({})).await;
        let cause = app.cause(&team.ada, &report, json!({})).await;
        let behind = app.item(&team.ada, &[&cause], json!({})).await;
        app.accept(&team.ada, &behind, &team.ada, app.day(9)).await;
        app.keep_trackers().await;
        team.linear.edit("ENG-1", json!({ "title": "Before" })).await;
        team.linear.edit("ENG-3", json!({ "title": "After" })).await;
        team.poll(app).await;
        assert_eq!(team.shown(app).await["title"], "Before");
        assert_eq!(app.show(&team.ada, "recommendation", &behind.id, "title").await["title"], "After");
        let shown = app.ask(&team.ada, "{ trackerConnections { nodes { lastError } } }", json!({})).await;
        assert_eq!(shown.at("/trackerConnections/nodes/0/lastError"), Value::Null);
        assert_eq!(team.linear.invalid().await, json!([]));
    }

    /// Linear says what is wrong in its own way.
    async fn linear_says_what_is_wrong(app) {
        let team = team(app).await;
        let problem = async || {
            let tried = app.mutate(&team.ada, "testTrackerConnection", json!({ "id": team.connection.id }), "problem").await;
            tried.at("/problem").as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(problem().await, "");
        team.linear.limit(true).await;
        assert!(problem().await.contains("limits how often"));
        team.linear.limit(false).await;
        let wrong = json!({ "id": team.connection.id, "token": "lin_api_wrong" });
        app.mutate(&team.ada, "updateTrackerConnection", wrong, "trackerConnection { id }").await.data();
        assert!(problem().await.contains("does not take the token"));
        let other = json!({ "kind": "LINEAR", "name": "None", "baseUrl": team.linear.url, "project": "OPS", "token": "lin_oauth_test" });
        let other = app.connect_to(&team.ada, other).await;
        let tried = app.mutate(&team.ada, "testTrackerConnection", json!({ "id": other.id }), "problem").await;
        assert!(tried.text("/problem").contains("no such project"));
    }

    /// A fault of Linear's own comes with status 200. It passes: the connection waits, longer each time, and nothing is refused.
    async fn a_fault_of_linear_passes(app) {
        let team = team(app).await;
        let own = |code: &str, kind: &str| {
            json!({ "message": "Internal server error", "extensions": { "code": code, "type": kind, "userError": false } })
        };
        let refused = json!({ "message": "Argument Validation Error", "extensions": { "code": "INVALID_INPUT", "type": "invalid input" } });
        let answers = [
            (200, json!([own("INTERNAL_SERVER_ERROR", "internal error")]), "something went wrong in it"),
            (200, json!([refused, own("", "Internal error")]), "something went wrong in it"),
            (200, json!([own("LOCK_TIMEOUT", "lock timeout")]), "something went wrong in it"),
            (502, json!([refused]), "status 502"),
        ];
        let state = async || {
            let shown = app.ask(&team.ada, "{ trackerConnections { nodes { lastError pausedUntil } } }", json!({})).await;
            shown.at("/trackerConnections/nodes/0")
        };
        for (number, (status, errors, said)) in answers.into_iter().enumerate() {
            team.linear.fail(Some((status, errors))).await;
            let title = format!("Title {number}");
            let input = json!({ "id": team.item.id, "title": title });
            app.mutate(&team.ada, "updateRecommendation", input, "recommendation { id }").await.data();
            app.keep_trackers().await;
            let (link, connection) = (team.link(app).await, state().await);
            for told in [&link["lastError"], &connection["lastError"]] {
                let told = told.as_str().unwrap_or_default();
                assert!(told.contains(said) && told.ends_with("it is asked again later."), "{link} {connection}");
            }
            assert!(link["state"] == "FAILED" && connection["pausedUntil"].is_string(), "{link} {connection}");
            let calls = team.linear.calls().await;
            app.keep_trackers().await;
            assert_eq!(team.linear.calls().await, calls, "it is left alone");
            team.linear.fail(None).await;
            app.advance(Duration::minutes(2));
            app.keep_trackers().await;
            let (link, issue) = (team.link(app).await, team.linear.issues().await[0].clone());
            assert_eq!((&link["state"], &issue["title"]), (&json!("IN_SYNC"), &json!(title)), "{link}");
            assert_eq!(state().await, json!({ "lastError": null, "pausedUntil": null }));
        }
    }

    /// What Linear's library takes for genuine we take, and nothing else. A notice leads to a look.
    async fn linear_signs_what_it_tells(app) {
        let team = team(app).await;
        team.linear.edit("ENG-1", json!({ "title": "Told" })).await;
        let body = json!({
            "action": "update", "type": "Issue", "webhookTimestamp": SystemClock.now().timestamp_millis(),
            "data": { "id": "b1", "identifier": "ENG-1", "title": "Told", "state": { "name": "Backlog" } },
        });
        let body = body.to_string();
        let secret = team.connection.secret.as_str();
        let case = |secret: &str, body: &str, signed: &str| json!({ "secret": secret, "signature": signed, "body": body });
        let good = signature(secret, &body)["sha256=".len()..].to_owned();
        let verdicts = linear_takes(&json!([
            case(secret, &body, &good),
            case("another", &body, &good),
            case(secret, &body.replace("Told", "Tell"), &good),
        ]));
        assert_eq!(verdicts, json!([true, false, false]));
        assert_eq!(team.tell(app, "1", secret, &body).await, 202);
        assert_eq!(team.tell(app, "2", "another", &body).await, 401);
        app.keep_trackers().await;
        assert_eq!(team.shown(app).await["title"], "Told");
    }
}
