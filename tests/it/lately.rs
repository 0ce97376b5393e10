//! Who asks is read once for a few queries in a row, and never too late: what the same process has changed counts at once, and what
//! another has changed within a second. Whatever changes something asks anew.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

const ME: &str = "{ viewer { user { role } } }";

async fn role(app: &TestApp, user: &TestUser) -> Value {
    app.ask(user, ME, json!({})).await.at("/viewer/user/role")
}

async fn is_refused(app: &TestApp, user: &TestUser) -> bool {
    let answer = app.ask(user, ME, json!({})).await;
    !answer.is_ok() && answer.code() == "UNAUTHENTICATED"
}

async fn change(app: &TestApp, admin: &TestUser, user: &TestUser, change: Value) {
    let mut input = change;
    input["id"] = json!(user.id);
    app.mutate(admin, "updateUser", input, "user { id }").await.data();
}

/// How many statements of a query read who asks.
async fn readings(app: &TestApp, user: &TestUser) -> usize {
    app.forget_statements();
    app.ask(user, "{ teams { nodes { name } } }", json!({})).await.data();
    app.readings_of_who_asks()
}

on_both_databases! {
    async fn a_query_soon_after_another_does_not_read_who_asks(app) {
        let ada = app.user("Ada", Role::Member).await;
        let bo = app.user("Bo", Role::Member).await;
        assert_eq!(readings(app, &ada).await, 1);
        assert_eq!(readings(app, &ada).await, 0);
        assert_eq!(readings(app, &bo).await, 1);
        app.advance(Duration::milliseconds(999));
        assert_eq!(readings(app, &ada).await, 0);
        app.advance(Duration::milliseconds(1));
        assert_eq!(readings(app, &ada).await, 1);
        // Somebody who has changed something else is who they were.
        app.report(&ada, json!({})).await;
        assert_eq!(readings(app, &ada).await, 0);
    }

    async fn what_this_process_changes_counts_at_once(app) {
        let root = app.user("Root", Role::Admin).await;
        let ada = app.user("Ada", Role::Member).await;
        assert_eq!(role(app, &ada).await, "MEMBER");
        change(app, &root, &ada, json!({ "role": "VIEWER" })).await;
        assert_eq!(role(app, &ada).await, "VIEWER");
        assert_eq!(readings(app, &ada).await, 0);
        let team = json!({ "slug": "storage", "name": "Storage", "members": [{ "userId": ada.id }] });
        app.mutate(&root, "createTeam", team, "team { id }").await.data();
        assert_eq!(readings(app, &ada).await, 1);
        change(app, &root, &ada, json!({ "isActive": false })).await;
        assert!(is_refused(app, &ada).await);
    }

    async fn what_another_process_changes_counts_within_a_second(app) {
        let root = app.user("Root", Role::Admin).await;
        let ada = app.user("Ada", Role::Member).await;
        let other = app.another_process().await;
        assert_eq!(role(&other, &ada).await, "MEMBER");
        change(app, &root, &ada, json!({ "isActive": false })).await;
        // A write asks anew, wherever it is made.
        let report = json!({ "title": "Mine", "incident": { "title": "Ours", "severity": "SEV2", "startedAt": app.now() } });
        let answer = other.mutate(&ada, "createReport", report, "report { id }").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        app.advance(Duration::seconds(1));
        assert!(is_refused(&other, &ada).await);
        change(app, &root, &ada, json!({ "isActive": true })).await;
        // Who was refused is not known.
        assert_eq!(role(&other, &ada).await, "MEMBER");
    }
}
