//! Lists of more than one page are read to their end, and those that are too large for one answer in parts.

use std::time::Duration as Real;

use chrono::Duration;
use postmortem_tests::{TestApp, on_both_databases, tracker::Fault};
use serde_json::{Value, json};

use super::{Linked, linked};

/// What the connection says of itself.
async fn problem(app: &TestApp, linked: &Linked) -> Value {
    let query = "{ trackerConnections { nodes { lastError pausedUntil } } }";
    app.ask(&linked.ada, query, json!({}))
        .await
        .at("/trackerConnections/nodes/0")
}

on_both_databases! {
    /// A change is found, however many others there are. When a page does not come, all of them are asked for again.
    async fn a_change_on_a_later_page_is_found(app) {
        let linked = linked(app).await;
        for number in 0..120 {
            linked.tracker.open(json!({ "title": format!("Another {number}") }));
        }
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({})).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        app.keep_trackers().await;
        linked.tracker.edit(122, json!({ "title": "On the second page" }));
        linked.tracker.forget();
        linked.tracker.script([Fault::Status(502, vec![])]);
        linked.poll(app).await;
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        assert_eq!(app.show(&linked.ada, "recommendation", &item.id, "title").await["title"], "On the second page");
        let lists = linked.tracker.calls().iter().filter(|call| call.path == "/issues").count();
        assert_eq!(lists, 3, "one that failed, and two pages");
    }

    /// A page that is too large for one answer is asked for in smaller parts, and nothing is passed over.
    async fn a_page_that_is_too_large_is_read_in_parts(app) {
        let linked = linked(app).await;
        for number in 0..80 {
            linked.tracker.open(json!({ "title": format!("Another {number}"), "body": "x".repeat(300_000) }));
        }
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({})).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        app.keep_trackers().await;
        linked.tracker.edit(82, json!({ "title": "The last of them" }));
        linked.tracker.forget();
        linked.poll(app).await;
        assert_eq!(app.show(&linked.ada, "recommendation", &item.id, "title").await["title"], "The last of them");
        let lists = linked.tracker.calls().iter().filter(|call| call.path == "/issues").count();
        assert_eq!(lists, 7, "100, 50 and 25, then 25, then 50 and 25, then 25");
        assert_eq!(problem(app, &linked).await, json!({ "lastError": null, "pausedUntil": null }));
    }

    /// An issue that is too large by itself says so, and is in step again when it is shorter; the others go on.
    async fn an_issue_that_is_too_large_holds_up_no_other(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({})).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        app.keep_trackers().await;
        linked.tracker.edit(2, json!({ "body": "x".repeat(9_000_000) }));
        let number = linked.tracker.open(json!({ "title": "Behind it" }));
        let behind = app.item(&linked.ada, &[&cause], json!({ "title": "Behind it" })).await;
        let url = format!("{}/octo/widgets/issues/{number}", linked.tracker.url);
        app.mutate(&linked.ada, "linkTrackerIssue", json!({ "recommendationId": behind.id, "url": url }), "trackerLink { id }").await.data();
        app.keep_trackers().await;
        for (number, title) in [(1, "Before"), (number, "After")] {
            linked.tracker.edit(number, json!({ "title": title }));
        }
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["title"], "Before");
        assert_eq!(app.show(&linked.ada, "recommendation", &behind.id, "title").await["title"], "After");
        let link = &app.links(&linked.ada, &item.id).await[0];
        let said = link["lastError"].as_str().unwrap_or_default();
        assert!(link["state"] == "FAILED" && said.contains("longer than 8 MiB"), "{link}");
        assert_eq!(problem(app, &linked).await, json!({ "lastError": null, "pausedUntil": null }));
        linked.tracker.edit(2, json!({ "body": "", "title": "Short" }));
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        let link = &app.links(&linked.ada, &item.id).await[0];
        assert_eq!((&link["state"], &link["lastError"]), (&json!("IN_SYNC"), &json!(null)), "{link}");
        assert_eq!(app.show(&linked.ada, "recommendation", &item.id, "title").await["title"], "Short");
    }

    /// An issue that was made before a crash is found behind many others.
    async fn an_issue_on_a_later_page_is_found_again(app) {
        let linked = linked(app).await;
        for number in 0..230 {
            linked.tracker.open(json!({ "title": format!("Another {number}") }));
        }
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({})).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        linked.tracker.hold();
        let keeper = app.keeper();
        let died = tokio::time::timeout(Real::from_secs(2), keeper.run_once()).await;
        assert!(died.is_err(), "it waited for the answer");
        linked.tracker.release();
        app.advance(Duration::minutes(4));
        app.keep_trackers().await;
        let link = &app.links(&linked.ada, &item.id).await[0];
        assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!("#232")), "{link}");
        assert_eq!(linked.tracker.issues().len(), 232);
    }
}
