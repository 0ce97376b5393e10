//! A whole database copied into an empty one of the other kind: every row, and everything that is asked of it.

use chrono::Duration;
use entity::{
    calendar_feed_item,
    enums::{FeedItemState, Role, SubjectKind},
    evidence, idempotency_key,
    ids::TypedId,
    incident_external_ref, incident_service, incident_service_version, login_attempt, oidc_provider, scheduler_lease,
    tracker_notice, tracker_person, web_session, webhook_attempt,
};
use postmortem_api::{
    jobs,
    platform::{
        db::{self, Databases},
        error::Error,
    },
    search::service::index_all,
};
use postmortem_tests::{Engine, TestApp, TestDatabase, TestUser, contents_of};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::{
    authz_matrix,
    demo::load,
    settings_and_cli::{Machine, refusal, stdout},
    trackers,
};

fn at(database: &TestDatabase) -> Databases {
    Databases::new(&database.url, 2, 60_000).unwrap()
}

/// As the command does it, when all processes have stopped.
async fn copy(app: &TestApp, to: &Databases) -> Result<db::Copied, Error> {
    let later = app.now() + Duration::minutes(10);
    db::copy(&app.app.databases, to, later, async |tx| index_all(tx).await).await
}

/// A process on a copy, with the clock of the first.
async fn serving(app: &TestApp, copy: &TestDatabase) -> TestApp {
    let url = copy.url.clone();
    app.another_process_with(|settings| postmortem_api::platform::settings::Settings {
        database_url: url,
        ..settings
    })
    .await
}

/// What is asked of a database, and must not depend on where it is.
const QUESTIONS: [&str; 7] = [
    "{ followThrough(groupBy: TEAM) { overall { accepted implemented overdue completionRate medianDaysToImplement } groups { key metrics { accepted open } } } }",
    "{ followThroughTrend(from: \"2025-01-01\", to: \"2026-12-31\", interval: MONTH) { at accepted implemented open overdue } }",
    "{ recommendations(first: 100) { totalCount edges { cursor node { id key title status dueOn labels version owner { name email } rootCauses { nodes { title } } } } } }",
    "{ reports(first: 100, filter: { status: { notIn: [] } }) { totalCount nodes { key markdown status findings { code } revisions(first: 5) { nodes { markdown } } } } }",
    "{ events(first: 100) { edges { cursor node { id type occurredAt changes { field from to } } } } }",
    "{ search(query: \"limit\", first: 50) { edges { cursor node { key title score } } } }",
    "{ users(first: 100) { nodes { name email role teams { slug } identities { subject } } } }",
];

async fn answers(app: &TestApp, who: &TestUser) -> Vec<Value> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        answers.push(app.ask(who, question, json!({})).await.data().clone());
    }
    answers
}

/// A row or more of every table. What nothing in the matrix makes is written here.
async fn everything(app: &TestApp) -> TestUser {
    authz_matrix::run(app).await;
    trackers::everything(app).await;
    let now = app.now();
    app.store([login_attempt::Model {
        state_hash: "ü".to_owned(),
        browser_hash: "b".to_owned(),
        issuer: "https://login.example.org".to_owned(),
        nonce: "n".to_owned(),
        pkce_verifier: "v".to_owned(),
        return_to: "/".to_owned(),
        created_at: now,
        expires_at: now + Duration::days(400),
    }])
    .await;
    app.store([idempotency_key::Model {
        principal_id: app.mint::<entity::ids::UserId>().uuid(),
        key_hash: "k".to_owned(),
        request_hash: "r".to_owned(),
        holder: app.mint::<entity::ids::ProcessId>().uuid(),
        held_until: now,
        commits: 1,
        status_code: Some(200),
        sealed_answer: Some("sealed".to_owned()),
        expires_at: now + Duration::days(400),
    }])
    .await;
    app.store([oidc_provider::Model {
        issuer: "https://login.example.org".to_owned(),
        keys: json!({ "keys": [{ "kid": "1", "n": 1.5, "deep": { "b": null, "a": "\u{1F600}\n\"" } }] }),
        endpoints: None,
        fetched_at: now,
    }])
    .await;
    parts(app).await;
    // The job that tells of what is late, and notes the day.
    app.advance(Duration::days(90));
    jobs::run_once(&app.app).await.unwrap();
    let admin = app.user("Ada Lovelace", Role::Admin).await;
    let report = app
        .report(&admin, json!({ "ownerId": admin.id, "labels": ["dns"] }))
        .await;
    // A cause that is explained by one that was found later: rows refer to rows that come after them.
    let cause = app.cause(&admin, &report, json!({ "title": "A retry storm" })).await;
    let why = app
        .cause(&admin, &report, json!({ "title": "No limit on the queue" }))
        .await;
    app.mutate(
        &admin,
        "updateRootCause",
        json!({ "id": cause, "parentId": why }),
        "rootCause { id }",
    )
    .await
    .data();
    admin
}

