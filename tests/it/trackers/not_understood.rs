//! Words of a tracker that nobody has explained to us.

use postmortem_tests::{TestApp, on_both_databases};
use serde_json::{Value, json};

use super::{Linked, linked};

/// A recommendation with an issue, in a project whose map does not know `duplicate`.
async fn with_a_small_map(app: &TestApp) -> Linked {
    let linked = linked(app).await;
    let map = json!([
        { "external": "open", "status": "ACCEPTED" },
        { "external": "completed", "status": "IMPLEMENTED" },
        { "external": "not_planned", "status": "DECLINED", "closureReason": "REJECTED" },
    ]);
    let input = json!({ "id": linked.connection.id, "statusMap": map, "autoCreate": false });
    app.mutate(
        &linked.ada,
        "updateTrackerConnection",
        input,
        "trackerConnection { id }",
    )
    .await
    .data();
    app.keep_trackers().await;
    linked
}

/// A status that the map does not know, and somebody whom nobody knows.
fn strange() -> Value {
    json!({ "state": "closed", "state_reason": "duplicate", "assignees": [{ "login": "stranger" }] })
}

async fn change_here(app: &TestApp, linked: &Linked, item: &str) {
    let owner = json!({ "id": item, "ownerId": linked.bo.id });
    app.mutate(&linked.ada, "assignRecommendation", owner, "recommendation { id }")
        .await
        .data();
    let done = json!({ "id": item, "evidence": [{ "url": "https://example.org/1" }] });
    app.mutate(&linked.bo, "implementRecommendation", done, "recommendation { id }")
        .await
        .data();
    app.keep_trackers().await;
}

fn is_told(issue: &Value) {
    assert_eq!(issue["state_reason"], "completed");
    assert_eq!(issue["assignees"], json!([{ "login": "bo" }, { "login": "stranger" }]));
}

on_both_databases! {
    /// It changes nothing here, and what is changed here is told all the same.
    async fn what_is_not_understood_gives_way_to_a_change_here(app) {
        let linked = with_a_small_map(app).await;
        linked.tracker.edit(1, strange());
        linked.tracker.forget();
        linked.poll(app).await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["status"], &shown["owner"]["id"]), (&json!("ACCEPTED"), &json!(linked.ada.id)));
        assert_eq!((&linked.link(app).await["state"], linked.tracker.count("PATCH")), (&json!("IN_SYNC"), 0));
        change_here(app, &linked, &linked.item.id).await;
        is_told(&linked.tracker.issue(1));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// The same of an issue that was never understood.
    async fn what_was_never_understood_gives_way_too(app) {
        let linked = with_a_small_map(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({ "title": "Strange" })).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        let number = linked.tracker.open(json!({ "title": "Strange" }));
        linked.tracker.edit(number, strange());
        let url = format!("{}/octo/widgets/issues/{number}", linked.tracker.url);
        app.mutate(&linked.ada, "linkTrackerIssue", json!({ "recommendationId": item.id, "url": url }), "trackerLink { id }").await.data();
        linked.tracker.forget();
        app.keep_trackers().await;
        assert_eq!((&app.links(&linked.ada, &item.id).await[0]["state"], linked.tracker.count("PATCH")), (&json!("IN_SYNC"), 0));
        change_here(app, &linked, &item.id).await;
        is_told(&linked.tracker.issue(number));
        assert_eq!(app.links(&linked.ada, &item.id).await[0]["state"], "IN_SYNC");
    }
}
