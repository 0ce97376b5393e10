//! What a tracker refuses holds up nothing else.

use chrono::Duration;
use postmortem_tests::{TestApp, on_both_databases, tracker::Fault};
use serde_json::{Value, json};

use super::{Linked, linked};

fn refused() -> Fault {
    Fault::Status(422, vec![])
}

async fn assign_to_bo(app: &TestApp, linked: &Linked) {
    let owner = json!({ "id": linked.item.id, "ownerId": linked.bo.id });
    app.mutate(&linked.ada, "assignRecommendation", owner, "recommendation { id }")
        .await
        .data();
}

async fn is_refused(app: &TestApp, linked: &Linked) {
    let link = linked.link(app).await;
    let said = link["lastError"].as_str().unwrap_or_default();
    let expected = "GitHub did not take over: owner. The tracker refused this: status 422";
    assert!(link["state"] == "FAILED" && said.starts_with(expected), "{link}");
}

/// After the usual wait all is well.
async fn is_taken_in_the_end(app: &TestApp, linked: &Linked) {
    app.advance(Duration::seconds(61));
    app.keep_trackers().await;
    assert_eq!(linked.tracker.issue(1)["assignees"], json!([{ "login": "bo" }]));
    assert_eq!(linked.link(app).await["state"], "IN_SYNC");
}

on_both_databases! {
    /// What was changed there is taken over although what was changed here is refused.
    async fn what_is_refused_there_is_taken_over_here(app) {
        let linked = linked(app).await;
        assign_to_bo(app, &linked).await;
        linked.tracker.edit(1, json!({ "state": "closed", "state_reason": "completed" }));
        // What is taken over asks for another look at once.
        linked.tracker.script([Fault::Nothing, refused(), Fault::Nothing, refused()]);
        app.keep_trackers().await;
        assert_eq!(linked.shown(app).await["status"], "IMPLEMENTED");
        is_refused(app, &linked).await;
        let told = app.events().await.into_iter().filter(|event| event.event_type == "tracker.failed").count();
        assert_eq!(told, 1);
        is_taken_in_the_end(app, &linked).await;
    }

    /// Of several values that are refused together, those go through that are not refused alone.
    async fn what_is_refused_holds_up_no_other_value(app) {
        let linked = linked(app).await;
        let input = json!({ "id": linked.item.id, "title": "Ours" });
        app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }").await.data();
        assign_to_bo(app, &linked).await;
        linked.tracker.forget();
        linked.tracker.script([Fault::Nothing, refused(), Fault::Nothing, Fault::Nothing, refused()]);
        app.keep_trackers().await;
        let told = linked.tracker.calls().into_iter().filter(|call| call.method == "PATCH").map(|call| call.body);
        let told: Vec<Value> = told.collect();
        assert_eq!(told, [json!({ "title": "Ours", "assignees": ["bo"] }), json!({ "title": "Ours" }), json!({ "assignees": ["bo"] })]);
        assert_eq!(linked.tracker.issue(1)["title"], "Ours");
        is_refused(app, &linked).await;
        is_taken_in_the_end(app, &linked).await;
    }

    /// An issue that is refused with its assignee is made without, and the link says so; with labels that are refused, it has none.
    async fn an_issue_is_made_without_what_is_refused(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let make = async |title: &str, faults: Vec<Fault>| {
            let item = app.item(&linked.ada, &[&cause], json!({ "title": title, "labels": ["network"] })).await;
            linked.tracker.script(faults);
            app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
            app.keep_trackers().await;
            app.links(&linked.ada, &item.id).await[0].clone()
        };
        let link = make("Not hers", vec![refused(), Fault::Nothing, refused()]).await;
        let said = link["lastError"].as_str().unwrap_or_default();
        assert!(link["state"] == "FAILED" && said.contains("did not take over: owner. "), "{link}");
        let issue = linked.tracker.issue(2);
        assert_eq!((&issue["assignees"], &issue["labels"]), (&json!([]), &json!(["network"])));
        let link = make("Without labels", vec![refused(), refused()]).await;
        assert_eq!(link["state"], "IN_SYNC", "{link}");
        let issue = linked.tracker.issue(3);
        assert_eq!((&issue["assignees"], &issue["labels"]), (&json!([{ "login": "ada-l" }]), &json!([])));
        app.advance(Duration::seconds(61));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(2)["assignees"], json!([{ "login": "ada-l" }]));
        assert_eq!((linked.tracker.issues().len(), &linked.link(app).await["state"]), (3, &json!("IN_SYNC")));
    }

    /// What was refused and has come about all the same is no failure.
    async fn what_comes_about_all_the_same_is_no_failure(app) {
        let linked = linked(app).await;
        let input = json!({ "id": linked.item.id, "title": "Ours" });
        app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }").await.data();
        assign_to_bo(app, &linked).await;
        linked.tracker.script([Fault::Nothing, refused(), Fault::Meanwhile(json!({ "title": "Ours" }))]);
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert_eq!((&link["state"], &link["lastError"]), (&json!("IN_SYNC"), &Value::Null));
        assert_eq!(linked.tracker.issue(1)["assignees"], json!([{ "login": "bo" }]));
    }
}
