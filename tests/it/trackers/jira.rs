//! Jira, by Atlassian's documents: the cloud and a data centre speak almost alike.

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestUser, fixtures::TestItem, jira::TestJira, on_both_databases, tracker::TestConnection,
};
use serde_json::{Value, json};

use super::hooks::signature;

struct Project {
    ada: TestUser,
    jira: TestJira,
    connection: TestConnection,
    item: TestItem,
}

impl Project {
    async fn link(&self, app: &TestApp) -> Value {
        app.links(&self.ada, &self.item.id).await.pop().expect("a link")
    }

    async fn shown(&self, app: &TestApp) -> Value {
        let selection = "title status dueOn closureReason owner { name }";
        app.show(&self.ada, "recommendation", &self.item.id, selection).await
    }

    async fn poll(&self, app: &TestApp) {
        app.advance(Duration::minutes(11));
        app.keep_trackers().await;
    }

    async fn problem(&self, app: &TestApp) -> String {
        let input = json!({ "id": self.connection.id });
        let tried = app.mutate(&self.ada, "testTrackerConnection", input, "problem").await;
        tried.at("/problem").as_str().unwrap_or_default().to_owned()
    }
}

/// An accepted item of Ada's, and its issue.
async fn project(app: &TestApp, is_cloud: bool) -> Project {
    let ada = app.user("Ada", Role::Admin).await;
    let bo = app.user("Bo", Role::Member).await;
    let jira = TestJira::start(is_cloud);
    jira.join("ada-l", &ada.email);
    jira.join("bo", &bo.email);
    let token = if is_cloud { "ada@example.org:token" } else { "pat_test" };
    let input = json!({
        "kind": "JIRA", "name": "Widgets", "baseUrl": jira.url, "project": "WID", "token": token, "autoCreate": true,
    });
    let connection = app.connect_to(&ada, input).await;
    let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(&ada, &report, json!({ "title": "A retry storm" })).await;
    let new = json!({ "title": "Limit the retries", "labels": ["load shedding"], "priority": "P1" });
    let item = app.item(&ada, &[&cause], new).await;
    app.accept(&ada, &item, &ada, app.day(30)).await;
    app.keep_trackers().await;
    Project {
        ada,
        jira,
        connection,
        item,
    }
}

