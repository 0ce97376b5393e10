//! Recommendations are kept in step with the issues of a real Redmine.

use chrono::Duration;
use entity::{
    enums::{Role, SyncState},
    tracker_link,
};
use postmortem_api::platform::clock::{Clock, SystemClock};
use postmortem_tests::{Engine, TestApp, TestUser, fixtures::TestItem, redmine::RealRedmine, tracker::TestConnection};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

/// How long ago the test begins, for Redmine: whatever happens there has then happened since the last poll.
const AGO: Duration = Duration::days(40);

/// What the test has at hand.
struct Scene<'a> {
    app: &'a TestApp,
    redmine: &'a RealRedmine,
    ada: TestUser,
    bo: TestUser,
    connection: TestConnection,
    causes: Vec<String>,
}

impl<'a> Scene<'a> {
    async fn new(app: &'a TestApp, redmine: &'a RealRedmine) -> Self {
        app.clock.set(SystemClock.now() - AGO);
        let ada = app.user("Ada", Role::Admin).await;
        let bo = app.user("Bo", Role::Member).await;
        let people = json!([
            { "external": redmine.ada, "userId": ada.id }, { "external": redmine.bo, "userId": bo.id },
        ]);
        let connection = app
            .connect_to(&ada, input(redmine, json!({ "autoCreate": true, "userMap": people })))
            .await;
        assert_eq!(app.problem(&ada, &connection).await, Value::Null);
        let report = app.report(&ada, json!({})).await;
        let causes = vec![app.cause(&ada, &report, json!({})).await];
        Self {
            app,
            redmine,
            ada,
            bo,
            connection,
            causes,
        }
    }

    /// An accepted item with an issue. Returns the issue's number.
    async fn linked(&self, more: Value) -> (TestItem, u64) {
        let causes: Vec<&str> = self.causes.iter().map(String::as_str).collect();
        let item = self.app.item(&self.ada, &causes, more).await;
        // Redmine begins an issue on the day when it is made. What was to be done before is taken all the same.
        self.app.accept(&self.ada, &item, &self.ada, self.app.day(9)).await;
        self.app.keep_trackers().await;
        let link = self.link(&item).await;
        assert_eq!(link["state"], "IN_SYNC", "{link}");
        let number = link["externalKey"].as_str().unwrap().trim_start_matches('#').parse();
        (item, number.unwrap())
    }

    async fn link(&self, item: &TestItem) -> Value {
        let links = self.app.links(&self.ada, &item.id).await;
        links.last().expect("a link").clone()
    }

    async fn shown(&self, item: &TestItem) -> Value {
        let selection = "title status dueOn closureReason owner { id } evidence { url }";
        self.app.show(&self.ada, "recommendation", &item.id, selection).await
    }

    async fn retitle(&self, item: &TestItem, title: &str) {
        let input = json!({ "id": item.id, "title": title });
        self.app
            .mutate(&self.ada, "updateRecommendation", input, "recommendation { id }")
            .await
            .data();
    }

    async fn step(&self, item: &TestItem, mutation: &str, more: Value) {
        self.app.step(&self.ada, mutation, item, more).await.data();
    }

    /// Somebody changes the issue there, and we ask what has changed.
    async fn theirs(&self, number: u64, change: Value) {
        self.redmine.edit(number, change).await;
        self.app.advance(Duration::minutes(11));
        self.app.keep_trackers().await;
    }

    /// The number of a status.
    async fn status(&self, name: &str) -> Value {
        let all = self
            .redmine
            .ask(reqwest::Method::GET, "/issue_statuses.json", Value::Null)
            .await;
        let all = all["issue_statuses"].as_array().unwrap();
        all.iter().find(|status| status["name"] == name).unwrap()["id"].clone()
    }
}

fn input(redmine: &RealRedmine, more: Value) -> Value {
    let mut input = json!({
        "kind": "REDMINE", "name": "Redmine", "baseUrl": redmine.url, "project": "widgets", "token": redmine.key,
    });
    postmortem_tests::fixtures::merge(&mut input, more);
    input
}

