//! Lists of more than one page are read to their end.

use std::time::Duration as Real;

use chrono::Duration;
use postmortem_tests::{on_both_databases, tracker::Fault};
use serde_json::json;

use super::linked;

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