/// Rows of tables that hang on others, and of those in which rows last for moments only.
async fn parts(app: &TestApp) {
    let (now, db) = (app.now(), app.db().await);
    let later = now + Duration::days(400);
    macro_rules! some {
        ($table:ident) => {
            entity::$table::Entity::find().one(&db).await.unwrap().unwrap()
        };
    }
    let (person, item, incident, service) = (some!(user), some!(recommendation), some!(incident), some!(service));
    let (connection, feed, delivery) = (some!(tracker_connection), some!(calendar_feed), some!(webhook_delivery));
    app.stored_policy(some!(team).id, 9).await;
    app.store([evidence::Model {
        id: app.mint(),
        recommendation_id: item.id,
        url: "https://example.org/1".to_owned(),
        note: None,
        added_by_id: Some(person.id),
        added_at: now + Duration::microseconds(1),
    }])
    .await;
    app.store([incident_external_ref::Model {
        incident_id: incident.id,
        system: "pager".to_owned(),
        external_id: "P-1".to_owned(),
        url: None,
    }])
    .await;
    let (incident_id, service_id) = (incident.id, service.id);
    app.store([incident_service::Model {
        incident_id,
        service_id,
    }])
    .await;
    app.store([incident_service_version::Model {
        incident_id,
        service_id,
        valid_from: now,
        valid_to: Some(later),
    }])
    .await;
    app.store([tracker_person::Model {
        connection_id: connection.id,
        user_id: person.id,
        external: Some("mia".to_owned()),
        asked_at: now,
    }])
    .await;
    app.store([tracker_notice::Model {
        id: app.mint(),
        connection_id: connection.id,
        delivery: "1".to_owned(),
        body: String::new(),
        received_at: now,
        done_at: Some(now),
    }])
    .await;
    app.store([web_session::Model {
        id_hash: "x".to_owned(),
        user_id: person.id,
        issuer: "https://login.example.org".to_owned(),
        created_at: now,
        expires_at: later,
    }])
    .await;
    app.store([calendar_feed_item::Model {
        feed_id: feed.id,
        subject_id: item.id.uuid(),
        subject_kind: SubjectKind::Recommendation,
        state: FeedItemState::Shown,
        sequence: 0,
        fingerprint: "f".to_owned(),
        due_on: app.day(0),
        changed_at: now,
        left_at: None,
    }])
    .await;
    app.store([webhook_attempt::Model {
        id: app.mint(),
        delivery_id: delivery.id,
        at: later,
        duration_ms: 3,
        status_code: Some(200),
        error: None,
        response_snippet: Some("Thank you".to_owned()),
    }])
    .await;
}

