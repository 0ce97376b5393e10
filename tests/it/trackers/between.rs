//! What happens between a look at an issue and what is made of it.

use chrono::Duration;
use postmortem_tests::{TestApp, on_both_databases, tracker::Fault};
use serde_json::{Value, json};

use super::{Linked, hooks::tell, linked};

async fn retitle(app: &TestApp, linked: &Linked, title: &str) {
    let input = json!({ "id": linked.item.id, "title": title });
    app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }")
        .await
        .data();
}

async fn link(app: &TestApp, linked: &Linked, item: &str, url: String) -> Result<Value, String> {
    let input = json!({ "recommendationId": item, "url": url });
    let answer = app
        .mutate(&linked.ada, "linkTrackerIssue", input, "trackerLink { id externalKey }")
        .await;
    match answer.is_ok() {
        true => Ok(answer.at("/trackerLink").clone()),
        false => Err(answer.problems()[0].1.clone()),
    }
}

async fn another(app: &TestApp, linked: &Linked, title: &str) -> postmortem_tests::fixtures::TestItem {
    let report = app.report(&linked.ada, json!({})).await;
    let cause = app.cause(&linked.ada, &report, json!({})).await;
    app.item(&linked.ada, &[&cause], json!({ "title": title })).await
}

on_both_databases! {
    /// Somebody closes the issue just before we retitle it: both are done.
    async fn an_edit_between_reading_and_writing_is_seen(app) {
        let linked = linked(app).await;
        retitle(app, &linked, "Ours").await;
        let closed = json!({ "state": "closed", "state_reason": "completed" });
        linked.tracker.script([Fault::Nothing, Fault::Meanwhile(closed)]);
        app.keep_trackers().await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["status"], &linked.tracker.issue(1)["title"]), (&json!("IMPLEMENTED"), &json!("Ours")));
    }

    /// From done to declined before anybody looked: the issue is closed for another reason.
    async fn a_closed_issue_is_closed_for_another_reason(app) {
        let linked = linked(app).await;
        let evidence = json!({ "evidence": [{ "url": "https://example.org/1" }] });
        app.step(&linked.ada, "implementRecommendation", &linked.item, evidence).await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["state_reason"], "completed");
        assert_eq!(linked.tracker.count("PATCH"), 1);
        app.step(&linked.ada, "reopenRecommendation", &linked.item, json!({ "reason": "It broke." })).await.data();
        let decline = json!({ "reason": "REJECTED", "note": "Too dear." });
        app.step(&linked.ada, "declineRecommendation", &linked.item, decline).await.data();
        app.keep_trackers().await;
        let issue = linked.tracker.issue(1);
        assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("closed"), &json!("not_planned")));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// A choice is between two values. When one of them is another by then, it is a conflict again.
    async fn a_choice_is_between_what_was_seen(app) {
        let linked = linked(app).await;
        linked.differ(app).await;
        let settle = json!({ "id": linked.link(app).await["id"], "keep": "POSTMORTEM" });
        app.mutate(&linked.ada, "settleTrackerConflict", settle, "trackerLink { id }").await.data();
        linked.tracker.edit(1, json!({ "title": "Theirs, again" }));
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert_eq!(link["conflicts"], json!([{ "field": "TITLE", "ours": "Ours", "theirs": "Theirs, again" }]));
        assert_eq!(linked.tracker.issue(1)["title"], "Theirs, again");
    }

    /// What a tracker does not take is not told it again at each of its notices.
    async fn what_is_not_taken_is_not_told_again_and_again(app) {
        let linked = linked(app).await;
        retitle(app, &linked, "Ours").await;
        linked.tracker.forget();
        for round in 0..20 {
            linked.tracker.script([Fault::Nothing, Fault::Ignored]);
            app.keep_trackers().await;
            linked.tracker.script([]);
            let mut issue = linked.tracker.issue(1);
            issue["title"] = json!(format!("As if {round}"));
            tell(app, &linked, &format!("d{round}"), issue).await;
            app.advance(Duration::seconds(1));
        }
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && link["lastError"].as_str().unwrap().contains("did not take over: title"), "{link}");
        assert!(linked.tracker.count("PATCH") <= 2, "{} times", linked.tracker.count("PATCH"));
        // A change here is told at once.
        linked.tracker.clear();
        retitle(app, &linked, "Ours, again").await;
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Ours, again");
    }

    /// An issue that is there and may not be written is not gone.
    async fn what_may_not_be_written_is_not_gone(app) {
        let linked = linked(app).await;
        retitle(app, &linked, "Ours").await;
        linked.tracker.script([Fault::Nothing, Fault::Status(404, vec![])]);
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && link["lastError"].as_str().unwrap().contains("may not do this"), "{link}");
    }

    /// Of several who do it only the owner is replaced; and their order means nothing.
    async fn the_others_stay(app) {
        let linked = linked(app).await;
        let people = |logins: &[&str]| json!({ "assignees": logins.iter().map(|login| json!({ "login": login })).collect::<Vec<_>>() });
        linked.tracker.edit(1, people(&["zoe", "bo", "ada-l"]));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["owner"]["id"], linked.ada.id);
        let cara = app.user("Cara", entity::enums::Role::Member).await;
        linked.tracker.join("cara", &cara.email);
        let owner = json!({ "id": linked.item.id, "ownerId": cara.id });
        app.mutate(&linked.ada, "assignRecommendation", owner, "recommendation { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["assignees"], people(&["cara", "zoe", "bo"])["assignees"]);
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// An address is one issue, however it is written; and a link that cannot be kept holds up no other.
    async fn an_issue_is_one_however_it_is_written(app) {
        let linked = linked(app).await;
        let item = another(app, &linked, "Another").await;
        let at = |number: &str| format!("{}/octo/widgets/issues/{number}", linked.tracker.url);
        assert_eq!(link(app, &linked, &item.id, at("0001")).await, Err("ALREADY_LINKED".to_owned()));
        let number = linked.tracker.open(json!({ "title": "A change", "pull_request": {} }));
        link(app, &linked, &item.id, at(&number.to_string())).await.unwrap();
        retitle(app, &linked, "Goes on").await;
        app.keep_trackers().await;
        let refused = &app.links(&linked.ada, &item.id).await[0];
        assert!(refused["lastError"].as_str().unwrap().contains("pull request"), "{refused}");
        assert_eq!(linked.tracker.issue(1)["title"], "Goes on");
    }

    /// An issue of what is under way or done is made so.
    async fn an_issue_begins_where_the_work_is(app) {
        let linked = linked(app).await;
        let item = another(app, &linked, "Done already").await;
        let update = json!({ "id": linked.connection.id, "autoCreate": false });
        app.mutate(&linked.ada, "updateTrackerConnection", update, "trackerConnection { id }").await.data();
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        let evidence = json!({ "evidence": [{ "url": "https://example.org/1" }] });
        app.step(&linked.ada, "implementRecommendation", &item, evidence).await.data();
        let create = json!({ "recommendationId": item.id, "connectionId": linked.connection.id });
        app.mutate(&linked.ada, "createTrackerIssue", create, "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(app.links(&linked.ada, &item.id).await[0]["state"], "IN_SYNC");
        assert_eq!(linked.tracker.issue(2)["state_reason"], "completed");
    }

    /// An address that may be of several projects is of none until somebody says which.
    async fn an_address_of_several_projects_is_asked_about(app) {
        let linked = linked(app).await;
        let mut ids = Vec::new();
        for project in ["widgets", "gadgets"] {
            let input = json!({ "kind": "REDMINE", "name": project, "project": project, "token": "t", "baseUrl": "http://127.0.0.1:9" });
            ids.push(app.connect_to(&linked.ada, input).await.id);
        }
        let item = another(app, &linked, "Whose").await;
        let url = "http://127.0.0.1:9/issues/7".to_owned();
        assert_eq!(link(app, &linked, &item.id, url.clone()).await, Err("AMBIGUOUS".to_owned()));
        let input = json!({ "recommendationId": item.id, "url": url, "connectionId": ids[0] });
        let made = app.mutate(&linked.ada, "linkTrackerIssue", input, "trackerLink { connection { id } }").await;
        assert_eq!(made.text("/trackerLink/connection/id"), ids[0]);
    }
}
