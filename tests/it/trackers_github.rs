//! What we ask GitHub keeps to the description that GitHub publishes of itself, and what GitHub tells by its webhooks is taken as its
//! own library takes it.

use actix_web::http::StatusCode;
use chrono::Duration;
use entity::enums::{Priority, Role, TrackerKind};
use postmortem_api::{
    platform::secret::Secret,
    trackers::{
        model::{Connection, StatusMap},
        service::{
            probe,
            remote::{Draft, Edit, Failure, Tracker, provider},
        },
    },
};
use postmortem_tests::{
    Engine, TestApp,
    github::{DescribedGithub, github_takes, signed_examples},
    on_both_databases, wait_until,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::trackers::{Linked, linked};

const REPOSITORY: &str = "/api/v3/repos/octo/widgets";

fn opened(app: &TestApp, github: &DescribedGithub) -> Box<dyn Tracker> {
    let provider = provider(TrackerKind::Github);
    let connection = Connection {
        kind: TrackerKind::Github,
        name: "Widgets".to_owned(),
        base_url: github.url.clone(),
        project: "octo/widgets".to_owned(),
        auto_create: false,
        is_enabled: true,
        includes_restricted: false,
        statuses: StatusMap((provider.statuses)()),
        people: Vec::new(),
    };
    let wire = probe::wire(&app.app).unwrap();
    (provider.open)(&connection, Secret::new("ghp_test".to_owned()), wire)
}

/// The whole way, as far as a server goes that answers always the same: the issue of the examples is made, and a change of it is not
/// taken over.
async fn from_end_to_end(app: &TestApp, github: &DescribedGithub) {
    let ada = app.user("Ada", Role::Admin).await;
    let connection = app
        .connect_to(
            &ada,
            json!({
                "kind": "GITHUB", "name": "Widgets", "baseUrl": github.url, "project": "octo/widgets", "token": "ghp_test",
                "autoCreate": true, "userMap": [{ "external": "octocat", "userId": ada.id }],
            }),
        )
        .await;
    assert_eq!(app.problem(&ada, &connection).await, Value::Null);
    let report = app.report(&ada, json!({})).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    let like_the_example = json!({ "title": "Found a bug", "labels": ["bug"] });
    let item = app.item(&ada, &[&cause], like_the_example).await;
    app.accept(&ada, &item, &ada, app.day(30)).await;
    app.keep_trackers().await;
    let link = &app.links(&ada, &item.id).await[0];
    assert_eq!(link["state"], "IN_SYNC", "{link}");
    assert_eq!(
        (&link["externalKey"], &link["externalStatus"]),
        (&json!("#1347"), &json!("open"))
    );
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .ends_with("/octocat/Hello-World/issues/1347"),
        "{link}"
    );
    let title = json!({ "id": item.id, "title": "Ours" });
    app.mutate(&ada, "updateRecommendation", title, "recommendation { id }")
        .await
        .data();
    app.keep_trackers().await;
    let link = &app.links(&ada, &item.id).await[0];
    assert!(
        link["lastError"].as_str().unwrap().contains("did not take over: title"),
        "{link}"
    );
}

fn edits() -> Vec<Edit> {
    let status = |word: &str| Edit {
        status: Some(word.to_owned()),
        ..Edit::default()
    };
    let assignee = |name: Option<&str>| Edit {
        assignees: Some(name.map(str::to_owned).into_iter().collect()),
        ..Edit::default()
    };
    vec![
        Edit {
            title: Some("Ünïcode \u{1f4a5}".to_owned()),
            ..Edit::default()
        },
        status("completed"),
        status("not_planned"),
        status("duplicate"),
        status("open"),
        assignee(Some("octocat")),
        assignee(None),
        Edit {
            title: Some("All at once".to_owned()),
            status: Some("completed".to_owned()),
            assignees: Some(vec!["octocat".to_owned(), "hubot".to_owned()]),
            due_on: None,
        },
    ]
}