async fn moves(from: Engine, to: Engine) {
    let app = TestApp::with_settings(from, authz_matrix::settings).await;
    let admin = everything(&app).await;
    let target = TestDatabase::empty(to).await;
    let copied = copy(&app, &at(&target)).await.unwrap();

    let before = app.contents().await;
    assert_eq!(contents_of(&at(&target).here().await.unwrap()).await, before);
    let rows: usize = before.values().map(Vec::len).sum();
    assert_eq!((copied.rows(), copied.tables.len()), (rows as u64, before.len()));
    let empty: Vec<_> = copied
        .tables
        .iter()
        .filter(|(_, rows)| *rows == 0)
        .map(|(table, _)| *table)
        .collect();
    assert!(empty.is_empty(), "nothing was copied of {empty:?}");

    let other = serving(&app, &target).await;
    for ((question, one), two) in QUESTIONS
        .iter()
        .zip(answers(&app, &admin).await)
        .zip(answers(&other, &admin).await)
    {
        assert_eq!(one, two, "{question}");
    }
    // Numbers go on after those that came along, and the search hears of what is new.
    let last = app.events().await.last().unwrap().sequence;
    let report = other.report(&admin, json!({ "title": "Zebra crossing" })).await;
    let events = other.events().await;
    assert!(events.iter().any(|event| event.sequence == last + 1));
    let found = other
        .ask(
            &admin,
            "{ search(query: \"zebra\", first: 5) { nodes { subject { id } } } }",
            json!({}),
        )
        .await;
    let found = found.data().to_string();
    assert!(found.contains(&report.id), "{found}");
    jobs::run_once(&other.app).await.unwrap();
    other.check_events().await;
    app.finish().await;
    target.drop().await;
}

/// All that is done before the copy, unoptimised, takes more stack than a test has.
fn with_room(from: Engine, to: Engine) {
    let work = move || actix_web::rt::System::new().block_on(moves(from, to));
    let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn every_row_arrives_from_sqlite_on_postgres() {
    with_room(Engine::Sqlite, Engine::Postgres);
}

#[test]
fn every_row_arrives_from_postgres_on_sqlite() {
    with_room(Engine::Postgres, Engine::Sqlite);
}

fn sentence<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome.expect_err("a refusal") {
        Error::Internal(source) => source.to_string(),
        other => other.to_string(),
    }
}

async fn refuses(from: Engine, to: Engine) {
    let app = TestApp::new(from).await;
    app.world().await;
    let target = TestDatabase::new(to).await;
    let other = at(&target);

    // A process at work.
    jobs::run_once(&app.app).await.unwrap();
    let early = db::copy(&app.app.databases, &other, app.now(), async |tx| index_all(tx).await).await;
    assert!(sentence(early).contains("stop all of them"));
    let db = other.here().await.unwrap();
    assert!(scheduler_lease::Entity::find().all(&db).await.unwrap().is_empty());

    // Another schema, on either side.
    for (databases, side) in [(&app.app.databases, "to be copied"), (&other, "to copy into")] {
        let db = databases.here().await.unwrap();
        let step = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)";
        db.execute_unprepared(step).await.unwrap();
        let refused = sentence(copy(&app, &other).await);
        assert!(
            refused.contains(side) && refused.contains("postmortem migrate"),
            "{refused}"
        );
        let gone = "DELETE FROM seaql_migrations WHERE version = 'm9999_later'";
        db.execute_unprepared(gone).await.unwrap();
    }

    // One that has something, if only the key of a process that was started on it.
    let guest = serving(&app, &target).await;
    let refused = sentence(copy(&app, &other).await);
    assert!(refused.contains("signing_key has rows; name a new one"), "{refused}");
    guest.user("Somebody", Role::Member).await;
    let kept = contents_of(&db).await;
    assert!(sentence(copy(&app, &other).await).contains("is not empty"));
    assert_eq!(contents_of(&db).await, kept, "nothing of it was touched");
    let itself = sentence(copy(&app, &app.app.databases).await);
    assert!(itself.contains("is not empty"), "{itself}");
    app.finish().await;
    target.drop().await;
}

#[actix_web::test]
async fn what_is_in_use_or_not_empty_is_refused_on_postgres() {
    refuses(Engine::Sqlite, Engine::Postgres).await;
}

#[actix_web::test]
async fn what_is_in_use_or_not_empty_is_refused_on_sqlite() {
    refuses(Engine::Postgres, Engine::Sqlite).await;
}