fn says(link: &Value, word: &str) -> bool {
    link.as_str().unwrap_or_default().contains(word)
}

/// Acceptance makes an issue with all that Redmine has a place for.
async fn an_issue_is_made(scene: &Scene<'_>) {
    let (app, redmine) = (scene.app, scene.redmine);
    for (priority, name) in [
        ("P0", "Immediate"),
        ("P1", "High"),
        ("P2", "Normal"),
        ("P3", "Low"),
        ("P4", "Low"),
    ] {
        let title = format!("Limit the retries at {:?}: {priority}", app.engine);
        let new =
            json!({ "title": title, "description": "At the *edge*.", "priority": priority, "labels": ["network"] });
        let (item, number) = scene.linked(new).await;
        let issue = redmine.issue(number).await;
        assert_eq!(
            (&issue["subject"], &issue["status"]["name"]),
            (&json!(title), &json!("New"))
        );
        assert_eq!(
            (&issue["priority"]["name"], &issue["due_date"]),
            (&json!(name), &json!(app.day(9)))
        );
        assert_eq!(issue["assigned_to"]["id"].to_string(), redmine.ada);
        let text = issue["description"].as_str().unwrap();
        assert!(text.contains("At the *edge*.") && text.contains(&item.key), "{text}");
        let url = format!("{}/issues/{number}", redmine.url);
        assert_eq!(scene.link(&item).await["url"], json!(url));
    }
}

/// What either side changes, the other hears of.
async fn both_sides_are_edited(scene: &Scene<'_>) {
    let (app, redmine) = (scene.app, scene.redmine);
    let (item, number) = scene.linked(json!({ "title": "From the beginning" })).await;
    scene.retitle(&item, "From here: Ünïcode \u{1f4a5}").await;
    scene.step(&item, "startRecommendation", json!({})).await;
    scene
        .step(
            &item,
            "changeDueDate",
            json!({ "dueOn": app.day(80), "reason": "A supplier." }),
        )
        .await;
    scene
        .step(&item, "assignRecommendation", json!({ "ownerId": scene.bo.id }))
        .await;
    app.keep_trackers().await;
    let issue = redmine.issue(number).await;
    assert_eq!(
        (&issue["subject"], &issue["status"]["name"]),
        (&json!("From here: Ünïcode \u{1f4a5}"), &json!("In Progress"))
    );
    assert_eq!(
        (issue["assigned_to"]["id"].to_string(), &issue["due_date"]),
        (redmine.bo.clone(), &json!(app.day(80)))
    );
    assert_eq!(scene.link(&item).await["state"], "IN_SYNC");

    let due = app.day(90);
    scene
        .theirs(
            number,
            json!({ "subject": "From there", "assigned_to_id": redmine.ada, "due_date": due }),
        )
        .await;
    let shown = scene.shown(&item).await;
    assert_eq!((&shown["title"], &shown["dueOn"]), (&json!("From there"), &json!(due)));
    assert_eq!(shown["owner"]["id"], json!(scene.ada.id));
    scene
        .theirs(number, json!({ "assigned_to_id": "", "due_date": "" }))
        .await;
    let issue = redmine.issue(number).await;
    assert_eq!(
        issue["assigned_to"]["id"].to_string(),
        redmine.ada,
        "committed work has an owner"
    );
    assert_eq!(issue["due_date"], json!(due), "and a due date");
    assert_eq!(scene.link(&item).await["state"], "IN_SYNC");
}