/// Each thing that is ever asked.
async fn one_by_one(app: &TestApp, tracker: &dyn Tracker) {
    let since = app.now() - Duration::days(1);
    tracker.check().await.unwrap();
    let issue = tracker.read("1347").await.unwrap();
    assert_eq!(
        (issue.id.as_str(), issue.title.as_str(), issue.status.as_str()),
        ("1347", "Found a bug", "open")
    );
    assert_eq!(issue.assignees[0].name, "octocat");
    assert_eq!(
        (issue.body.as_str(), issue.due_on),
        ("I'm having a problem with this.", None)
    );
    let changed = tracker.changed(since, None).await.unwrap();
    assert_eq!(
        changed.issues.iter().map(|issue| issue.id.as_str()).collect::<Vec<_>>(),
        ["1347"]
    );
    assert_eq!(changed.next, None);
    tracker.changed(since, Some("700")).await.unwrap();
    let found = tracker.find("having a problem", since).await.unwrap();
    assert_eq!(found.map(|issue| issue.id), Some("1347".to_owned()));
    assert_eq!(tracker.find("postmortem:lnk-", since).await, Ok(None));
    // The example of a profile has this address.
    assert_eq!(
        tracker.person("octocat@github.com").await.unwrap().as_deref(),
        Some("octocat")
    );
    assert_eq!(tracker.person("tocat@github.com").await, Ok(None));
    for assignee in [None, Some("octocat".to_owned())] {
        let draft = Draft {
            title: "Found a bug".to_owned(),
            body: "postmortem:lnk-".to_owned(),
            marker: "postmortem:lnk-".to_owned(),
            labels: assignee.iter().map(|_| "network".to_owned()).collect(),
            priority: Priority::P0,
            assignee,
            due_on: Some(app.day(1)),
        };
        assert_eq!(tracker.create(&draft).await.unwrap().id, "1347");
    }
    for edit in edits() {
        let answer = tracker.edit("1347", &edit).await;
        assert_eq!(answer.map(|issue| issue.id), Ok("1347".to_owned()), "{edit:?}");
    }
}

/// What is wrong is refused: else all of this would show nothing.
async fn what_is_wrong_is_refused(app: &TestApp, tracker: &dyn Tracker, github: &DescribedGithub) {
    let wrong = Edit {
        status: Some("done".to_owned()),
        ..Edit::default()
    };
    let answer = tracker.edit("1347", &wrong).await;
    assert!(matches!(answer, Err(Failure::Refused(_))), "{answer:?}");
    let wire = probe::wire(&app.app).unwrap();
    let headers = [("accept", "application/vnd.github+json".to_owned())];
    let wrong = [
        (Method::POST, "/issues", json!({ "body": "No title." })),
        (Method::POST, "/issues", json!({ "title": "A", "assignees": "octocat" })),
        (Method::POST, "/issues", json!({ "title": "A", "dueOn": "2026-03-02" })),
        (Method::PATCH, "/issues/1347", json!({ "state": "close" })),
        (Method::PATCH, "/issues/x", json!({ "state": "closed" })),
    ];
    for (method, path, body) in wrong {
        let url = format!("{}{REPOSITORY}{path}", github.url);
        let answer = wire.send(method, &url, &headers, Some(&body)).await.unwrap();
        assert_eq!(answer.status, 422, "{path} {body}");
    }
    for query in ["state=any", "since=yesterday", "sort=age"] {
        let url = format!("{}{REPOSITORY}/issues?{query}", github.url);
        assert_eq!(
            wire.send(Method::GET, &url, &headers, None).await.unwrap().status,
            422,
            "{query}"
        );
    }
    wait_until(async || github.violations().len() >= 9).await;
}

#[actix_web::test]
async fn what_we_ask_is_what_github_describes() {
    for description in ["api.github.com", "ghes-3.17"] {
        let github = DescribedGithub::start(description);
        let app = TestApp::new(Engine::Sqlite).await;
        from_end_to_end(&app, &github).await;
        let tracker = opened(&app, &github);
        one_by_one(&app, &*tracker).await;
        assert_eq!(github.violations(), Vec::<String>::new());
        let asked = [
            "get ",
            "get /issues",
            "get /issues/1347",
            "post /issues",
            "patch /issues/1347",
        ];
        let asked = asked.map(|request| request.replacen(' ', &format!(" {REPOSITORY}"), 1));
        let mut asked = [
            asked.to_vec(),
            vec![
                "get /api/v3/search/users".to_owned(),
                "get /api/v3/users/mojombo".to_owned(),
            ],
        ]
        .concat();
        asked.sort();
        let mut requests = github.requests();
        requests.sort();
        requests.dedup();
        assert_eq!(requests, asked);
        what_is_wrong_is_refused(&app, &*tracker, &github).await;
        app.finish().await;
    }
}

