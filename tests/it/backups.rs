//! An embedded database as one file, and back; and whether a schema is current.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use entity::{enums::Role, scheduler_lease};
use postmortem_api::{
    jobs,
    platform::{
        db::{self, Databases},
        error::Error,
    },
};
use postmortem_tests::{
    Engine, TestApp, TestDatabase,
    app::beginning,
    contents_of,
    processes::{Killed, answers_well, free_address},
};
use sea_orm::{DatabaseConnection, EntityTrait, PaginatorTrait};
use tempfile::TempDir;

use crate::settings_and_cli::{Machine, binary, refusal, stdout};

fn sentence<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    outcome.expect_err("a refusal").to_string()
}

fn at(file: &Path) -> Databases {
    Databases::new(&format!("sqlite://{}", file.display()), 2, 60_000).unwrap()
}

/// A folder, and a backup of an app in it.
async fn backed_up(app: &TestApp) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("night.backup");
    let size = db::backup(&app.app.databases, &file).await.unwrap();
    let made = fs::metadata(&file).unwrap();
    assert_eq!((size, made.permissions().mode() & 0o777), (made.len(), 0o600));
    (folder, file)
}

/// What a folder holds.
fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[actix_web::test]
async fn what_is_restored_is_every_row_of_the_moment_of_the_backup() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.world().await;
    let before = app.contents().await;
    let (folder, backup) = backed_up(&app).await;
    app.user("Late Comer", Role::Member).await;
    assert_ne!(app.contents().await, before, "the database goes on");

    let target = folder.path().join("restored.db");
    let restored = db::restore(&at(&target), &backup, false, beginning()).await.unwrap();
    assert_eq!((&restored.file, restored.kept), (&target, None));
    assert_eq!(contents_of(&at(&target).here().await.unwrap()).await, before);
    app.finish().await;
}

/// Whoever worked when the backup was made does not work on what is restored.
#[actix_web::test]
async fn nobody_works_on_what_is_restored() {
    let app = TestApp::new(Engine::Sqlite).await;
    jobs::run_once(&app.app).await.unwrap();
    let leases = async |db: &DatabaseConnection| scheduler_lease::Entity::find().count(db).await.unwrap();
    assert_eq!(leases(&app.app.databases.here().await.unwrap()).await, 1);
    let (folder, backup) = backed_up(&app).await;
    let target = at(&folder.path().join("restored.db"));
    db::restore(&target, &backup, false, beginning()).await.unwrap();
    assert_eq!(leases(&target.here().await.unwrap()).await, 0);
    app.finish().await;
}

#[actix_web::test]
async fn a_backup_is_whole_although_others_write() {
    let app = TestApp::new(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |number: usize| folder.path().join(format!("{number}.backup"));
    let writing = async {
        for number in 0..40 {
            app.user(&format!("Writer {number}"), Role::Member).await;
        }
    };
    let copying = async {
        for number in 0..4 {
            db::backup(&app.app.databases, &file(number)).await.unwrap();
        }
    };
    futures_util::future::join(writing, copying).await;
    let all = app.contents().await;
    for number in 0..4 {
        let target = folder.path().join(format!("{number}.db"));
        db::restore(&at(&target), &file(number), false, beginning())
            .await
            .unwrap();
        let copy = contents_of(&at(&target).here().await.unwrap()).await;
        // A user and the event that tells of it are written together.
        assert_eq!(copy["user"].len(), copy["event"].len());
        assert!(copy["user"].iter().all(|row| all["user"].contains(row)));
    }
    app.finish().await;
}

#[actix_web::test]
async fn nothing_is_overwritten_and_nothing_broken_is_restored() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (folder, backup) = backed_up(&app).await;
    let target = folder.path().join("other.db");

    assert!(sentence(db::backup(&app.app.databases, &backup).await).contains("exists; name a new file"));
    assert!(sentence(db::backup(&at(&target), &folder.path().join("x")).await).contains("There is no database"));
    let nowhere = folder.path().join("no-such-folder/x.backup");
    assert!(sentence(db::backup(&app.app.databases, &nowhere).await).contains("cannot be written"));

    let bytes = fs::read(&backup).unwrap();
    let bad = folder.path().join("bad.backup");
    let cut = &bytes[..bytes.len() / 2];
    let mut flipped = bytes.clone();
    for byte in &mut flipped[8_192..40_960] {
        *byte = !*byte;
    }
    for content in [&b"hello"[..], b"", cut, &flipped] {
        fs::write(&bad, content).unwrap();
        let refused = sentence(db::restore(&at(&target), &bad, false, beginning()).await);
        assert!(refused.contains("no whole backup"), "{refused}");
    }
    let absent = folder.path().join("absent.backup");
    assert!(sentence(db::restore(&at(&target), &absent, false, beginning()).await).contains("There is no file"));
    let live = app.app.databases.file().unwrap();
    assert!(sentence(db::restore(&at(&target), &live, false, beginning()).await).contains("in use"));
    assert_eq!(names(&folder), ["bad.backup", "night.backup"], "no traces");
    app.finish().await;
}