/// Closed and opened again, there and here.
async fn the_status_goes_both_ways(scene: &Scene<'_>) {
    let (app, redmine) = (scene.app, scene.redmine);
    let (item, number) = scene.linked(json!({})).await;
    scene
        .theirs(number, json!({ "status_id": scene.status("Closed").await }))
        .await;
    let shown = scene.shown(&item).await;
    let url = format!("{}/issues/{number}", redmine.url);
    assert_eq!(
        (&shown["status"], &shown["evidence"]),
        (&json!("IMPLEMENTED"), &json!([{ "url": url }]))
    );
    scene
        .theirs(number, json!({ "status_id": scene.status("New").await }))
        .await;
    assert_eq!(scene.shown(&item).await["status"], "ACCEPTED");
    scene
        .theirs(number, json!({ "status_id": scene.status("Feedback").await }))
        .await;
    assert_eq!(scene.shown(&item).await["status"], "IN_PROGRESS");
    scene
        .step(
            &item,
            "declineRecommendation",
            json!({ "reason": "REJECTED", "note": "Too dear." }),
        )
        .await;
    app.keep_trackers().await;
    assert_eq!(redmine.issue(number).await["status"]["name"], "Rejected");
    scene
        .step(&item, "reopenRecommendation", json!({ "reason": "It is cheaper now." }))
        .await;
    app.keep_trackers().await;
    assert_eq!(redmine.issue(number).await["status"]["name"], "New");
    scene
        .theirs(number, json!({ "status_id": scene.status("Rejected").await }))
        .await;
    let shown = scene.shown(&item).await;
    assert_eq!(
        (&shown["status"], &shown["closureReason"]),
        (&json!("DECLINED"), &json!("REJECTED"))
    );
    assert_eq!(scene.link(&item).await["state"], "IN_SYNC");
}

/// Both titles stay until somebody chooses.
async fn a_conflict_is_settled(scene: &Scene<'_>) {
    let (item, number) = scene.linked(json!({})).await;
    for (keep, kept) in [("TRACKER", "Theirs"), ("POSTMORTEM", "Ours")] {
        scene.retitle(&item, "Ours").await;
        scene.theirs(number, json!({ "subject": "Theirs" })).await;
        let link = scene.link(&item).await;
        assert_eq!(link["state"], "CONFLICT", "{link}");
        let settle = json!({ "id": link["id"], "keep": keep });
        scene
            .app
            .mutate(&scene.ada, "settleTrackerConflict", settle, "trackerLink { id }")
            .await
            .data();
        scene.app.keep_trackers().await;
        let titles = (
            scene.shown(&item).await["title"].clone(),
            scene.redmine.issue(number).await["subject"].clone(),
        );
        assert_eq!(titles, (json!(kept), json!(kept)));
        scene.retitle(&item, "Agreed").await;
        scene.app.keep_trackers().await;
    }
}

/// What Redmine refuses is said in its words.
async fn a_refusal_is_seen(scene: &Scene<'_>) {
    let (app, ada) = (scene.app, &scene.ada);
    let (item, number) = scene.linked(json!({})).await;
    let people = |external: &str| {
        let people = json!([{ "external": scene.redmine.ada, "userId": ada.id }, { "external": external, "userId": scene.bo.id }]);
        json!({ "id": scene.connection.id, "userMap": people })
    };
    app.mutate(
        ada,
        "updateTrackerConnection",
        people("4711"),
        "trackerConnection { id }",
    )
    .await
    .data();
    scene
        .step(&item, "assignRecommendation", json!({ "ownerId": scene.bo.id }))
        .await;
    app.keep_trackers().await;
    let link = scene.link(&item).await;
    assert!(
        link["state"] == "FAILED" && says(&link["lastError"], "Assignee is invalid"),
        "{link}"
    );
    app.mutate(
        ada,
        "updateTrackerConnection",
        people(&scene.redmine.bo),
        "trackerConnection { id }",
    )
    .await
    .data();
    app.keep_trackers().await;
    assert_eq!(
        scene.redmine.issue(number).await["assigned_to"]["id"].to_string(),
        scene.redmine.bo
    );
    assert_eq!(scene.link(&item).await["state"], "IN_SYNC");
}

