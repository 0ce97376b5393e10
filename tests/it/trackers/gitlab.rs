//! Recommendations are kept in step with the issues of GitLab.

use actix_web::http::StatusCode;
use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestUser,
    fixtures::TestItem,
    gitlab::{TOKEN, TestGitlab},
    on_both_databases,
    tracker::TestConnection,
};
use serde_json::{Value, json};

/// A recommendation of Ada's with an issue.
struct Linked {
    ada: TestUser,
    bo: TestUser,
    gitlab: TestGitlab,
    connection: TestConnection,
    item: TestItem,
}

impl Linked {
    async fn link(&self, app: &TestApp) -> Value {
        let links = app.links(&self.ada, &self.item.id).await;
        links.last().expect("a link").clone()
    }

    async fn shown(&self, app: &TestApp) -> Value {
        let selection = "title status dueOn closureReason owner { id }";
        app.show(&self.ada, "recommendation", &self.item.id, selection).await
    }

    async fn poll(&self, app: &TestApp) {
        app.advance(Duration::minutes(11));
        app.keep_trackers().await;
    }

    async fn retitle(&self, app: &TestApp, title: &str) {
        let input = json!({ "id": self.item.id, "title": title });
        app.mutate(&self.ada, "updateRecommendation", input, "recommendation { id }")
            .await
            .data();
        app.keep_trackers().await;
    }

    async fn step(&self, app: &TestApp, mutation: &str, more: Value) {
        app.step(&self.ada, mutation, &self.item, more).await.data();
        app.keep_trackers().await;
    }
}

async fn linked(app: &TestApp) -> Linked {
    let ada = app.user("Ada", Role::Admin).await;
    let bo = app.user("Bo", Role::Member).await;
    let gitlab = TestGitlab::new();
    let people = json!([{ "external": "ada", "userId": ada.id }, { "external": "bo", "userId": bo.id }]);
    let input = json!({
        "kind": "GITLAB", "name": "Widgets", "baseUrl": gitlab.url, "project": "group/widgets", "token": TOKEN,
        "autoCreate": true, "userMap": people,
    });
    let connection = app.connect_to(&ada, input).await;
    let report = app.report(&ada, json!({})).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    let new =
        json!({ "title": "Limit the retries", "description": "At the *edge*.", "labels": ["network", "retries"] });
    let item = app.item(&ada, &[&cause], new).await;
    app.accept(&ada, &item, &ada, app.day(30)).await;
    app.keep_trackers().await;
    let linked = Linked {
        ada,
        bo,
        gitlab,
        connection,
        item,
    };
    assert_eq!(linked.link(app).await["state"], "IN_SYNC", "{}", linked.link(app).await);
    linked
}

/// As GitLab tells of an issue, in short.
fn notice(iid: u64) -> String {
    json!({
        "object_kind": "issue", "event_type": "issue",
        "user": { "id": 51, "username": "ada" },
        "project": { "id": 4, "path_with_namespace": "group/widgets" },
        "object_attributes": {
            "id": 401, "iid": iid, "project_id": 4, "title": "From there", "state": "opened", "action": "update",
            "assignee_ids": [51], "due_date": null, "moved_to_id": null,
            "labels": [{ "id": 206, "title": "network" }],
        },
        "changes": { "title": { "previous": "Limit the retries", "current": "From there" } },
    })
    .to_string()
}

async fn send(app: &TestApp, linked: &Linked, headers: &[(&str, &str)], body: &str) -> StatusCode {
    let path = format!("/hooks/trackers/{}", linked.connection.id);
    app.post_to(&path, headers, body).await.0
}

fn says(text: &Value, word: &str) -> bool {
    text.as_str().unwrap_or_default().contains(word)
}