/// A comparison that could not fail would be worth nothing.
#[actix_web::test]
async fn a_row_that_arrives_as_another_is_found_and_nothing_stays() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.world().await;
    for (when, change) in [
        ("INSERT ON team", "UPDATE team SET name = name || ' ' WHERE id = NEW.id"),
        ("INSERT ON report_label", "DELETE FROM report_label WHERE label = 'dns'"),
    ] {
        let target = TestDatabase::new(Engine::Sqlite).await;
        let db = at(&target).here().await.unwrap();
        db.execute_unprepared(&format!("CREATE TRIGGER wrong AFTER {when} BEGIN {change}; END"))
            .await
            .unwrap();
        let before = contents_of(&db).await;
        let refused = sentence(copy(&app, &at(&target)).await);
        assert!(refused.contains("is not what it was; nothing was copied"), "{refused}");
        assert_eq!(contents_of(&db).await, before);
    }
    app.finish().await;
}

/// The demo, by the command, and what the operator is told of the key.
#[actix_web::test]
async fn an_operator_moves_to_postgres_and_back() {
    let machine = Machine::new();
    let target = TestDatabase::empty(Engine::Postgres).await;
    let run = |args: &[&str]| {
        let here: &[&str] = match args.first() {
            Some(&"--database-url") => &[],
            _ => &["--database-url", "sqlite://moved.db"],
        };
        machine.run(&[here, args].concat())
    };
    let nothing = refusal(&run(&["copy", "--to", &target.url]));
    assert!(nothing.contains("There is no database moved.db"), "{nothing}");
    let loaded = run(&["demo", "--load-only"]);
    assert!(loaded.status.success(), "{loaded:?}");
    std::fs::write(machine.0.path().join("moved.db.key"), "").unwrap();

    let moved = run(&["copy", "--to", &target.url]);
    assert!(stdout(&moved).starts_with("Copied "), "{moved:?}");
    assert!(stdout(&moved).contains(" rows of "), "{moved:?}");
    let told = String::from_utf8_lossy(&moved.stderr).into_owned();
    assert!(told.contains("sealing_key, with what stands in moved.db.key"), "{told}");
    assert!(told.contains("the key that tokens are signed with"), "{told}");
    let again = refusal(&run(&["copy", "--to", &target.url]));
    assert!(again.contains("is not empty"), "{again}");

    let back = run(&["--database-url", &target.url, "copy", "--to", "sqlite://back.db"]);
    assert!(stdout(&back).starts_with("Copied "), "{back:?}");
    // The one file holds all of it, once a command has ended.
    let alone = |name: &str| {
        let (file, copy) = (
            machine.0.path().join(name),
            machine.0.path().join(format!("{name}.alone")),
        );
        std::fs::copy(file, &copy).unwrap();
        Databases::new(&format!("sqlite://{}", copy.display()), 2, 0).unwrap()
    };
    let (one, two) = (alone("moved.db"), alone("back.db"));
    let moved = contents_of(&one.here().await.unwrap()).await;
    assert!(!moved["incident"].is_empty());
    assert_eq!(moved, contents_of(&two.here().await.unwrap()).await);
    let wrong = refusal(&run(&["copy", "--to", "mysql://root:secret@db/postmortem"]));
    assert!(
        wrong.contains("--to: expected sqlite://FILE") && !wrong.contains("secret"),
        "{wrong}"
    );
    target.drop().await;
}

/// All of the demo is asked on the copy.
#[actix_web::test]
async fn the_demo_answers_the_same_on_postgres() {
    let app = TestApp::new(Engine::Sqlite).await;
    let admin = load(&app).await;
    let target = TestDatabase::empty(Engine::Postgres).await;
    copy(&app, &at(&target)).await.unwrap();
    let other = serving(&app, &target).await;
    assert_eq!(answers(&app, &admin).await, answers(&other, &admin).await);
    app.finish().await;
    target.drop().await;
}
