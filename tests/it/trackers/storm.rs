//! Both sides are edited at random: they converge, nothing echoes, and the number of calls stays in proportion.

use chrono::Duration;
use fastrand::Rng;
use postmortem_tests::{TestApp, on_both_databases};
use serde_json::json;

use super::{Linked, linked};

/// As many on each side, on average.
const EDITS: usize = 400;

async fn edit(app: &TestApp, linked: &Linked, random: &mut Rng, number: usize) {
    let item = &linked.item;
    let reason = json!({ "reason": "A storm." });
    match random.u8(0..7) {
        0 => linked.tracker.edit(1, json!({ "title": format!("Theirs {number}") })),
        1 => linked
            .tracker
            .edit(1, json!({ "state": "closed", "state_reason": "completed" })),
        2 => linked.tracker.edit(1, json!({ "state": "open", "state_reason": null })),
        3 => {
            let login = ["ada-l", "bo"][random.usize(0..2)];
            linked.tracker.edit(1, json!({ "assignees": [{ "login": login }] }));
        }
        4 => {
            let title = json!({ "id": item.id, "title": format!("Ours {number}") });
            app.mutate(&linked.ada, "updateRecommendation", title, "recommendation { id }")
                .await;
        }
        // Some steps are not possible then; that is part of the storm.
        5 => {
            app.step(&linked.ada, "reopenRecommendation", item, reason).await;
        }
        _ => {
            let decline = json!({ "reason": "REJECTED", "note": "A storm." });
            app.step(&linked.ada, "declineRecommendation", item, decline).await;
        }
    }
}

async fn settle(app: &TestApp, linked: &Linked, keep: &str) {
    let link = linked.link(app).await;
    if link["state"] == "CONFLICT" {
        let input = json!({ "id": link["id"], "keep": keep });
        app.mutate(&linked.ada, "settleTrackerConflict", input, "trackerLink { id }")
            .await
            .data();
        app.keep_trackers().await;
    }
}

on_both_databases! {
    async fn a_storm_settles(app) {
        let linked = linked(app).await;
        let mut random = Rng::with_seed(7);
        linked.tracker.forget();
        let mut rounds = 0;
        for number in 0..EDITS {
            edit(app, &linked, &mut random, number).await;
            if random.u8(0..3) == 0 {
                rounds += 1;
                linked.poll(app).await;
                settle(app, &linked, ["POSTMORTEM", "TRACKER"][random.usize(0..2)]).await;
            }
        }
        app.advance(Duration::hours(2));
        linked.poll(app).await;
        settle(app, &linked, "POSTMORTEM").await;
        app.advance(Duration::hours(25));
        app.keep_trackers().await;
        let (link, shown, issue) = (linked.link(app).await, linked.shown(app).await, linked.tracker.issue(1));
        assert_eq!(link["state"], "IN_SYNC", "{link} {shown} {issue}");
        assert_eq!(shown["title"], issue["title"]);
        let is_closed = matches!(shown["status"].as_str(), Some("IMPLEMENTED" | "DECLINED"));
        assert_eq!(issue["state"] == "closed", is_closed, "{shown} {issue}");
        let calls = linked.tracker.calls().len();
        // For each round a poll, a look and a change, and once more for a conflict.
        assert!(calls <= (rounds + 4) * 5, "{calls} calls in {rounds} rounds");
        linked.tracker.forget();
        linked.poll(app).await;
        assert_eq!((linked.tracker.count("PATCH"), linked.tracker.count("GET")), (0, 1), "only the poll");
    }
}
