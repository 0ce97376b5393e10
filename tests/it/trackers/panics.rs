//! A step that panics is a step that failed: the worker goes on.

use std::time::Duration as Real;

use chrono::{DateTime, Duration, Utc};
use postmortem_api::{
    platform::{
        clock::{Clock, SystemClock},
        outbound::{Outbound, Reach, system_lookup},
    },
    trackers::{jobs::Keeper, service::remote::Wire},
};
use postmortem_tests::{TestApp, TestTracker, on_both_databases, tracker::Fault, wait_until};
use serde_json::json;

use super::linked;

/// Whoever asks it what time it is dies of that.
struct DeadlyClock;

impl Clock for DeadlyClock {
    fn now(&self) -> DateTime<Utc> {
        panic!("as the test wants it")
    }

    fn ticks(&self) -> Real {
        SystemClock.ticks()
    }
}

/// The clock of calls is asked what an answer means that is no success.
fn keeper(app: &TestApp) -> Keeper {
    let outbound = Outbound::new(Reach::of(&app.app.settings), system_lookup()).unwrap();
    Keeper::with(app.app.clone(), Wire::new(outbound, std::sync::Arc::new(DeadlyClock)))
}

on_both_databases! {
    /// Both a poll and a synchronisation of one connection die; the link says so, and another connection is looked after.
    async fn a_panic_holds_up_nothing_else(app) {
        let linked = linked(app).await;
        let input = json!({ "id": linked.item.id, "title": "Later" });
        app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }").await.data();
        linked.tracker.script([Fault::Status(500, vec![]), Fault::Status(500, vec![])]);
        app.advance(Duration::minutes(11));
        let running = keeper(app).start();
        wait_until(async || linked.link(app).await["state"] == "FAILED").await;
        let said = linked.link(app).await["lastError"].to_string();
        assert!(said.contains("Something went wrong here"), "{said}");
        let other = TestTracker::new();
        let connection = app.connect(&linked.ada, &other, json!({ "name": "Elsewhere" })).await;
        let create = json!({ "recommendationId": linked.item.id, "connectionId": connection.id });
        app.mutate(&linked.ada, "createTrackerIssue", create, "trackerLink { id }").await.data();
        wait_until(async || other.issues().len() == 1).await;
        // It waits like any other failure, and is then as good as new.
        let calls = linked.tracker.calls().len();
        app.advance(Duration::minutes(2));
        wait_until(async || linked.tracker.issue(1)["title"] == "Later").await;
        assert!(linked.tracker.calls().len() <= calls + 3, "{:?}", linked.tracker.calls());
        running.stop(Real::from_secs(5)).await;
    }
}
