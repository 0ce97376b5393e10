//! An export is one moment of the database, and half of one is never taken for all of it.

use actix_web::test::TestRequest;
use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{
    Engine, TestApp, TestUser,
    documents::{document, run_shell, snippets},
    many::spoil,
    on_both_databases,
    processes::raw,
    requests::Pieces,
};
use sea_orm::ConnectionTrait;
use serde_json::json;

const COUNT: usize = 1_200;

async fn filled(app: &TestApp) -> TestUser {
    let ada = app.user("Ada", Role::Member).await;
    let report = app.report(&ada, json!({})).await;
    app.many_recommendations(report.id.parse().unwrap(), COUNT).await;
    ada
}

async fn open(app: &TestApp, user: &TestUser) -> Pieces {
    let request = TestRequest::get()
        .uri("/export/recommendations.csv")
        .insert_header(("Authorization", format!("Bearer {}", user.token)));
    app.open(request).await
}

on_both_databases! {
    /// What changes while it is sent is not in it, wherever the change is.
    async fn an_export_is_one_moment(app) {
        let ada = filled(app).await;
        let mut pieces = open(app, &ada).await;
        assert_eq!(pieces.status.as_u16(), 200);
        let first = pieces.next().await.expect("a piece").expect("no error");
        assert!(first.contains("MANY-1,") && !first.contains("MANY-1200,"));
        // The last moves to the front, the first to the end, and another goes.
        let db = app.db().await;
        for change in [
            "UPDATE recommendation SET due_on = '2020-01-01', title = 'Changed' WHERE key = 'MANY-1200'",
            "UPDATE recommendation SET due_on = '2030-01-01', title = 'Changed' WHERE key = 'MANY-1'",
            "DELETE FROM recommendation WHERE key = 'MANY-1199'",
        ] {
            db.execute_unprepared(change).await.unwrap();
        }
        let mut whole = first;
        while let Some(piece) = pieces.next().await {
            whole.push_str(&piece.expect("no error"));
        }
        let (_, rows) = crate::exports::cells(&whole);
        assert_eq!(rows.len(), COUNT);
        let mut keys: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), COUNT, "each once");
        assert!(!whole.contains("Changed"));
        // The next one has it all.
        let (_, rows) = crate::exports::cells(&crate::exports::export(app, &ada, "recommendations.csv").await.body);
        assert_eq!(rows.len(), COUNT - 1);
        assert_eq!(rows.iter().filter(|row| row[1] == "Changed").count(), 2);
    }

    /// A failure on the way is told by the end of the connection.
    async fn a_failure_cuts_it_off(app) {
        let ada = filled(app).await;
        spoil(app, "MANY-1000").await;
        let mut pieces = open(app, &ada).await;
        assert_eq!(pieces.status.as_u16(), 200);
        let first = pieces.next().await.expect("a piece");
        assert!(first.is_ok(), "{first:?}");
        assert_eq!(pieces.next().await, Some(Err("the export was cut off".to_owned())));
        assert_eq!(pieces.next().await, None);

        let served = app.serve();
        let token = format!("Bearer {}", ada.token);
        let headers = [("Authorization", token.as_str())];
        let whole = raw(&served.to_string(), "/export/recommendations.csv?dueBefore=2026-01-05", &headers).await;
        assert!(whole.ends_with(b"\r\n0\r\n\r\n"), "a whole export has an end");
        let half = raw(&served.to_string(), "/export/recommendations.csv", &headers).await;
        assert!(half.len() > whole.len() / 3 && half.starts_with(b"HTTP/1.1 200"), "it had begun");
        // A row may well end with 0.
        assert!(!half.ends_with(b"\r\n0\r\n\r\n"), "half of an export ends like a whole one");
        // Its place is free again.
        for _ in 0..4 {
            assert_eq!(crate::exports::export(app, &ada, "reports.csv").await.status.as_u16(), 200);
        }
    }

    /// Whoever goes away in the middle leaves nothing behind.
    async fn whoever_goes_away_frees_the_place(app) {
        let ada = filled(app).await;
        for _ in 0..5 {
            let mut pieces = open(app, &ada).await;
            assert_eq!(pieces.status.as_u16(), 200);
            pieces.next().await.expect("a piece").expect("no error");
        }
        assert_eq!(crate::exports::export(app, &ada, "recommendations.ndjson").await.body.lines().count(), COUNT);
    }
}

/// With few connections there are fewer exports at a time, so that requests are answered beside them.
#[actix_web::test]
async fn exports_leave_a_connection() {
    let few = |settings: Settings| Settings {
        database_connections: 2,
        request_timeout_ms: 3_000,
        ..settings
    };
    let app = TestApp::with_settings(Engine::Sqlite, few).await;
    let ada = filled(&app).await;
    let sent = open(&app, &ada).await;
    assert_eq!(sent.status.as_u16(), 200);
    let second = crate::exports::export(&app, &ada, "reports.csv").await;
    assert_eq!(second.status.as_u16(), 503, "{}", second.body);
    assert!(
        second.body.contains("An export is being sent already"),
        "{}",
        second.body
    );
    assert_eq!(second.header("retry-after"), "10");
    // It was refused beside the other, not for want of a connection.
    drop(sent);
    let third = crate::exports::export(&app, &ada, "reports.csv").await;
    assert_eq!(third.status.as_u16(), 200, "{}", third.body);
    app.finish().await;
}

/// The commands of docs/exports.md do what the document says.
#[actix_web::test]
async fn the_document_runs() {
    let app = TestApp::new(Engine::Sqlite).await;
    let crew = crate::recommendations::Crew::new(&app).await;
    let admin = app.user("Root", Role::Admin).await;
    let team = app.team(&admin, &[&crew.bo], &[]).await;
    let item = crew.item("ACCEPTED", "P1").await;
    let to = json!({ "id": item.id, "teamId": team.id, "ownerId": crew.bo.id });
    app.mutate(&admin, "assignRecommendation", to, "recommendation { id }")
        .await
        .data();
    let served = app.serve();
    let folder = tempfile::tempdir().unwrap();
    let scripts = snippets(&document("exports.md"), "sh");
    assert_eq!(scripts.len(), 3);
    for script in scripts {
        let (folder, base, token, slug) = (
            folder.path().to_owned(),
            format!("http://{served}"),
            crew.bo.token.clone(),
            team.slug.clone(),
        );
        let shown = script.clone();
        let ran = tokio::task::spawn_blocking(move || {
            run_shell(
                &script,
                &folder,
                &[("POSTMORTEM", &base), ("TOKEN", &token), ("TEAM", &slug)],
            )
        });
        let output = ran.await.unwrap();
        assert!(output.status.success(), "{shown}{output:?}");
    }
    for file in ["open.ndjson", "urgent.ndjson"] {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains(&format!("\"key\":\"{}\"", item.key)), "{file}: {text}");
    }
    drop(served);
    app.finish().await;
}