#[actix_web::test]
async fn what_was_there_is_kept_and_never_taken_from_under_a_process() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (folder, backup) = backed_up(&app).await;
    let before = app.contents().await;
    app.user("Late Comer", Role::Member).await;
    let after = app.contents().await;
    let file = app.app.databases.file().unwrap();

    assert!(sentence(db::restore(&at(&file), &backup, false, beginning()).await).contains("say --replace"));
    let used = sentence(db::restore(&at(&file), &backup, true, beginning()).await);
    assert!(used.contains("in use"), "{used}");
    assert_eq!(app.contents().await, after);

    // A machine whose process was killed: its journal is not empty.
    let other = folder.path().join("killed.db");
    for end in ["", "-wal"] {
        fs::copy(format!("{}{end}", file.display()), format!("{}{end}", other.display())).unwrap();
    }
    let restored = db::restore(&at(&other), &backup, true, beginning()).await.unwrap();
    let kept = restored.kept.expect("what was there");
    assert_eq!(contents_of(&at(&other).here().await.unwrap()).await, before);
    assert_eq!(
        contents_of(&at(&kept).here().await.unwrap()).await,
        after,
        "with what was only in the journal"
    );
    app.finish().await;
}

#[actix_web::test]
async fn postgres_is_left_to_its_own_tools() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let databases = Databases::new(&database.url, 1, 60_000).unwrap();
    let file = Path::new("never-made.backup");
    assert!(sentence(db::backup(&databases, file).await).contains("pg_dump"));
    assert!(sentence(db::restore(&databases, file, true, beginning()).await).contains("pg_restore"));
    assert!(!file.exists());
    database.drop().await;
}

/// A process that serves from the folder of a machine.
async fn serving(machine: &Machine) -> Killed {
    let address = free_address();
    let child = std::process::Command::new(binary())
        .args(["serve", "--listen", &address])
        .current_dir(machine.0.path())
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let serving = Killed(child);
    answers_well(&format!("http://{address}/readyz")).await;
    serving
}

#[actix_web::test]
async fn an_operator_saves_and_restores_beside_a_process_that_serves() {
    let machine = Machine::new();
    assert!(
        machine
            .run(&["token", "--email", "ada@example.org", "--role", "admin"])
            .status
            .success()
    );
    let serving = serving(&machine).await;

    let saved = machine.run(&["backup", "a.backup"]);
    let told = String::from_utf8_lossy(&saved.stderr).into_owned();
    assert!(
        told.contains("save postmortem.db.key too") && told.contains("the key that tokens are signed with"),
        "{told}"
    );
    assert!(stdout(&saved).starts_with("Wrote a.backup ("), "{saved:?}");
    let used = refusal(&machine.run(&["restore", "a.backup", "--replace"]));
    assert!(used.contains("is in use"), "{used}");
    drop(serving);

    assert!(
        machine
            .run(&["token", "--email", "bo@example.org", "--role", "member"])
            .status
            .success()
    );
    let restored = machine.run(&["restore", "a.backup", "--replace"]);
    assert!(
        stdout(&restored).starts_with("Restored postmortem.db from a.backup."),
        "{restored:?}"
    );
    assert!(
        stdout(&restored).contains("What was there before is postmortem.db.before-"),
        "{restored:?}"
    );
    let told = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(
        told.contains("the key of the one that was backed up, in postmortem.db.key or as the setting sealing_key")
            && told.contains("the key that tokens are signed with"),
        "{told}"
    );
    assert!(machine.run(&["token", "--email", "ada@example.org"]).status.success());
    let gone = refusal(&machine.run(&["token", "--email", "bo@example.org"]));
    assert!(gone.contains("There is no user"), "{gone}");
}

/// What is told to stop leaves one file that holds all, and that nobody else may read.
#[actix_web::test]
async fn a_process_that_ends_in_order_leaves_one_file() {
    let machine = Machine::new();
    let mut serving = serving(&machine).await;
    let file = machine.0.path().join("postmortem.db");
    let journal = machine.0.path().join("postmortem.db-wal");
    assert!(fs::metadata(&journal).unwrap().len() > 0);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(serving.stop().unwrap().success());
    assert_eq!(fs::metadata(&journal).map_or(0, |journal| journal.len()), 0);
}

async fn steps(engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let machine = Machine::new();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(binary());
        command.args(args).env_clear().env("DATABASE_URL", &database.url);
        command.current_dir(machine.0.path()).output().unwrap()
    };
    let early = run(&["migrate", "--check"]);
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    if engine == Engine::Postgres {
        let steps = stdout(&early);
        assert!(steps.starts_with("m0001_people\nm0002_incidents\n"), "{steps}");
        let said = String::from_utf8_lossy(&early.stderr).into_owned();
        assert!(
            said.contains(&format!("{} steps are missing", steps.lines().count())),
            "{said}"
        );
    } else {
        assert!(refusal(&early).contains("there is no database"), "{early:?}");
    }
    assert!(stdout(&run(&["migrate"])).starts_with("Applied "));
    assert_eq!(stdout(&run(&["migrate", "--check"])), "The schema is up to date.\n");
    database.drop().await;
}

#[actix_web::test]
async fn missing_steps_are_named_on_sqlite() {
    steps(Engine::Sqlite).await;
}

#[actix_web::test]
async fn missing_steps_are_named_on_postgres() {
    steps(Engine::Postgres).await;
}
