//! Processes that die, sleep or take too long in the middle of a mutation with a key, and clients that hang up.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::Duration as Time,
};

use chrono::Duration;
use entity::{enums::Role, user};
use futures_util::future::join_all;
use postmortem_api::{
    idempotency::service::{Asked, Standing, claim, let_go},
    people::service::{NewUser, create_user},
    platform::{
        clock::{Clock, SystemClock},
        db::Turn,
        settings::Settings,
    },
};
use postmortem_tests::{
    Engine, TestApp, oidc, on_both_databases, pause,
    processes::{Killed, answers_well, free_address},
    wait_until,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{CREATE, create, incidents, is_refused, is_replay, keyed, rows};
use crate::settings_and_cli::binary;

async fn users(app: &TestApp, email: &str) -> u64 {
    let named = user::Entity::find().filter(user::Column::Email.eq(email));
    named.count(&app.db().await).await.unwrap()
}

fn new_user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "New".to_owned(),
        role: Role::Member,
    }
}

on_both_databases! {
    /// A process that slept through its lease, and wakes up when another has taken its place, commits nothing.
    async fn a_sleeper_is_overtaken(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let asked = Asked { principal: ada.user_id.0, key: "key", request_hash: "the same" };
        let lease = Time::from_secs(15);
        let (sleeper, other) = (app.session(&ada).await, app.session(&ada).await);
        let Ok(Standing::Yours(slept)) = claim(&sleeper, asked, lease).await else { panic!("the first has the key") };
        assert!(matches!(claim(&other, asked, lease).await, Ok(Standing::Running)));
        app.advance(Duration::seconds(15));
        let Ok(Standing::Yours(_held)) = claim(&other, asked, lease).await else { panic!("the lease has run out") };
        assert!(create_user(&sleeper, new_user("sleeper@example.org")).await.is_err());
        assert_eq!(users(app, "sleeper@example.org").await, 0);
        // Nor does it take the key from the other.
        let_go(&slept).await.unwrap();
        assert_eq!(rows(app).await[0].held_until, app.now() + Duration::seconds(15));
        create_user(&other, new_user("other@example.org")).await.unwrap();
        assert_eq!((users(app, "other@example.org").await, rows(app).await[0].commits), (1, 1));
        // What the other saved is known as soon as it is dead.
        app.advance(Duration::seconds(15));
        let third = app.session(&ada).await;
        assert!(matches!(claim(&third, asked, lease).await, Ok(Standing::AnswerLost)));
    }

    /// What is rolled back is not counted.
    async fn only_commits_count(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let asked = Asked { principal: ada.user_id.0, key: "key", request_hash: "the same" };
        let session = app.session(&ada).await;
        let Ok(Standing::Yours(held)) = claim(&session, asked, Time::from_secs(15)).await else { panic!("it has the key") };
        create_user(&session, new_user(&ada.email)).await.unwrap_err();
        drop(session.begin().await.unwrap());
        assert_eq!(rows(app).await[0].commits, 0);
        let_go(&held).await.unwrap();
        assert_eq!(rows(app).await, [], "the key is free again");
    }

    /// A mutation that takes too long has changed nothing, and may be sent again under its key.
    async fn out_of_time(app) {
        let app = &TestApp::with_settings(app.engine, |settings| Settings { request_timeout_ms: 400, ..settings }).await;
        let ada = app.user("Ada", Role::Member).await;
        // Others write.
        let turn = app.app.databases.begin().await.unwrap();
        turn.take_turn(Turn::NumberEvents).await.unwrap();
        let late = create(app, &ada, "key", "Late");
        // The embedded database has one writer, also for keys.
        let late = late.await;
        drop(turn);
        assert!(late.body.contains("QUERY_TOO_COMPLEX"), "{}", late.body);
        app.advance(Duration::seconds(6));
        let first = create(app, &ada, "key", "Late").await;
        assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (200, ""), "{}", first.body);
        is_replay(&first, &create(app, &ada, "key", "Late").await);
        assert_eq!(incidents(app, "Late").await, 1);
    }

    /// Who hangs up and sends it again finds the answer.
    async fn who_hangs_up(app) {
        let ada = app.user("Ada", Role::Member).await;
        let server = app.serve_whole().await;
        let body = json!({ "query": CREATE, "variables": { "title": "Gone" } }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nAccept: application/graphql-response+json\r\nIdempotency-Key: gone\r\nContent-Length: {}\r\n\r\n",
            ada.token,
            body.len()
        );
        let turn = app.app.databases.begin().await.unwrap();
        turn.take_turn(Turn::NumberEvents).await.unwrap();
        let heard = server.speak(postmortem_tests::served::once(head + &body), Time::from_millis(500)).await;
        assert_eq!(heard.status(), 0, "it cannot be answered yet");
        pause(Time::from_millis(200)).await;
        drop(turn);
        wait_until(async || rows(app).await.first().is_some_and(|row| row.sealed_answer.is_some())).await;
        let again = create(app, &ada, "gone", "Gone").await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (200, "true"));
        assert_eq!(incidents(app, "Gone").await, 1);
        server.stop().await;
    }
}

