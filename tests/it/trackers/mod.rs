//! Recommendations and their issues are kept in step.

mod between;
mod failing;
mod gitlab;
mod hooks;
mod jira;
mod killed;
mod linear;
mod not_understood;
mod paging;
mod panics;
mod refused;
mod restricted;
mod storm;
mod texts;

use chrono::Duration;
use entity::enums::Role;
use postmortem_tests::{
    TestApp, TestTracker, TestUser, fixtures::TestItem, on_both_databases, tracker::TestConnection,
};
use serde_json::{Value, json};

/// A recommendation that is accepted and has an issue.
pub(crate) struct Linked {
    pub ada: TestUser,
    pub bo: TestUser,
    pub tracker: TestTracker,
    pub connection: TestConnection,
    pub item: TestItem,
}

impl Linked {
    /// The only link, as an admin sees it.
    pub async fn link(&self, app: &TestApp) -> Value {
        let links = app.links(&self.ada, &self.item.id).await;
        links.last().expect("a link").clone()
    }

    /// What the recommendation says.
    pub async fn shown(&self, app: &TestApp) -> Value {
        let selection = "title status dueOn closureReason owner { id }";
        app.show(&self.ada, "recommendation", &self.item.id, selection).await
    }

    /// The tracker is asked what has changed.
    pub async fn poll(&self, app: &TestApp) {
        app.advance(Duration::minutes(11));
        app.keep_trackers().await;
    }

    /// Both sides have said something different since they agreed.
    pub async fn differ(&self, app: &TestApp) {
        app.mutate(
            &self.ada,
            "updateRecommendation",
            json!({ "id": self.item.id, "title": "Ours" }),
            "recommendation { id }",
        )
        .await
        .data();
        self.tracker.edit(1, json!({ "title": "Theirs" }));
        self.poll(app).await;
    }
}

/// An accepted item of Ada's. Bo is known in the tracker too.
pub(crate) async fn accepted(app: &TestApp, more: Value) -> Linked {
    let ada = app.user("Ada", Role::Admin).await;
    let bo = app.user("Bo", Role::Member).await;
    let tracker = TestTracker::new();
    let people = json!([{ "external": "ada-l", "userId": ada.id }, { "external": "bo", "userId": bo.id }]);
    let connection = app
        .connect(&ada, &tracker, json!({ "autoCreate": true, "userMap": people }))
        .await;
    let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(&ada, &report, json!({ "title": "A retry storm" })).await;
    let mut new = json!({
        "title": "Limit the retries", "description": "At the *edge*.", "acceptanceCriterion": "A test shows it.",
        "labels": ["network"], "priority": "P1",
    });
    postmortem_tests::fixtures::merge(&mut new, more);
    let item = app.item(&ada, &[&cause], new).await;
    app.accept(&ada, &item, &ada, app.day(30)).await;
    Linked {
        ada,
        bo,
        tracker,
        connection,
        item,
    }
}

pub(super) async fn linked(app: &TestApp) -> Linked {
    let linked = accepted(app, json!({})).await;
    app.keep_trackers().await;
    assert_eq!(linked.link(app).await["state"], "IN_SYNC", "{}", linked.link(app).await);
    linked
}

/// Brings about every event that no mutation does by itself.
pub async fn everything(app: &TestApp) {
    let linked = linked(app).await;
    linked.differ(app).await;
    let credentials = json!({ "id": linked.connection.id, "inboundSecret": "another one, of 24 letters" });
    app.mutate(
        &linked.ada,
        "updateTrackerConnection",
        credentials,
        "trackerConnection { id }",
    )
    .await
    .data();
    let settle = json!({ "id": linked.link(app).await["id"], "keep": "POSTMORTEM" });
    app.mutate(&linked.ada, "settleTrackerConflict", settle, "trackerLink { id }")
        .await
        .data();
    app.keep_trackers().await;
    linked.tracker.archive(true);
    let input = json!({ "id": linked.item.id, "title": "Archived" });
    app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }")
        .await
        .data();
    app.keep_trackers().await;
}