/// There and back again.
async fn is_kept_in_step(app: &TestApp, is_cloud: bool) {
    let project = project(app, is_cloud).await;
    let (ada, jira, item) = (&project.ada, &project.jira, &project.item);
    let link = project.link(app).await;
    assert_eq!(
        (&link["state"], &link["externalKey"]),
        (&json!("IN_SYNC"), &json!("WID-1")),
        "{link}"
    );
    assert_eq!(link["url"], format!("{}/browse/WID-1", jira.url));
    let fields = jira.fields("WID-1");
    let said = [
        &fields["summary"],
        &fields["priority"]["name"],
        &fields["labels"],
        &fields["assignee"]["name"],
        &fields["issuetype"]["id"],
    ];
    assert_eq!(
        said,
        [
            &json!("Limit the retries"),
            &json!("High"),
            &json!(["load-shedding"]),
            &json!("ada-l"),
            &json!("3")
        ]
    );
    assert_eq!(fields["duedate"], json!(app.day(30)));
    let text = fields["description"].as_str().unwrap();
    assert!(
        text.contains("*Root causes*") && text.contains("postmortem:lnk-"),
        "{text}"
    );

    let title = json!({ "id": item.id, "title": "Limit all retries" });
    app.mutate(ada, "updateRecommendation", title, "recommendation { id }")
        .await
        .data();
    app.step(ada, "startRecommendation", item, json!({})).await.data();
    app.keep_trackers().await;
    let fields = jira.fields("WID-1");
    assert_eq!(
        (&fields["summary"], &fields["status"]["name"]),
        (&json!("Limit all retries"), &json!("In Progress"))
    );

    let bo = json!({ "name": "bo", "accountId": "bo", "displayName": "Bo" });
    jira.edit("WID-1", json!({ "status": { "name": "Done" }, "resolution": { "name": "Done" }, "assignee": bo, "duedate": app.day(40) }));
    project.poll(app).await;
    let shown = project.shown(app).await;
    assert_eq!(
        (&shown["status"], &shown["dueOn"]),
        (&json!("IMPLEMENTED"), &json!(app.day(40))),
        "{}",
        project.link(app).await
    );
    assert_eq!(shown["owner"]["name"], "Ada", "nobody has told us who bo is");

    app.step(ada, "reopenRecommendation", item, json!({ "reason": "It broke." }))
        .await
        .data();
    app.keep_trackers().await;
    assert_eq!(jira.fields("WID-1")["status"]["name"], "To Do");
    let decline = json!({ "reason": "REJECTED", "note": "Too dear." });
    app.step(ada, "declineRecommendation", item, decline).await.data();
    app.keep_trackers().await;
    let fields = jira.fields("WID-1");
    assert_eq!(
        (&fields["status"]["name"], &fields["resolution"]["name"]),
        (&json!("Done"), &json!("Won't Do"))
    );
    assert_eq!(project.link(app).await["externalStatus"], "Won't Do");

    jira.edit("WID-1", json!({ "status": { "name": "To Do" }, "resolution": null }));
    project.poll(app).await;
    assert_eq!(project.shown(app).await["status"], "ACCEPTED");
    jira.edit(
        "WID-1",
        json!({ "status": { "name": "Done" }, "resolution": { "name": "Duplicate" } }),
    );
    project.poll(app).await;
    let shown = project.shown(app).await;
    assert_eq!(
        (&shown["status"], &shown["closureReason"]),
        (&json!("DECLINED"), &json!("DUPLICATE"))
    );

    for number in 0..150 {
        jira.open(json!({ "summary": format!("Another {number}") }));
    }
    let before = jira.calls().len();
    project.poll(app).await;
    assert_eq!(
        jira.calls().len() - before,
        4,
        "what the project is called, what Jira it is, and two pages"
    );
    jira.delete("WID-1");
    app.advance(Duration::hours(25));
    app.keep_trackers().await;
    let link = project.link(app).await;
    assert!(
        link["state"] == "UNLINKED" && link["lastError"].as_str().unwrap().contains("gone"),
        "{link}"
    );
}