on_both_databases! {
    /// What we change is told, and nothing is asked for that GitLab does not know.
    async fn our_changes_are_told_to_gitlab(app) {
        let linked = linked(app).await;
        let (gitlab, item) = (&linked.gitlab, &linked.item);
        assert_eq!(app.problem(&linked.ada, &linked.connection).await, Value::Null);
        let issue = gitlab.issue(1);
        assert_eq!((&issue["title"], &issue["labels"]), (&json!("Limit the retries"), &json!(["network", "retries"])));
        assert_eq!((&issue["assignees"][0]["username"], &issue["due_date"]), (&json!("ada"), &json!(app.day(30))));
        assert!(says(&issue["description"], "At the *edge*.") && says(&issue["description"], "postmortem:lnk-"), "{issue}");
        assert_eq!(linked.link(app).await["url"], issue["web_url"]);
        linked.retitle(app, "Limit all retries").await;
        linked.step(app, "changeDueDate", json!({ "dueOn": app.day(60), "reason": "A supplier." })).await;
        linked.step(app, "assignRecommendation", json!({ "ownerId": linked.bo.id })).await;
        let issue = gitlab.issue(1);
        assert_eq!((&issue["title"], &issue["due_date"]), (&json!("Limit all retries"), &json!(app.day(60))));
        assert_eq!(issue["assignees"].as_array().unwrap().len(), 1);
        assert_eq!(issue["assignees"][0]["username"], "bo");
        linked.step(app, "declineRecommendation", json!({ "reason": "REJECTED", "note": "Too dear." })).await;
        let issue = gitlab.issue(1);
        assert_eq!((&issue["state"], &issue["labels"]), (&json!("closed"), &json!(["network", "retries", "not planned"])));
        linked.step(app, "reopenRecommendation", json!({ "reason": "It is cheaper now." })).await;
        let issue = gitlab.issue(1);
        assert_eq!((&issue["state"], &issue["labels"]), (&json!("opened"), &json!(["network", "retries"])));
        let evidence = json!({ "evidence": [{ "url": "https://example.org/1" }] });
        app.step(&linked.bo, "implementRecommendation", item, evidence).await.data();
        app.keep_trackers().await;
        let issue = gitlab.issue(1);
        assert_eq!((&issue["state"], &issue["labels"]), (&json!("closed"), &json!(["network", "retries"])));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// What is changed there is taken over.
    async fn changes_of_gitlab_are_taken_over(app) {
        let linked = linked(app).await;
        let gitlab = &linked.gitlab;
        gitlab.edit(1, json!({ "title": "From there", "assignees": [{ "id": 52, "username": "bo" }], "due_date": app.day(9) }));
        linked.poll(app).await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["title"], &shown["owner"]["id"]), (&json!("From there"), &json!(linked.bo.id)));
        assert_eq!(shown["dueOn"], json!(app.day(9)));
        gitlab.edit(1, json!({ "state": "closed", "labels": ["not planned"] }));
        linked.poll(app).await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["status"], &shown["closureReason"]), (&json!("DECLINED"), &json!("REJECTED")));
        gitlab.edit(1, json!({ "state": "opened" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "ACCEPTED", "what the label says counts for closed issues alone");
        gitlab.edit(1, json!({ "state": "closed", "labels": [] }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "IMPLEMENTED");
        gitlab.edit(1, json!({ "assignees": [], "due_date": null, "state": "opened" }));
        linked.poll(app).await;
        let issue = gitlab.issue(1);
        assert_eq!((&issue["assignees"][0]["username"], &issue["due_date"]), (&json!("bo"), &linked.shown(app).await["dueOn"]));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// The label of a refusal that was taken back says nothing of how the issue is closed afterwards. One that is set before the issue
    /// is closed does.
    async fn an_old_label_says_nothing(app) {
        let linked = linked(app).await;
        let gitlab = &linked.gitlab;
        linked.step(app, "declineRecommendation", json!({ "reason": "REJECTED", "note": "Too dear." })).await;
        assert_eq!(gitlab.issue(1)["labels"], json!(["network", "retries", "not planned"]));
        gitlab.edit(1, json!({ "state": "opened" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "ACCEPTED");
        assert_eq!(gitlab.issue(1)["labels"], json!(["network", "retries"]), "it is taken off");
        gitlab.edit(1, json!({ "labels": ["not planned"] }));
        linked.poll(app).await;
        assert_eq!((&linked.shown(app).await["status"], &gitlab.issue(1)["labels"]), (&json!("ACCEPTED"), &json!(["not planned"])));
        gitlab.edit(1, json!({ "state": "closed" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "DECLINED");
        // Opened and done before anybody looked.
        gitlab.edit(1, json!({ "state": "opened" }));
        gitlab.edit(1, json!({ "state": "closed" }));
        let headers = [("x-gitlab-event", "Issue Hook"), ("x-gitlab-token", linked.connection.secret.as_str()), ("idempotency-key", "a")];
        assert_eq!(send(app, &linked, &headers, &notice(1)).await, StatusCode::ACCEPTED);
        app.keep_trackers().await;
        assert_eq!((&linked.shown(app).await["status"], &gitlab.issue(1)["labels"]), (&json!("IMPLEMENTED"), &json!([])));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// A notice leads to a look. One that comes again, by whatever name, does not.
    async fn what_gitlab_tells_is_looked_at(app) {
        let linked = linked(app).await;
        let secret = linked.connection.secret.as_str();
        let ids = [("idempotency-key", "a"), ("x-gitlab-webhook-uuid", "b"), ("x-gitlab-event-uuid", "c")];
        for (position, id) in ids.into_iter().enumerate() {
            let headers = [("x-gitlab-event", "Issue Hook"), ("x-gitlab-token", secret), id];
            linked.gitlab.edit(1, json!({ "title": format!("Told {position}") }));
            linked.gitlab.take_calls();
            for _ in 0..2 {
                assert_eq!(send(app, &linked, &headers, &notice(1)).await, StatusCode::ACCEPTED);
                app.keep_trackers().await;
            }
            assert_eq!(linked.shown(app).await["title"], json!(format!("Told {position}")));
            assert_eq!(linked.gitlab.take_calls(), ["GET /api/v4/projects/group%2Fwidgets/issues/1?"]);
        }
        let note = json!({ "object_kind": "note", "object_attributes": { "id": 9, "noteable_type": "Issue" }, "issue": { "iid": 1 } });
        let others = [notice(4711), note.to_string(), "{}".to_owned()];
        for (position, other) in others.iter().enumerate() {
            let id = position.to_string();
            let headers = [("x-gitlab-token", secret), ("idempotency-key", id.as_str())];
            assert_eq!(send(app, &linked, &headers, other).await, StatusCode::ACCEPTED);
        }
        app.keep_trackers().await;
        assert_eq!(linked.gitlab.take_calls(), Vec::<String>::new());
        for wrong in ["", "wrong", &secret[1..], &format!("{secret}x")] {
            let headers = [("x-gitlab-token", wrong), ("idempotency-key", "d")];
            assert_eq!(send(app, &linked, &headers, &notice(1)).await, StatusCode::UNAUTHORIZED, "{wrong}");
        }
        assert_eq!(send(app, &linked, &[("idempotency-key", "d")], &notice(1)).await, StatusCode::UNAUTHORIZED);
    }

    /// An issue that was moved is left, and so is one that is gone; a project with another name is no reason to leave its issues.
    async fn an_issue_of_gitlab_is_lost_and_a_project_is_not(app) {
        let linked = linked(app).await;
        linked.gitlab.rename(true);
        linked.retitle(app, "Renamed").await;
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "no such project"), "{link}");
        linked.gitlab.rename(false);
        app.advance(Duration::hours(2));
        app.keep_trackers().await;
        assert_eq!(linked.gitlab.issue(1)["title"], "Renamed");
        linked.gitlab.edit(1, json!({ "state": "closed", "moved_to_id": 4711 }));
        linked.poll(app).await;
        let link = linked.link(app).await;
        assert!(link["state"] == "UNLINKED" && says(&link["lastError"], "moved out of the project"), "{link}");
        assert_eq!(linked.shown(app).await["status"], "ACCEPTED");
    }

    /// What GitLab does not take is seen, and a limit is waited for.
    async fn what_gitlab_refuses_is_seen(app) {
        let linked = linked(app).await;
        let reset = (app.now() + Duration::minutes(5)).timestamp().to_string();
        linked.gitlab.script(429, vec![("ratelimit-remaining", "0".to_owned()), ("ratelimit-reset", reset)]);
        linked.retitle(app, "Later").await;
        assert_eq!(linked.link(app).await["state"], "IN_SYNC", "a limit is no failure");
        linked.gitlab.take_calls();
        app.advance(Duration::minutes(4));
        app.keep_trackers().await;
        assert_eq!(linked.gitlab.take_calls(), Vec::<String>::new());
        app.advance(Duration::minutes(2));
        app.keep_trackers().await;
        assert_eq!(linked.gitlab.issue(1)["title"], "Later");
        let people = json!([{ "external": "ada", "userId": linked.ada.id }, { "external": "nobody", "userId": linked.bo.id }]);
        let change = json!({ "id": linked.connection.id, "userMap": people });
        app.mutate(&linked.ada, "updateTrackerConnection", change, "trackerConnection { id }").await.data();
        linked.step(app, "assignRecommendation", json!({ "ownerId": linked.bo.id })).await;
        let link = linked.link(app).await;
        assert!(link["state"] == "FAILED" && says(&link["lastError"], "there is no user nobody"), "{link}");
        linked.gitlab.archive();
        assert!(says(&app.problem(&linked.ada, &linked.connection).await, "archived"));
        linked.gitlab.script(401, Vec::new());
        assert!(says(&app.problem(&linked.ada, &linked.connection).await, "does not take the token"));
    }

    /// What has changed is asked for page by page.
    async fn all_pages_of_gitlab_are_read(app) {
        let linked = linked(app).await;
        for number in 0..250 {
            linked.gitlab.open(json!({ "title": format!("Another {number}") }));
        }
        linked.gitlab.edit(1, json!({ "title": "The last to change" }));
        linked.gitlab.take_calls();
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["title"], "The last to change");
        let lists = linked.gitlab.take_calls().into_iter().filter(|call| call.contains("/issues?")).count();
        assert_eq!(lists, 3);
    }
}