on_both_databases! {
    /// Acceptance makes an issue with all that belongs in it, once.
    async fn acceptance_makes_an_issue(app) {
        let linked = linked(app).await;
        let issue = linked.tracker.issue(1);
        assert_eq!((&issue["title"], &issue["state"]), (&json!("Limit the retries"), &json!("open")));
        assert_eq!((&issue["labels"], &issue["assignees"]), (&json!(["network"]), &json!([{ "login": "ada-l" }])));
        let body = issue["body"].as_str().unwrap();
        let url = format!("http://postmortem.example/recommendations/{}", linked.item.key);
        for part in ["At the *edge*.", "A test shows it.", "A retry storm", "Priority P1, owned by Ada, due on 2026-04-01", &url] {
            assert!(body.contains(part), "{part} is missing in {body}");
        }
        let link = linked.link(app).await;
        assert_eq!((&link["externalKey"], &link["externalStatus"]), (&json!("#1"), &json!("open")));
        assert_eq!(link["url"], issue["html_url"]);
        linked.poll(app).await;
        assert_eq!((linked.tracker.issues().len(), linked.tracker.count("POST"), linked.tracker.count("PATCH")), (1, 1, 0));
        let history = app.show(&linked.ada, "recommendation", &linked.item.id, "history(first: 1) { nodes { type actor { kind name } } }").await;
        assert_eq!(history["history"]["nodes"][0], json!({ "type": "tracker.linked", "actor": { "kind": "TRACKER", "name": "Tracker" } }));
    }

    /// What was accepted before somebody asked for issues gets none by itself, however late it is looked at.
    async fn what_was_accepted_before_gets_no_issue(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let tracker = TestTracker::new();
        let connection = app.connect(&ada, &tracker, json!({})).await;
        for (position, more) in [json!({ "autoCreate": true }), json!({ "isEnabled": false }), json!({ "isEnabled": true })].into_iter().enumerate() {
            let item = app.item(&ada, &[&cause], json!({ "title": format!("Before {position}") })).await;
            app.accept(&ada, &item, &ada, app.day(9)).await;
            let mut update = json!({ "id": connection.id });
            postmortem_tests::fixtures::merge(&mut update, more);
            app.mutate(&ada, "updateTrackerConnection", update, "trackerConnection { id }").await.data();
        }
        let item = app.item(&ada, &[&cause], json!({ "title": "After" })).await;
        app.accept(&ada, &item, &ada, app.day(9)).await;
        app.keep_trackers().await;
        let titles: Vec<Value> = tracker.issues().iter().map(|issue| issue["title"].clone()).collect();
        assert_eq!(titles, ["After"]);
    }

    /// What we change is told: title, owner and status, and nothing else.
    async fn our_changes_are_told(app) {
        let linked = linked(app).await;
        let (ada, item) = (&linked.ada, &linked.item);
        let title = json!({ "id": item.id, "title": "Limit all retries", "description": "Everywhere." });
        app.mutate(ada, "updateRecommendation", title, "recommendation { id }").await.data();
        let owner = json!({ "id": item.id, "ownerId": linked.bo.id });
        app.mutate(ada, "assignRecommendation", owner, "recommendation { id }").await.data();
        app.keep_trackers().await;
        let issue = linked.tracker.issue(1);
        assert_eq!((&issue["title"], &issue["assignees"]), (&json!("Limit all retries"), &json!([{ "login": "bo" }])));
        assert!(issue["body"].as_str().unwrap().contains("At the *edge*."));
        app.step(&linked.bo, "startRecommendation", item, json!({})).await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.count("PATCH"), 1, "one call for both, and none for what the tracker cannot say");
        let evidence = json!({ "evidence": [{ "url": "https://example.org/1" }] });
        app.step(&linked.bo, "implementRecommendation", item, evidence).await.data();
        app.keep_trackers().await;
        let issue = linked.tracker.issue(1);
        assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("closed"), &json!("completed")));
        app.step(ada, "reopenRecommendation", item, json!({ "reason": "It broke." })).await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["state"], "open");
        let decline = json!({ "reason": "REJECTED", "note": "Too dear." });
        app.step(ada, "declineRecommendation", item, decline).await.data();
        app.keep_trackers().await;
        let issue = linked.tracker.issue(1);
        assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("closed"), &json!("not_planned")));
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// A title that is too long for a tracker is cut off there, and stays whole here.
    async fn a_long_title_is_cut_off_there(app) {
        let linked = linked(app).await;
        let long = "ä".repeat(300);
        app.mutate(&linked.ada, "updateRecommendation", json!({ "id": linked.item.id, "title": long }), "recommendation { id }").await.data();
        app.keep_trackers().await;
        let there = linked.tracker.issue(1)["title"].as_str().unwrap().to_owned();
        assert_eq!((there.chars().count(), there.ends_with("ä…")), (255, true));
        linked.poll(app).await;
        assert_eq!((&linked.shown(app).await["title"], &linked.link(app).await["state"]), (&json!(long), &json!("IN_SYNC")));
        linked.tracker.edit(1, json!({ "title": "Short" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["title"], "Short");
    }

    /// What is changed there is taken over, with the issue as evidence and as the reason.
    async fn their_changes_are_taken_over(app) {
        let linked = linked(app).await;
        linked.tracker.edit(1, json!({ "title": "Retries: limit them", "assignees": [{ "login": "Bo" }] }));
        linked.poll(app).await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["title"], &shown["owner"]["id"]), (&json!("Retries: limit them"), &json!(linked.bo.id)));
        linked.tracker.edit(1, json!({ "state": "closed", "state_reason": "completed" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "IMPLEMENTED");
        let evidence = app.show(&linked.ada, "recommendation", &linked.item.id, "evidence { url }").await;
        assert_eq!(evidence["evidence"], json!([{ "url": linked.tracker.issue(1)["html_url"] }]));
        linked.tracker.edit(1, json!({ "state": "open", "state_reason": null }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "ACCEPTED");
        linked.tracker.edit(1, json!({ "state": "closed", "state_reason": "duplicate" }));
        linked.poll(app).await;
        let shown = linked.shown(app).await;
        assert_eq!((&shown["status"], &shown["closureReason"]), (&json!("DECLINED"), &json!("DUPLICATE")));
        assert_eq!(linked.tracker.count("PATCH"), 0, "nothing of it is told back");
    }

    /// Nobody there stands for nobody here: committed work keeps its owner, and the tracker is told so.
    async fn work_that_nobody_does_keeps_its_owner(app) {
        let linked = linked(app).await;
        linked.tracker.edit(1, json!({ "assignees": [] }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["owner"]["id"], linked.ada.id);
        assert_eq!(linked.tracker.issue(1)["assignees"], json!([{ "login": "ada-l" }]));
        linked.tracker.edit(1, json!({ "assignees": [{ "login": "stranger" }] }));
        linked.poll(app).await;
        assert_eq!(linked.tracker.issue(1)["assignees"], json!([{ "login": "stranger" }]), "whom we do not know stays");
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// Both sides changed the title: both stay until somebody chooses.
    async fn a_conflict_waits_for_a_choice(app) {
        let linked = linked(app).await;
        linked.differ(app).await;
        let link = linked.link(app).await;
        assert_eq!(link["state"], "CONFLICT");
        assert_eq!(link["conflicts"], json!([{ "field": "TITLE", "ours": "Ours", "theirs": "Theirs" }]));
        assert_eq!((&linked.shown(app).await["title"], &linked.tracker.issue(1)["title"]), (&json!("Ours"), &json!("Theirs")));
        // The other fields go on.
        linked.tracker.edit(1, json!({ "state": "closed", "state_reason": "completed" }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["status"], "IMPLEMENTED");
        let told = app.events().await.into_iter().filter(|event| event.event_type == "tracker.conflict").count();
        assert_eq!(told, 1);
        let settle = json!({ "id": link["id"], "keep": "TRACKER" });
        app.mutate(&linked.ada, "settleTrackerConflict", settle.clone(), "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!((&linked.shown(app).await["title"], &linked.link(app).await["state"]), (&json!("Theirs"), &json!("IN_SYNC")));
        let again = app.mutate(&linked.ada, "settleTrackerConflict", settle, "trackerLink { id }").await;
        assert_eq!(again.problems(), [("id".to_owned(), "NO_CONFLICT".to_owned())]);
    }

    /// The other choice.
    async fn a_conflict_can_be_settled_for_us(app) {
        let linked = linked(app).await;
        linked.differ(app).await;
        let settle = json!({ "id": linked.link(app).await["id"], "keep": "POSTMORTEM" });
        app.mutate(&linked.ada, "settleTrackerConflict", settle, "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Ours");
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// An issue that is there already. Where it differs, somebody says what counts.
    async fn an_issue_is_linked_by_its_address(app) {
        let linked = linked(app).await;
        let (ada, tracker) = (&linked.ada, &linked.tracker);
        let report = app.report(ada, json!({})).await;
        let cause = app.cause(ada, &report, json!({})).await;
        for (keep, title) in [("TRACKER", "From there"), ("POSTMORTEM", "From here")] {
            let item = app.item(ada, &[&cause], json!({ "title": "From here" })).await;
            let number = tracker.open(json!({ "title": "From there" }));
            let url = format!("{}/octo/widgets/issues/{number}#issuecomment-1", tracker.url);
            let link = json!({ "recommendationId": item.id, "url": url, "keep": keep });
            app.mutate(ada, "linkTrackerIssue", link.clone(), "trackerLink { id }").await.data();
            app.keep_trackers().await;
            let shown = app.show(ada, "recommendation", &item.id, "title").await;
            assert_eq!((&shown["title"], &tracker.issue(number)["title"]), (&json!(title), &json!(title)), "{keep}");
            let twice = app.mutate(ada, "linkTrackerIssue", link, "trackerLink { id }").await;
            assert_eq!(twice.problems()[0].1, "ALREADY_LINKED");
        }
        let item = app.item(ada, &[&cause], json!({ "title": "From here" })).await;
        let number = tracker.open(json!({ "title": "From there" }));
        let url = format!("{}/octo/widgets/issues/{number}", tracker.url);
        app.mutate(ada, "linkTrackerIssue", json!({ "recommendationId": item.id, "url": url }), "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(app.links(ada, &item.id).await[0]["state"], "CONFLICT");
        for url in [format!("{}/octo/gadgets/issues/1", tracker.url), format!("{}/octo/widgets/pull/1", tracker.url), "https://example.org/".to_owned()] {
            let link = json!({ "recommendationId": item.id, "url": url });
            assert_eq!(app.mutate(ada, "linkTrackerIssue", link, "trackerLink { id }").await.problems()[0].1, "NO_SUCH_PROJECT");
        }
    }

    /// Neither side hears of the other afterwards, and no other issue is made.
    async fn what_is_unlinked_goes_its_own_way(app) {
        let linked = linked(app).await;
        let unlink = json!({ "id": linked.link(app).await["id"] });
        let answer = app.mutate(&linked.ada, "unlinkTrackerIssue", unlink, "trackerLink { state }").await;
        assert_eq!(answer.at("/trackerLink/state"), "UNLINKED");
        linked.differ(app).await;
        assert_eq!((&linked.shown(app).await["title"], &linked.tracker.issue(1)["title"]), (&json!("Ours"), &json!("Theirs")));
        app.step(&linked.ada, "declineRecommendation", &linked.item, json!({ "reason": "REJECTED", "note": "No." })).await.data();
        app.step(&linked.ada, "reopenRecommendation", &linked.item, json!({ "reason": "Yes." })).await.data();
        linked.poll(app).await;
        assert_eq!(linked.tracker.issues().len(), 1);
    }

    /// Whom nobody has named is looked for by their e-mail address, once a day; what admins say counts.
    async fn an_owner_is_found_by_their_address(app) {
        let linked = linked(app).await;
        let cara = app.user("Cara", Role::Member).await;
        linked.tracker.join("cara-c", &cara.email);
        let assign = async |user: &TestUser| {
            let owner = json!({ "id": linked.item.id, "ownerId": user.id });
            app.mutate(&linked.ada, "assignRecommendation", owner, "recommendation { id }").await.data();
            app.keep_trackers().await;
        };
        assign(&cara).await;
        assert_eq!(linked.tracker.issue(1)["assignees"], json!([{ "login": "cara-c" }]));
        let dan = app.user("Dan", Role::Member).await;
        linked.tracker.forget();
        for user in [&dan, &linked.bo, &dan] {
            assign(user).await;
        }
        let asked = linked.tracker.calls().into_iter().filter(|call| call.path.ends_with("/search/users")).count();
        assert_eq!(asked, 1, "who is not there is asked for once");
        assert_eq!(linked.tracker.issue(1)["assignees"], json!([]), "who is unknown there is nobody there");
        linked.tracker.edit(1, json!({ "assignees": [{ "login": "cara-c" }] }));
        linked.poll(app).await;
        assert_eq!(linked.shown(app).await["owner"]["id"], cara.id, "who was found is known");
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
        // At the first comparison two owners are two owners.
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let item = app.item(&linked.ada, &[&cause], json!({ "title": "Whose", "ownerId": dan.id })).await;
        let number = linked.tracker.open(json!({ "title": "Whose", "assignees": [{ "login": "bo" }] }));
        let url = format!("{}/octo/widgets/issues/{number}", linked.tracker.url);
        app.mutate(&linked.ada, "linkTrackerIssue", json!({ "recommendationId": item.id, "url": url }), "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(app.links(&linked.ada, &item.id).await[0]["conflicts"], json!([{ "field": "OWNER", "ours": dan.id, "theirs": linked.bo.id }]));
        let with = app.ask(&linked.ada, "{ it: recommendations(filter: { hasTrackerLink: true }) { totalCount } no: recommendations(filter: { hasTrackerLink: false }) { totalCount } }", json!({})).await;
        assert_eq!((with.at("/it/totalCount"), with.at("/no/totalCount")), (json!(2), json!(0)));
    }

    /// An action of a document that names an issue of a connected project is that issue. What stands there counts.
    async fn an_imported_action_is_linked(app) {
        let linked = linked(app).await;
        let (ada, tracker) = (&linked.ada, &linked.tracker);
        let number = tracker.open(json!({ "title": "From there", "assignees": [{ "login": "bo" }] }));
        let there = format!("{}/octo/widgets/issues", tracker.url);
        let document = format!(
            "# A bad day\n\n## Action items\n\n- Limit the retries ([#{number}]({there}/{number}))\n- The same ({there}/1)\n- Elsewhere (https://example.org/issues/3)\n"
        );
        let selection = "warnings { message } report { recommendations(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { id } } }";
        let made = app.mutate(ada, "importReport", json!({ "markdown": document, "fileName": "a.md" }), selection).await;
        let items = made.at("/report/recommendations/nodes").as_array().unwrap().clone();
        let told = made.at("/warnings").to_string();
        assert!(told.contains(&format!("is kept in step with {there}/{number};")), "{told}");
        app.keep_trackers().await;
        let id = items[0]["id"].as_str().unwrap();
        assert_eq!(app.links(ada, id).await[0]["state"], "IN_SYNC");
        let shown = app.show(ada, "recommendation", id, "title status owner { id }").await;
        assert_eq!(shown, json!({ "title": "From there", "status": "PROPOSED", "owner": { "id": linked.bo.id } }));
        for item in &items[1..] {
            assert_eq!(app.links(ada, item["id"].as_str().unwrap()).await.len(), 0, "it is another recommendation's, or nobody's");
        }
        assert_eq!(tracker.count("PATCH"), 0);
    }

    /// Nothing of a RESTRICTED report leaves, unless the connection is marked for it.
    async fn what_is_restricted_stays_here(app) {
        let linked = linked(app).await;
        let ada = &linked.ada;
        let report = app.report(ada, json!({ "visibility": "RESTRICTED", "ownerId": ada.id })).await;
        let cause = app.cause(ada, &report, json!({})).await;
        let item = app.item(ada, &[&cause], json!({ "title": "The vault" })).await;
        app.accept(ada, &item, ada, app.day(5)).await;
        app.keep_trackers().await;
        let create = json!({ "recommendationId": item.id, "connectionId": linked.connection.id });
        let refused = app.mutate(ada, "createTrackerIssue", create.clone(), "trackerLink { id }").await;
        assert_eq!(refused.problems()[0].1, "RESTRICTED");
        assert_eq!(linked.tracker.issues().len(), 1);
        let mark = |yes: bool| json!({ "id": linked.connection.id, "includesRestricted": yes });
        app.mutate(ada, "updateTrackerConnection", mark(true), "trackerConnection { id }").await.data();
        app.mutate(ada, "createTrackerIssue", create, "trackerLink { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(2)["title"], "The vault");
        app.mutate(ada, "updateTrackerConnection", mark(false), "trackerConnection { id }").await.data();
        app.mutate(ada, "updateRecommendation", json!({ "id": item.id, "title": "The safe" }), "recommendation { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(2)["title"], "The vault");
        let link = &app.links(ada, &item.id).await[0];
        assert!(link["state"] == "FAILED" && link["lastError"].as_str().unwrap().contains("RESTRICTED"), "{link}");
        let eve = app.user("Eve", Role::Member).await;
        let unseen = app.ask(&eve, "query ($id: ID!) { it: node(id: $id) { id } }", json!({ "id": link["id"] })).await;
        assert_eq!(unseen.at("/it"), Value::Null);
    }

    /// Credentials are sealed, and connections are checked.
    async fn a_connection_is_checked_and_keeps_its_secrets(app) {
        let linked = linked(app).await;
        let stored = app.contents().await["tracker_connection"].join("\n");
        assert!(!stored.contains("ghp_test") && !stored.contains(&linked.connection.secret));
        let mut cases = vec![
            (json!({ "project": "widgets" }), ("project", "MALFORMED_PROJECT")),
            (json!({ "baseUrl": "http://10.0.0.1/" }), ("baseUrl", "ADDRESS_NOT_ALLOWED")),
            (json!({ "name": " " }), ("name", "REQUIRED")),
            (json!({ "statusMap": [{ "external": "open", "status": "ACCEPTED" }] }), ("statusMap", "INCOMPLETE")),
            (json!({ "statusMap": [{ "external": "done", "status": "ACCEPTED" }] }), ("statusMap", "INCOMPLETE")),
            (json!({ "project": "octo/.." }), ("project", "MALFORMED_PROJECT")),
            (json!({ "baseUrl": "https://github.example/?a=b" }), ("baseUrl", "MALFORMED_URL")),
            (json!({ "statusMap": [{ "external": "open", "status": "VERIFIED" }] }), ("statusMap.0.status", "NOT_MAPPABLE")),
        ];
        cases.push((json!({ "inboundSecret": "fifteen letters" }), ("inboundSecret", "TOO_SHORT")));
        cases.push((json!({ "kind": "REDMINE", "project": "widgets", "baseUrl": null }), ("baseUrl", "REQUIRED")));
        for (more, (path, code)) in cases {
            let mut new = json!({ "kind": "GITHUB", "name": "W", "project": "octo/widgets", "token": "t" });
            postmortem_tests::fixtures::merge(&mut new, more);
            let answer = app.mutate(&linked.ada, "createTrackerConnection", new, "inboundSecret").await;
            assert!(answer.problems().contains(&(path.to_owned(), code.to_owned())), "{path} {code}: {:#}", answer.body);
        }
        let secret = async |text: &str| {
            let change = json!({ "id": linked.connection.id, "inboundSecret": text });
            app.mutate(&linked.ada, "updateTrackerConnection", change, "trackerConnection { id }").await
        };
        assert_eq!(secret("fifteen letters").await.problems(), [("inboundSecret".to_owned(), "TOO_SHORT".to_owned())]);
        secret("sixteen letters!").await.data();
        let refused = app.mutate(&linked.bo, "testTrackerConnection", json!({ "id": linked.connection.id }), "isWorking").await;
        assert_eq!(refused.code(), "FORBIDDEN");
        app.mutate(&linked.ada, "deleteTrackerConnection", json!({ "id": linked.connection.id }), "deletedId").await.data();
        assert_eq!(app.links(&linked.ada, &linked.item.id).await, Vec::<Value>::new());
    }
}