/// What somebody hears who sends a mutation to a server that may die: status and code of the first error, if anything.
async fn send(url: &str, token: &str, number: usize) -> Option<(u16, String)> {
    let body = json!({ "query": CREATE, "variables": { "title": format!("Killed {number}") } });
    let sent = oidc::client()
        .post(format!("{url}/graphql"))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", format!("killed-{number}"))
        .body(body.to_string())
        .send()
        .await
        .ok()?;
    let status = sent.status().as_u16();
    let answer: Value = serde_json::from_str(&sent.text().await.ok()?).ok()?;
    let code = answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("OK")
        .to_owned();
    Some((status, code))
}

/// How many send at once to a server that is killed.
const CLIENTS: usize = 40;
/// How long it gives each of them, in milliseconds.
const REQUEST_MS: u64 = 3_000;

/// A server is killed while it carries out mutations; each client sends its own again until it knows. Nothing is done twice, and
/// what was said to be done is done.
async fn killed(engine: Engine) {
    let app = TestApp::new(engine).await;
    let ada = app.user("Ada", Role::Member).await;
    let row = user::Entity::find_by_id(ada.user_id)
        .one(&app.db().await)
        .await
        .unwrap()
        .unwrap();
    // The processes live by the real clock.
    let token = app
        .app
        .issuer
        .sign(&row, SystemClock.now(), Duration::hours(1))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let address = free_address();
        let child = Command::new(binary())
            .args([
                "api",
                "--listen",
                &address,
                "--request-timeout-ms",
                &REQUEST_MS.to_string(),
                "--requests-per-minute",
                "0",
            ])
            .env_clear()
            .env("DATABASE_URL", &app.app.settings.database_url)
            .env(
                "POSTMORTEM_SEALING_KEY",
                app.app.settings.sealing_key.as_ref().unwrap().reveal(),
            )
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        let process = Killed(child);
        answers_well(&format!("{url}/readyz")).await;
        (process, url)
    };
    let mut known: BTreeMap<usize, &str> = BTreeMap::new();
    let ask = async |url: &str, known: &mut BTreeMap<usize, &str>| {
        let open: Vec<usize> = (0..CLIENTS).filter(|number| !known.contains_key(number)).collect();
        let answers = join_all(open.iter().map(|number| send(url, &token, *number))).await;
        for (number, answer) in open.into_iter().zip(answers) {
            match answer.as_ref().map(|(status, code)| (*status, code.as_str())) {
                Some((200, "OK")) => known.insert(number, "done"),
                Some((409, "IDEMPOTENCY_ANSWER_LOST")) => known.insert(number, "lost"),
                _ => None,
            };
        }
    };
    for after_ms in [40, 120] {
        let (process, url) = start().await;
        let killing = async {
            // Somewhere in the middle.
            pause(Time::from_millis(after_ms)).await;
            drop(process);
        };
        futures_util::future::join(ask(&url, &mut known), killing).await;
        // The leases of the dead run out.
        pause(Time::from_millis(REQUEST_MS + 5_500)).await;
    }
    let (_process, url) = start().await;
    for _ in 0..30 {
        ask(&url, &mut known).await;
        if known.len() == CLIENTS {
            break;
        }
        pause(Time::from_millis(300)).await;
    }
    assert_eq!(known.len(), CLIENTS, "everybody hears in the end: {known:?}");
    for (number, outcome) in &known {
        let made = incidents(&app, &format!("Killed {number}")).await;
        assert_eq!(made, 1, "{number} is {outcome}");
    }
    app.finish().await;
}

#[actix_web::test]
async fn killed_on_sqlite() {
    killed(Engine::Sqlite).await;
}

#[actix_web::test]
async fn killed_on_postgres() {
    killed(Engine::Postgres).await;
}

#[actix_web::test]
async fn a_key_is_refused_while_the_first_runs() {
    let app = TestApp::new(Engine::Postgres).await;
    let ada = app.user("Ada", Role::Member).await;
    let turn = app.app.databases.begin().await.unwrap();
    turn.take_turn(Turn::NumberEvents).await.unwrap();
    let first = create(&app, &ada, "key", "Slow");
    let second = async {
        wait_until(async || !rows(&app).await.is_empty()).await;
        let reply = app.send(keyed(&ada, "key", CREATE, &json!({ "title": "Slow" }))).await;
        turn.commit().await.unwrap();
        reply
    };
    let (first, second) = futures_util::future::join(first, second).await;
    is_refused(&second, 409, "IDEMPOTENCY_KEY_IN_USE");
    assert_eq!(first.status.as_u16(), 200);
    is_replay(&first, &create(&app, &ada, "key", "Slow").await);
    app.finish().await;
}