/// Killed after the call and before it was written down: the issue is found by its last line.
async fn a_crash_makes_no_second_issue(scene: &Scene<'_>) {
    let app = scene.app;
    let title = format!("Half made on {:?}", app.engine);
    let (item, number) = scene.linked(json!({ "title": title })).await;
    let link: entity::ids::TrackerLinkId = scene.link(&item).await["id"].as_str().unwrap().parse().unwrap();
    tracker_link::Entity::update_many()
        .col_expr(tracker_link::Column::ExternalId, Expr::value(None::<String>))
        .col_expr(tracker_link::Column::State, Expr::value(SyncState::Pending))
        .col_expr(
            tracker_link::Column::LastSyncedAt,
            Expr::value(None::<chrono::DateTime<chrono::Utc>>),
        )
        .filter(tracker_link::Column::Id.eq(link))
        .exec(&app.operator().await.db)
        .await
        .unwrap();
    app.advance(Duration::hours(25));
    app.keep_trackers().await;
    let link = scene.link(&item).await;
    assert_eq!(
        (&link["state"], &link["externalKey"]),
        (&json!("IN_SYNC"), &json!(format!("#{number}"))),
        "{link}"
    );
    assert_eq!(scene.redmine.titled(&title).await.len(), 1);
}

/// An issue that is gone is said to be so.
async fn a_deleted_issue_is_noticed(scene: &Scene<'_>) {
    let (item, number) = scene.linked(json!({})).await;
    scene.redmine.delete(number).await;
    scene.retitle(&item, "Gone").await;
    scene.app.keep_trackers().await;
    let link = scene.link(&item).await;
    assert!(
        link["state"] == "UNLINKED" && says(&link["lastError"], "The issue is gone"),
        "{link}"
    );
}

/// What is wrong with a connection is one sentence.
async fn a_connection_says_what_is_wrong(scene: &Scene<'_>) {
    let (app, ada) = (scene.app, &scene.ada);
    let cases = [
        (json!({ "token": "wrong" }), "does not take the token"),
        (json!({ "project": "nothing" }), "no such project"),
        (json!({ "project": "gadgets" }), "takes no changes"),
        (
            json!({ "baseUrl": format!("{}/below", scene.redmine.url) }),
            "no such project",
        ),
    ];
    for (wrong, sentence) in cases {
        let connection = app.connect_to(ada, input(scene.redmine, wrong.clone())).await;
        let problem = app.problem(ada, &connection).await;
        assert!(says(&problem, sentence), "{wrong}: {problem}");
        let causes: Vec<&str> = scene.causes.iter().map(String::as_str).collect();
        let item = app.item(ada, &causes, json!({})).await;
        let create = json!({ "recommendationId": item.id, "connectionId": connection.id });
        app.mutate(ada, "createTrackerIssue", create, "trackerLink { id }")
            .await
            .data();
        app.keep_trackers().await;
        let shown = "query ($id: ID!) { it: node(id: $id) { ... on TrackerConnection { lastError } } }";
        let shown = app
            .ask(ada, shown, json!({ "id": connection.id }))
            .await
            .at("/it/lastError");
        let link = scene.link(&item).await;
        let is_said = says(&shown, sentence) || says(&link["lastError"], sentence);
        assert!(is_said && link["state"] != "IN_SYNC", "{wrong}: {shown} {link}");
        app.mutate(
            ada,
            "deleteTrackerConnection",
            json!({ "id": connection.id }),
            "deletedId",
        )
        .await
        .data();
    }
}

#[actix_web::test]
async fn a_real_redmine_is_kept_in_step() {
    let redmine = RealRedmine::start();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::new(engine).await;
        let scene = Scene::new(&app, &redmine).await;
        an_issue_is_made(&scene).await;
        both_sides_are_edited(&scene).await;
        the_status_goes_both_ways(&scene).await;
        a_conflict_is_settled(&scene).await;
        a_refusal_is_seen(&scene).await;
        a_crash_makes_no_second_issue(&scene).await;
        a_deleted_issue_is_noticed(&scene).await;
        a_connection_says_what_is_wrong(&scene).await;
        app.finish().await;
    }
}
