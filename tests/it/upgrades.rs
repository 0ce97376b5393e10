//! Databases of every release, brought to this one; and processes of two releases on one database.

use std::{fs, io::Read, path::PathBuf};

use actix_web::http::StatusCode;
use entity::user;
use flate2::read::GzDecoder;
use postmortem_api::{
    jobs,
    platform::db::{self, Databases, Schema},
};
use postmortem_tests::{Engine, TestApp, TestDatabase, TestUser, on_both_databases};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use serde_json::json;

use crate::settings_and_cli::{binary, refusal, stdout};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/releases");

/// What each release left behind, oldest first.
fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut releases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    releases.sort();
    assert!(!releases.is_empty(), "tests/releases/make.sh makes them");
    releases
}

fn unpacked(release: &std::path::Path, name: &str) -> Vec<u8> {
    let path = release.join(name);
    let file = fs::File::open(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    let mut content = Vec::new();
    GzDecoder::new(file).read_to_end(&mut content).unwrap();
    content
}

fn at(database: &TestDatabase) -> Databases {
    Databases::new(&database.url, 2, 60_000).unwrap()
}

/// The database of a release, as it was.
async fn released(release: &std::path::Path, engine: Engine) -> TestDatabase {
    let database = TestDatabase::empty(engine).await;
    match engine {
        Engine::Sqlite => {
            let file = at(&database).file().unwrap();
            fs::write(file, unpacked(release, "sqlite.db.gz")).unwrap();
        }
        Engine::Postgres => {
            let sql = String::from_utf8(unpacked(release, "postgres.sql.gz")).unwrap();
            // On a connection of its own: the dump empties the search path.
            let loading = Databases::new(&database.url, 1, 60_000).unwrap();
            let db = loading.here().await.unwrap();
            db.execute_unprepared(&sql).await.unwrap();
            db.close().await.unwrap();
        }
    }
    database
}

/// A process on a database of a release.
async fn serving(database: &TestDatabase, engine: Engine) -> TestApp {
    TestApp::on(engine, database.shared()).await
}

async fn admin(app: &TestApp) -> TestUser {
    let row = user::Entity::find()
        .filter(user::Column::Email.eq("released@example.org"))
        .one(&app.db().await)
        .await
        .unwrap()
        .expect("whom the script made");
    app.signed_in(row.id).await
}

async fn comes_along(engine: Engine) {
    for release in releases() {
        let database = released(&release, engine).await;
        let databases = at(&database);
        assert_eq!(
            db::schema(&databases).await.unwrap(),
            Schema::Behind,
            "{}",
            release.display()
        );
        assert!(db::migrate(&databases).await.unwrap() > 0);
        assert_eq!(db::schema(&databases).await.unwrap(), Schema::Usable);

        let app = serving(&database, engine).await;
        // The files are of a day after the one on which tests begin.
        app.advance(chrono::Duration::days(300));
        let admin = admin(&app).await;
        let asked = "{
            recommendations(first: 100) { totalCount nodes { key title status dueOn owner { name anonymizedAt } rootCauses { nodes { title } } } }
            reports(first: 100, filter: { status: { notIn: [] } }) { totalCount nodes { key markdown } }
            followThrough(groupBy: TEAM) { overall { accepted implemented } groups { key } }
            search(query: \"limit\", first: 20) { nodes { key } }
            duePolicies { name }
            apiTokens { nodes { name } } calendarFeeds { nodes { name } }
            webhookEndpoints { nodes { url publicKey } } trackerConnections { nodes { name } }
        }";
        let answer = app.ask(&admin, asked, json!({})).await;
        assert_eq!(answer.at("/recommendations/totalCount"), json!(80));
        assert_eq!(answer.at("/reports/totalCount"), json!(15));
        assert!(answer.at("/followThrough/overall/accepted").as_u64().unwrap() > 50);
        assert!(!answer.at("/search/nodes").as_array().unwrap().is_empty());
        for list in ["apiTokens", "calendarFeeds", "webhookEndpoints", "trackerConnections"] {
            assert_eq!(
                answer.at(&format!("/{list}/nodes")).as_array().unwrap().len(),
                1,
                "{list}"
            );
        }
        // It goes on: numbers follow those that are there, jobs find their work, the old secrets open.
        let before = app.events().await;
        app.report(&admin, json!({ "title": "After the upgrade" })).await;
        let endpoint = app
            .ask(&admin, "{ webhookEndpoints { nodes { id } } }", json!({}))
            .await;
        let test = json!({ "id": endpoint.text("/webhookEndpoints/nodes/0/id") });
        app.mutate(&admin, "rotateWebhookSecret", test, "secret").await.data();
        jobs::run_once(&app.app).await.unwrap();
        let after = app.events().await;
        assert!(after.len() > before.len() && after[..before.len()] == before[..]);
        app.finish().await;
        database.drop().await;
    }
}

#[actix_web::test]
async fn every_release_comes_along_on_sqlite() {
    comes_along(Engine::Sqlite).await;
}

#[actix_web::test]
async fn every_release_comes_along_on_postgres() {
    comes_along(Engine::Postgres).await;
}

/// The tables and columns of a database, but for those that the migration library and the search have for themselves.
async fn columns(db: &sea_orm::DatabaseConnection, engine: Engine) -> Vec<(String, Vec<String>)> {
    let sql = match engine {
        Engine::Sqlite => "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid",
        Engine::Postgres => "SELECT table_name::text, column_name::text FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name IN (SELECT tablename::text FROM pg_tables WHERE schemaname = 'public')
            ORDER BY table_name, ordinal_position",
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let [table, column]: [String; 2] = [0, 1].map(|place| row.try_get_by_index(place).unwrap());
        if table.starts_with("seaql") || table.starts_with("sqlite") || table.starts_with("search_index") {
            continue;
        }
        match tables.last_mut().filter(|(name, _)| *name == table) {
            Some((_, columns)) => columns.push(column),
            None => tables.push((table, vec![column])),
        }
    }
    tables
}

/// The statements of a dump that store rows of ours.
fn inserts(dump: &str) -> Vec<String> {
    let (mut statements, mut is_text) = (vec![String::new()], false);
    for c in dump.chars() {
        is_text ^= c == '\'';
        match c {
            ';' if !is_text => statements.push(String::new()),
            c => statements.last_mut().unwrap().push(c),
        }
    }
    let begun = statements
        .iter()
        .filter_map(|text| text.find("INSERT INTO public.").map(|at| &text[at..]));
    let of_ours = begun.filter(|text| {
        let table = text.trim_start_matches("INSERT INTO public.");
        !table.starts_with("seaql") && !table.starts_with("search_index")
    });
    of_ours.map(str::to_owned).collect()
}

/// Processes of the release before this one still run after this one's steps: what they write, with the columns that they know,
/// must be taken. Every row of the release's database is written so.
async fn takes_old_rows(engine: Engine) {
    // Only of the last: an older one does not run beside this one.
    let release = releases().pop().unwrap();
    let old = released(&release, engine).await;
    let new = TestDatabase::new(engine).await;
    let (from, to) = (at(&old).here().await.unwrap(), at(&new).here().await.unwrap());
    let before = columns(&from, engine).await;
    assert!(before.len() > 50, "{} tables", before.len());
    let mut written = 0;
    match engine {
        Engine::Sqlite => {
            let attach = format!(
                "PRAGMA foreign_keys = OFF; ATTACH '{}' AS old",
                at(&old).file().unwrap().display()
            );
            let mut steps = vec![attach];
            for (table, columns) in &before {
                let columns = format!("\"{}\"", columns.join("\", \""));
                steps.push(format!("DELETE FROM main.\"{table}\""));
                steps.push(format!(
                    "INSERT INTO main.\"{table}\" ({columns}) SELECT {columns} FROM old.\"{table}\""
                ));
                written += 1;
            }
            to.execute_unprepared(&steps.join("; ")).await.unwrap();
        }
        Engine::Postgres => {
            let sql = String::from_utf8(unpacked(&release, "postgres.sql.gz")).unwrap();
            // In the order of the dump, which knows no references.
            let mut steps = vec!["SET session_replication_role = replica".to_owned()];
            steps.extend(before.iter().map(|(table, _)| format!("DELETE FROM \"{table}\"")));
            for statement in inserts(&sql) {
                steps.push(statement);
                written += 1;
            }
            to.execute_unprepared(&steps.join(";\n")).await.unwrap();
        }
    }
    assert!(written >= 40, "{written}");
    let count = async |db: &sea_orm::DatabaseConnection, table: &str| -> i64 {
        let sql = format!("SELECT COUNT(*) FROM \"{table}\"");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    };
    for (table, _) in &before {
        assert_eq!(count(&to, table).await, count(&from, table).await, "{table}");
    }
    from.close().await.unwrap();
    to.close().await.unwrap();
    old.drop().await;
    new.drop().await;
}

#[actix_web::test]
async fn rows_of_the_last_release_are_taken_on_sqlite() {
    takes_old_rows(Engine::Sqlite).await;
}

#[actix_web::test]
async fn rows_of_the_last_release_are_taken_on_postgres() {
    takes_old_rows(Engine::Postgres).await;
}

async fn step(app: &TestApp, name: &str) {
    let sql = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{name}', 0)");
    app.db().await.execute_unprepared(&sql).await.unwrap();
}

on_both_databases! {
    /// A later release may add to the schema while we run, and we may start again. What takes away what we need stops us.
    async fn a_later_schema_is_served_as_long_as_it_has_only_grown(app) {
        let (url, key) = (app.app.settings.database_url.clone(), app.app.settings.sealing_key.clone().unwrap());
        let run = |args: &[&str]| {
            let mut command = std::process::Command::new(binary());
            let directory = tempfile::tempdir().unwrap();
            command.args(args).env_clear().env("DATABASE_URL", &url).env("POSTMORTEM_SEALING_KEY", key.reveal());
            command.current_dir(directory.path()).output().unwrap()
        };
        step(app, "m9998_more").await;
        assert_eq!(db::schema(&app.app.databases).await.unwrap(), Schema::Usable);
        assert_eq!(app.get("/readyz").await, (StatusCode::OK, "ready\n".to_owned()));
        let token = run(&["token", "--email", "ada@example.org", "--role", "admin"]);
        assert!(token.status.success(), "{token:?}");
        assert_eq!(stdout(&run(&["migrate", "--check"])), "The schema is up to date.\n");

        step(app, "m9999_contract_less").await;
        assert_eq!(db::schema(&app.app.databases).await.unwrap(), Schema::Beyond);
        let (status, text) = app.get("/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text.contains("later release"), "{text}");
        for command in [&["serve"][..], &["api"], &["worker"], &["token", "--email", "ada@example.org"], &["migrate"], &["migrate", "--check"]] {
            let refused = refusal(&run(command));
            assert!(refused.contains("that of a later release, which this one cannot work on"), "{command:?}: {refused}");
        }
    }

    /// Two lines of development that met in one database.
    async fn steps_of_nobody_are_not_built_upon(app) {
        let gone = "DELETE FROM seaql_migrations WHERE version LIKE 'm0022%'";
        app.db().await.execute_unprepared(gone).await.unwrap();
        step(app, "m0021_of_nobody").await;
        let refused = db::migrate(&app.app.databases).await.unwrap_err().to_string();
        assert!(refused.contains("m0021_of_nobody, which this release does not know"), "{refused}");
    }
}