async fn send(app: &TestApp, linked: &Linked, delivery: &str, notice: &Value) -> StatusCode {
    let text = |name: &str| notice[name].as_str().unwrap_or_default();
    let path = format!("/hooks/trackers/{}", linked.connection.id);
    let headers = [
        ("x-github-delivery", delivery),
        ("x-github-event", text("event")),
        ("x-hub-signature-256", text("signature")),
        ("content-type", "application/json"),
    ];
    app.post_to(&path, &headers, text("body")).await.0
}

/// Another text, one bit away.
fn flip(notice: &Value, name: &str, position: usize) -> Value {
    let mut bytes = notice[name].as_str().unwrap().as_bytes().to_vec();
    bytes[position] ^= 1;
    let mut flipped = notice.clone();
    flipped[name] = json!(String::from_utf8(bytes).unwrap());
    flipped
}

on_both_databases! {
    /// Every example that GitHub gives of its webhooks is taken. One about an issue that is linked leads to a look at it.
    async fn what_github_tells_is_taken(app) {
        let linked = linked(app).await;
        let report = app.report(&linked.ada, json!({})).await;
        let cause = app.cause(&linked.ada, &report, json!({})).await;
        let second = app.item(&linked.ada, &[&cause], json!({})).await;
        app.accept(&linked.ada, &second, &linked.ada, app.day(3)).await;
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issues().len(), 2);
        let examples = signed_examples(&linked.connection.secret);
        let (mut looked, mut events) = (0, Vec::new());
        for (position, example) in examples.iter().enumerate() {
            linked.tracker.forget();
            let status = send(app, &linked, &format!("delivery {position}"), example).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{}", example["event"]);
            app.keep_trackers().await;
            let calls: Vec<(String, String)> = linked.tracker.calls().into_iter().map(|call| (call.method, call.path)).collect();
            let expected: Vec<(String, String)> = match example["number"].as_u64() {
                Some(number) if number <= 2 => vec![("GET".to_owned(), format!("/issues/{number}"))],
                _ => Vec::new(),
            };
            assert_eq!(calls, expected, "{} {}", example["event"], example["body"]);
            if !expected.is_empty() {
                looked += 1;
                events.push(example["event"].as_str().unwrap());
            }
        }
        events.dedup();
        assert!(looked >= 29 && events.contains(&"issues"), "{looked} {events:?}");
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
    }

    /// We take what GitHub's library takes, and refuse what it refuses.
    async fn we_agree_with_the_library_of_github(app) {
        let linked = linked(app).await;
        let secret = &linked.connection.secret;
        let good = signed_examples(secret).into_iter().find(|example| example["event"] == "issues").unwrap();
        let other = signed_examples("another secret").into_iter().find(|example| example["event"] == "issues").unwrap();
        let last = good["body"].as_str().unwrap().len() - 1;
        let mut cases = vec![
            (good.clone(), true),
            (other, false),
            (flip(&good, "body", 0), false),
            (flip(&good, "body", last), false),
            (flip(&good, "signature", 7), false),
            (flip(&good, "signature", 70), false),
            (flip(&good, "signature", 0), false),
        ];
        for wrong in ["sha256=", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"] {
            let mut case = good.clone();
            case["signature"] = json!(wrong);
            cases.push((case, false));
        }
        let mut ours = Vec::new();
        for (position, (case, _)) in cases.iter_mut().enumerate() {
            case["secret"] = json!(secret);
            ours.push(send(app, &linked, &position.to_string(), case).await == StatusCode::ACCEPTED);
        }
        let (cases, expected): (Vec<Value>, Vec<bool>) = cases.into_iter().unzip();
        assert_eq!((ours, github_takes(&cases)), (expected.clone(), expected));
    }
}