/// What is too much for one answer is asked for in parts, and one issue that is too much is passed over.
async fn is_asked_for_less(app: &TestApp, is_cloud: bool) {
    let project = project(app, is_cloud).await;
    let (ada, jira) = (&project.ada, &project.jira);
    jira.open(json!({ "summary": "Long", "description": "x".repeat(9_000_000) }));
    let report = app.report(ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(ada, &report, json!({})).await;
    let behind = app.item(ada, &[&cause], json!({})).await;
    app.accept(ada, &behind, ada, app.day(30)).await;
    app.keep_trackers().await;
    jira.edit("WID-1", json!({ "summary": "Before" }));
    jira.edit("WID-3", json!({ "summary": "After" }));
    project.poll(app).await;
    assert_eq!(project.shown(app).await["title"], "Before");
    let title = app.show(ada, "recommendation", &behind.id, "title").await;
    assert_eq!(title["title"], "After");
    let shown = app
        .ask(ada, "{ trackerConnections { nodes { lastError } } }", json!({}))
        .await;
    assert_eq!(shown.at("/trackerConnections/nodes/0/lastError"), Value::Null);
}

on_both_databases! {
    async fn jira_in_the_cloud_is_asked_for_less(app) {
        is_asked_for_less(app, true).await;
    }

    async fn jira_in_a_data_centre_is_asked_for_less(app) {
        is_asked_for_less(app, false).await;
    }

    async fn jira_in_the_cloud_is_kept_in_step(app) {
        is_kept_in_step(app, true).await;
    }

    async fn jira_in_a_data_centre_is_kept_in_step(app) {
        is_kept_in_step(app, false).await;
    }

    /// An issue of another project is no longer ours, and one that was made before a crash is found.
    async fn jira_moves_issues(app) {
        let project = project(app, true).await;
        project.jira.edit("WID-1", json!({ "project": { "id": "10001", "key": "OPS" } }));
        app.advance(Duration::hours(25));
        app.keep_trackers().await;
        let link = project.link(app).await;
        assert!(link["state"] == "UNLINKED" && link["lastError"].as_str().unwrap().contains("moved"), "{link}");
        for (url, problem) in [("browse/OPS-1", Some("NO_SUCH_PROJECT")), ("boards/3?selectedIssue=WID-2", None)] {
            project.jira.open(json!({ "summary": "Limit the retries" }));
            let link = json!({ "recommendationId": project.item.id, "url": format!("{}/{url}", project.jira.url) });
            let answer = app.mutate(&project.ada, "linkTrackerIssue", link, "trackerLink { externalKey }").await;
            match problem {
                Some(code) => assert_eq!(answer.problems()[0].1, code),
                None => assert_eq!(answer.text("/trackerLink/externalKey"), "WID-2"),
            }
        }
    }

    /// A project that is given another key is the same: its issues are followed under their new keys, by whatever way they are told of.
    async fn a_project_of_jira_is_renamed(app) {
        let project = project(app, true).await;
        let (ada, jira) = (&project.ada, &project.jira);
        jira.rename("NEW");
        // Nobody has asked what it is called when the link is looked at.
        let title = json!({ "id": project.item.id, "title": "Before the poll" });
        app.mutate(ada, "updateRecommendation", title, "recommendation { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(jira.fields("NEW-1")["summary"], "Before the poll");
        let link = project.link(app).await;
        assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!("NEW-1")), "{link}");
        assert_eq!(link["url"], format!("{}/browse/NEW-1", jira.url));
        jira.rename("NEWER");
        jira.edit("NEWER-1", json!({ "summary": "Seen by the poll" }));
        project.poll(app).await;
        assert_eq!(project.shown(app).await["title"], "Seen by the poll");
        let link = project.link(app).await;
        assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!("NEWER-1")), "{link}");
        let shown = app.ask(ada, "{ trackerConnections { nodes { project lastError } } }", json!({})).await;
        assert_eq!(shown.at("/trackerConnections/nodes"), json!([{ "project": "NEWER", "lastError": null }]));
        let told = app.events().await.into_iter().filter(|event| event.event_type == "tracker_connection.updated");
        let told: Vec<Value> = told.map(|event| event.changes).collect();
        assert_eq!(told, [json!([{ "field": "project", "from": "WID", "to": "NEWER" }])]);

        // What is told, linked and made goes by the new key.
        jira.edit("NEWER-1", json!({ "summary": "Told" }));
        let body = json!({ "webhookEvent": "jira:issue_updated", "issue": jira.issues()[0] }).to_string();
        let signed = signature(&project.connection.secret, &body);
        let headers = [("x-atlassian-webhook-identifier", "1"), ("x-hub-signature", signed.as_str())];
        let path = format!("/hooks/trackers/{}", project.connection.id);
        assert_eq!(app.post_to(&path, &headers, &body).await.0.as_u16(), 202);
        app.keep_trackers().await;
        assert_eq!(project.shown(app).await["title"], "Told");
        let report = app.report(ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(ada, &report, json!({})).await;
        let made = app.item(ada, &[&cause], json!({ "title": "Made" })).await;
        app.accept(ada, &made, ada, app.day(30)).await;
        app.keep_trackers().await;
        assert_eq!(app.links(ada, &made.id).await[0]["externalKey"], "NEWER-2");
        jira.open(json!({ "summary": "Linked" }));
        let item = app.item(ada, &[&cause], json!({ "title": "Linked" })).await;
        let link = json!({ "recommendationId": item.id, "url": format!("{}/browse/NEWER-3", jira.url) });
        let answer = app.mutate(ada, "linkTrackerIssue", link, "trackerLink { externalKey }").await;
        assert_eq!(answer.text("/trackerLink/externalKey"), "NEWER-3");
    }

    /// Each of many links keeps its issue.
    async fn all_links_of_a_renamed_project_are_renamed(app) {
        let project = project(app, false).await;
        let (ada, jira) = (&project.ada, &project.jira);
        let report = app.report(ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(ada, &report, json!({})).await;
        let mut items = vec![project.item.id.clone()];
        for number in 2..12 {
            let item = app.item(ada, &[&cause], json!({ "title": format!("Number {number}") })).await;
            app.accept(ada, &item, ada, app.day(30)).await;
            items.push(item.id);
        }
        app.keep_trackers().await;
        let mut keys = Vec::new();
        for id in &items {
            let link = &app.links(ada, id).await[0];
            keys.push(link["externalKey"].as_str().expect("a key").replace("WID-", "NEW-"));
        }
        jira.rename("NEW");
        project.poll(app).await;
        for (id, key) in items.iter().zip(keys) {
            let link = &app.links(ada, id).await[0];
            assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!(key)), "{link}");
        }
        assert_eq!(jira.issues().len(), items.len(), "none is made a second time");
    }

    /// One issue may be linked twice while it is called by both keys. The second link keeps the old one, and says why it is no good; the
    /// project and all others go by the new.
    async fn an_issue_is_taken_when_its_project_is_renamed(app) {
        let project = project(app, true).await;
        let (ada, jira) = (&project.ada, &project.jira);
        let report = app.report(ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(ada, &report, json!({})).await;
        let other = app.item(ada, &[&cause], json!({ "title": "Another" })).await;
        app.accept(ada, &other, ada, app.day(30)).await;
        app.keep_trackers().await;
        jira.rename("NEW");
        // The first is read by its new key before anybody asks what the project is called.
        let title = json!({ "id": project.item.id, "title": "Before the poll" });
        app.mutate(ada, "updateRecommendation", title, "recommendation { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(project.link(app).await["externalKey"], "NEW-1");
        assert_eq!(app.links(ada, &other.id).await[0]["externalKey"], "WID-2");
        let second = app.item(ada, &[&cause], json!({ "title": "The same" })).await;
        let link = json!({ "recommendationId": second.id, "url": format!("{}/browse/WID-1", jira.url), "keep": "TRACKER" });
        let answer = app.mutate(ada, "linkTrackerIssue", link, "trackerLink { externalKey }").await;
        assert_eq!(answer.text("/trackerLink/externalKey"), "WID-1");
        project.poll(app).await;
        let shown = app.ask(ada, "{ trackerConnections { nodes { project lastError } } }", json!({})).await;
        assert_eq!(shown.at("/trackerConnections/nodes"), json!([{ "project": "NEW", "lastError": null }]));
        for (id, key) in [(&project.item.id, "NEW-1"), (&other.id, "NEW-2")] {
            let link = &app.links(ada, id).await[0];
            assert_eq!((&link["state"], &link["externalKey"]), (&json!("IN_SYNC"), &json!(key)), "{link}");
        }
        let link = &app.links(ada, &second.id).await[0];
        assert_eq!((&link["state"], &link["externalKey"]), (&json!("FAILED"), &json!("WID-1")), "{link}");
        assert!(link["lastError"].as_str().unwrap().contains("is linked to another recommendation"), "{link}");
    }

    /// A workflow may leave its resolution on an issue that is opened again. It says nothing then, in an answer or in a notice.
    async fn what_is_open_in_jira_has_no_resolution(app) {
        let project = project(app, true).await;
        let jira = &project.jira;
        let becomes = async |status: &str, expected: &str| {
            jira.edit("WID-1", json!({ "status": { "name": status } }));
            project.poll(app).await;
            assert_eq!(project.shown(app).await["status"], expected, "{}", project.link(app).await);
        };
        jira.edit("WID-1", json!({ "resolution": { "name": "Won't Do" } }));
        becomes("Done", "DECLINED").await;
        becomes("To Do", "ACCEPTED").await;
        assert_eq!(project.link(app).await["externalStatus"], "To Do");
        becomes("In Progress", "IN_PROGRESS").await;
        assert_eq!(jira.fields("WID-1")["resolution"]["name"], "Won't Do", "it is still there");
        becomes("Done", "DECLINED").await;
        // What is opened again here is in step, though the resolution stays.
        app.step(&project.ada, "reopenRecommendation", &project.item, json!({ "reason": "It broke." })).await.data();
        app.keep_trackers().await;
        jira.edit("WID-1", json!({ "resolution": { "name": "Won't Do" } }));
        project.poll(app).await;
        assert_eq!((&project.shown(app).await["status"], &project.link(app).await["state"]), (&json!("ACCEPTED"), &json!("IN_SYNC")));
        let mut told = jira.issues()[0].clone();
        told["fields"]["status"] = json!({ "name": "To Do", "statusCategory": { "key": "new" } });
        let body = json!({ "webhookEvent": "jira:issue_updated", "issue": told }).to_string();
        let signed = signature(&project.connection.secret, &body);
        let headers = [("x-atlassian-webhook-identifier", "1"), ("x-hub-signature", signed.as_str())];
        let before = jira.calls().len();
        let path = format!("/hooks/trackers/{}", project.connection.id);
        assert_eq!(app.post_to(&path, &headers, &body).await.0.as_u16(), 202);
        app.keep_trackers().await;
        assert_eq!(jira.calls().len(), before, "it is known already");
    }

    /// From done to declined by way of what is open, where the workflow has no other way; and by one that asks for nothing we cannot give.
    async fn jira_is_led_by_its_workflow(app) {
        let project = project(app, true).await;
        project.jira.work_by(|status| {
            let resolution = json!({ "required": true, "allowedValues": [{ "name": "Done" }, { "name": "Won't Do" }] });
            let more = json!({ "customfield_1": { "required": true }, "resolution": resolution });
            match status {
                "Done" => json!({ "transitions": [{ "id": "0", "to": { "name": "To Do" } }] }),
                _ => json!({ "transitions": [
                    { "id": "9", "to": { "name": "Done" }, "fields": more },
                    { "id": "2", "to": { "name": "Done" }, "fields": { "resolution": resolution } },
                ] }),
            }
        });
        let (ada, item) = (&project.ada, &project.item);
        let closed = async || {
            app.keep_trackers().await;
            let fields = project.jira.fields("WID-1");
            assert_eq!(project.link(app).await["state"], "IN_SYNC", "{}", project.link(app).await);
            (fields["status"]["name"].clone(), fields["resolution"]["name"].clone())
        };
        let evidence = json!({ "evidence": [{ "url": "https://example.org/1" }] });
        app.step(ada, "implementRecommendation", item, evidence).await.data();
        assert_eq!(closed().await, (json!("Done"), json!("Done")));
        app.step(ada, "reopenRecommendation", item, json!({ "reason": "It broke." })).await.data();
        app.step(ada, "declineRecommendation", item, json!({ "reason": "REJECTED", "note": "Too dear." })).await.data();
        assert_eq!(closed().await, (json!("Done"), json!("Won't Do")));
    }

    /// Strangers are shown that there is nothing; a right that is missing is named.
    async fn jira_says_what_is_wrong(app) {
        let project = project(app, false).await;
        assert_eq!(project.problem(app).await, "");
        project.jira.forbid(true);
        assert!(project.problem(app).await.contains("may not do this"));
        let wrong = json!({ "id": project.connection.id, "token": "pat_wrong" });
        app.mutate(&project.ada, "updateTrackerConnection", wrong, "trackerConnection { id }").await.data();
        assert!(project.problem(app).await.contains("does not take the token"));
    }

    /// A notice with all of the issue that says what is known is an echo; another one leads to a look.
    async fn jira_tells_by_webhooks(app) {
        let project = project(app, true).await;
        let path = format!("/hooks/trackers/{}", project.connection.id);
        let tell = async |number: &str, issue: &Value| {
            let body = json!({ "timestamp": 1_772_000_000, "webhookEvent": "jira:issue_updated", "issue": issue }).to_string();
            let signed = signature(&project.connection.secret, &body);
            let headers = [("x-atlassian-webhook-identifier", number), ("x-hub-signature", signed.as_str())];
            assert_eq!(app.post_to(&path, &headers, &body).await.0.as_u16(), 202);
            app.keep_trackers().await;
        };
        let before = project.jira.calls().len();
        tell("1", &project.jira.issues()[0]).await;
        assert_eq!(project.jira.calls().len(), before, "an echo");
        project.jira.edit("WID-1", json!({ "summary": "Told" }));
        tell("2", &project.jira.issues()[0]).await;
        assert_eq!(project.shown(app).await["title"], "Told");
        let unsigned = app.post_to(&path, &[("x-atlassian-webhook-identifier", "3")], "{}").await.0;
        assert_eq!(unsigned.as_u16(), 401);
    }
}
