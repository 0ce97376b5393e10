//! Nothing is lost and nothing is made twice, whatever goes wrong; and people see what does.

use std::time::Duration as Real;

use chrono::Duration;
use postmortem_tests::{TestApp, on_both_databases, tracker::Fault};
use serde_json::{Value, json};

use super::{Linked, linked};

async fn problem(app: &TestApp, linked: &Linked) -> Value {
    let input = json!({ "id": linked.connection.id });
    let selection = "isWorking problem trackerConnection { lastError pausedUntil }";
    app.mutate(&linked.ada, "testTrackerConnection", input, selection)
        .await
        .data()
        .clone()
}

fn says(answer: &Value, word: &str) -> bool {
    answer.as_str().unwrap_or_default().contains(word)
}

async fn retitle(app: &TestApp, linked: &Linked, title: &str) {
    let input = json!({ "id": linked.item.id, "title": title });
    app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }")
        .await
        .data();
}

on_both_databases! {
    /// Whatever the first answer is, in the end there is one issue, and it says what we say.
    async fn an_issue_is_made_once_whatever_goes_wrong(app) {
        let faults = [
            Fault::Status(401, vec![]),
            Fault::Status(403, vec![]),
            Fault::Status(404, vec![]),
            Fault::Status(410, vec![]),
            Fault::Status(422, vec![]),
            Fault::Status(429, vec![("retry-after", "60".to_owned())]),
            Fault::Status(500, vec![]),
            Fault::Status(503, vec![]),
            Fault::CutOff,
            Fault::HalfAnswered,
            Fault::DoneInSilence,
        ];
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        for (made, fault) in (1..).zip(faults) {
            let item = app.item(&linked.ada, &[&cause], json!({ "title": format!("{fault:?}") })).await;
            // What is refused with an assignee is tried without.
            let times = if matches!(fault, Fault::Status(422, _)) { 2 } else { 1 };
            linked.tracker.script(vec![fault.clone(); times]);
            app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
            app.keep_trackers().await;
            let link = &app.links(&linked.ada, &item.id).await[0];
            let is_limit = matches!(fault, Fault::Status(429, _));
            assert_eq!(link["state"] == "FAILED", !is_limit, "{fault:?}: {link}");
            assert_eq!(link["lastError"].is_null(), is_limit, "{fault:?}: {link}");
            app.advance(Duration::hours(2));
            app.keep_trackers().await;
            let link = &app.links(&linked.ada, &item.id).await[0];
            assert_eq!((&link["state"], &link["lastError"]), (&json!("IN_SYNC"), &Value::Null), "{fault:?}: {link}");
            assert_eq!(linked.tracker.issues().len(), made + 1, "{fault:?}");
        }
    }

    /// Killed between the call and the commit: the issue is found again by what stands in it.
    async fn a_crash_makes_no_second_issue(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({ "title": "Half made" })).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        linked.tracker.hold();
        let keeper = app.keeper();
        let died = tokio::time::timeout(Real::from_secs(2), keeper.run_once()).await;
        assert!(died.is_err(), "it waited for the answer");
        linked.tracker.release();
        assert_eq!(linked.tracker.issues().len(), 2, "it was made all the same");
        // Its lease still stands.
        app.keep_trackers().await;
        assert_eq!(app.links(&linked.ada, &item.id).await[0]["state"], "PENDING");
        app.advance(Duration::minutes(4));
        app.keep_trackers().await;
        let link = &app.links(&linked.ada, &item.id).await[0];
        assert_eq!((linked.tracker.issues().len(), &link["state"]), (2, &json!("IN_SYNC")));
        assert_eq!(linked.tracker.count("POST"), 2);
    }

    /// A tracker that takes a call and says nothing is given up in time, and what it did all the same is found.
    async fn silence_is_given_up(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({ "title": "In silence" })).await;
        app.accept(&linked.ada, &item, &linked.ada, app.day(9)).await;
        linked.tracker.hold();
        app.keep_trackers().await;
        let link = &app.links(&linked.ada, &item.id).await[0];
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "No answer came within 15 seconds"), "{link}");
        linked.tracker.release();
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        assert_eq!(app.links(&linked.ada, &item.id).await[0]["state"], "IN_SYNC");
        assert_eq!(linked.tracker.issues().len(), 2);
    }

    /// A change that could not be told is told later, and what the tracker did with it unseen is no conflict.
    async fn a_change_is_told_in_the_end(app) {
        let linked = linked(app).await;
        for (number, fault) in [Fault::Status(500, vec![]), Fault::HalfAnswered, Fault::DoneInSilence].into_iter().enumerate() {
            let title = format!("Title {number}");
            retitle(app, &linked, &title).await;
            // The first call reads, the second one writes.
            linked.tracker.forget();
            linked.tracker.script([fault]);
            app.keep_trackers().await;
            let link = linked.link(app).await;
            assert!(link["state"] == "FAILED" && link["lastError"].is_string(), "{link}");
            app.advance(Duration::hours(2));
            app.keep_trackers().await;
            assert_eq!((&linked.tracker.issue(1)["title"], &linked.link(app).await["state"]), (&json!(title), &json!("IN_SYNC")));
        }
    }

    /// A limit holds up the whole connection for as long as it says, and is no failure.
    async fn a_limit_is_waited_for(app) {
        let linked = linked(app).await;
        let reset = (app.now() + Duration::minutes(30)).timestamp().to_string();
        let used_up = vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset)];
        linked.tracker.script([Fault::Status(403, used_up)]);
        retitle(app, &linked, "Later").await;
        app.keep_trackers().await;
        linked.tracker.forget();
        app.advance(Duration::minutes(29));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.calls().len(), 0, "it was left alone");
        assert!(says(&problem(app, &linked).await["trackerConnection"]["lastError"], "limits how often"));
        app.advance(Duration::minutes(2));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Later");
        assert_eq!(problem(app, &linked).await["trackerConnection"], json!({ "lastError": null, "pausedUntil": null }));
    }

    /// A change of the connection does not end a limit, but another token does: the limit is of the one before.
    async fn a_limit_outlasts_a_change(app) {
        let linked = linked(app).await;
        let update = async |more: Value| {
            let mut input = json!({ "id": linked.connection.id });
            postmortem_tests::fixtures::merge(&mut input, more);
            app.mutate(&linked.ada, "updateTrackerConnection", input, "trackerConnection { id }").await.data();
            app.keep_trackers().await;
        };
        for (title, more) in [("Later", json!({})), ("At once", json!({ "token": "ghp_test" }))] {
            linked.tracker.script([Fault::Status(429, vec![("retry-after", "3600".to_owned())])]);
            retitle(app, &linked, title).await;
            app.keep_trackers().await;
            linked.tracker.forget();
            update(json!({ "name": title })).await;
            assert_eq!(linked.tracker.calls().len(), 0, "it was left alone");
            assert!(says(&problem(app, &linked).await["trackerConnection"]["lastError"], "limits how often"));
            if more.get("token").is_some() {
                update(more).await;
            } else {
                app.advance(Duration::minutes(61));
                app.keep_trackers().await;
            }
            assert_eq!(linked.tracker.issue(1)["title"], title);
        }
        // What is paused because it failed is tried at once.
        linked.tracker.script([Fault::Status(500, vec![])]);
        retitle(app, &linked, "Mended").await;
        app.keep_trackers().await;
        update(json!({ "name": "Mended" })).await;
        assert_eq!(linked.tracker.issue(1)["title"], "Mended");
    }

    /// However many limits there were, the first failure after them is the first.
    async fn a_limit_does_not_count_as_a_failure(app) {
        let linked = linked(app).await;
        retitle(app, &linked, "Later").await;
        for _ in 0..7 {
            linked.tracker.script([Fault::Status(403, vec![("retry-after", "2".to_owned())])]);
            app.keep_trackers().await;
            app.advance(Duration::seconds(3));
        }
        linked.tracker.script([Fault::Status(503, vec![])]);
        app.keep_trackers().await;
        assert!(says(&linked.link(app).await["lastError"], "503"), "{}", linked.link(app).await);
        app.advance(Duration::seconds(31));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Later");
    }

    /// A limit that says a time which is none is waited for as long as any may say, and ends nothing.
    async fn a_limit_without_end_is_waited_for(app) {
        let linked = linked(app).await;
        let after = |text: &str| vec![("retry-after", text.to_owned())];
        let reset = |text: &str| vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", text.to_owned())];
        let headers = [after("9000000000000"), after("99999999999999999999"), reset("9000000000000000"), reset("99999999999999999999")];
        for (number, headers) in headers.into_iter().enumerate() {
            let title = format!("Later {number}");
            linked.tracker.script([Fault::Status(403, headers)]);
            retitle(app, &linked, &title).await;
            app.keep_trackers().await;
            assert!(linked.link(app).await["lastError"].is_null(), "{}", linked.link(app).await);
            linked.tracker.forget();
            app.advance(Duration::minutes(359));
            app.keep_trackers().await;
            assert_eq!(linked.tracker.calls().len(), 0, "it was left alone");
            app.advance(Duration::minutes(2));
            app.keep_trackers().await;
            assert_eq!((&linked.tracker.issue(1)["title"], &linked.link(app).await["state"]), (&json!(title), &json!("IN_SYNC")));
        }
    }

    /// What is wrong with a connection is one sentence.
    async fn a_connection_says_what_is_wrong(app) {
        let linked = linked(app).await;
        assert_eq!(problem(app, &linked).await["isWorking"], true);
        for (fault, word) in [
            (Fault::Status(401, vec![]), "token"),
            (Fault::Status(403, vec![]), "may not"),
            (Fault::Status(404, vec![]), "no such project"),
            (Fault::Status(502, vec![]), "502"),
            (Fault::CutOff, "cannot be reached"),
        ] {
            linked.tracker.script([fault.clone()]);
            let answer = problem(app, &linked).await;
            assert!(answer["isWorking"] == false && says(&answer["problem"], word), "{fault:?}: {answer}");
        }
        linked.tracker.archive(true);
        assert!(says(&problem(app, &linked).await["problem"], "archived"));
        let wrong = json!({ "id": linked.connection.id, "token": "wrong" });
        app.mutate(&linked.ada, "updateTrackerConnection", wrong, "trackerConnection { id }").await.data();
        app.keep_trackers().await;
        assert!(says(&problem(app, &linked).await["problem"], "does not take the token"));
    }

    /// An issue that is gone ends its link; a project that is not to be seen does not.
    async fn gone_is_told_from_not_to_be_seen(app) {
        let linked = linked(app).await;
        linked.tracker.hide(true);
        retitle(app, &linked, "Unseen").await;
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "no such project"), "{link}");
        linked.tracker.hide(false);
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Unseen");
        linked.tracker.delete(1);
        app.advance(Duration::hours(25));
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert!(link["state"] == "UNLINKED" && says(&link["lastError"], "gone"), "{link}");
        let create = json!({ "recommendationId": linked.item.id, "connectionId": linked.connection.id });
        app.mutate(&linked.ada, "createTrackerIssue", create, "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// An archived project takes nothing; what is wrong is seen, and nothing is lost.
    async fn an_archived_project_is_seen(app) {
        let linked = linked(app).await;
        linked.tracker.archive(true);
        retitle(app, &linked, "Archived").await;
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "may not do this"), "{link}");
        linked.tracker.archive(false);
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Archived");
    }

    /// A step that the rules do not allow is not taken, and the difference is seen.
    async fn what_the_rules_refuse_is_seen(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({ "title": "Only proposed" })).await;
        let number = linked.tracker.open(json!({ "title": "Only proposed" }));
        let url = format!("{}/octo/widgets/issues/{number}", linked.tracker.url);
        app.mutate(&linked.ada, "linkTrackerIssue", json!({ "recommendationId": item.id, "url": url }), "trackerLink { id }").await.data();
        app.keep_trackers().await;
        linked.tracker.edit(number, json!({ "title": "Only closed", "state": "closed", "state_reason": "completed" }));
        linked.poll(app).await;
        let title = &app.show(&linked.ada, "recommendation", &item.id, "title").await["title"];
        assert_eq!(title, "Only closed", "what can be taken over is");
        let link = &app.links(&linked.ada, &item.id).await[0];
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "PROPOSED"), "{link}");
        assert_eq!(linked.tracker.issue(number)["state"], "closed");
    }
}
