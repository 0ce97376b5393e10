//! What is said of a database that cannot be opened: which one, what to look at, and why, once.

use postmortem_tests::{Engine, TestDatabase};

use crate::settings_and_cli::{Machine, refusal};

/// A refusal that says something, once.
#[track_caller]
fn says_once(text: &str, said: &str) {
    assert_eq!(text.matches(said).count(), 1, "{said:?} in {text}");
}

#[test]
fn an_embedded_database_that_does_not_open_is_named() {
    let machine = Machine::new();
    let folder = machine.0.path();
    std::fs::write(folder.join("garbage.db"), "This is no database. ".repeat(400)).unwrap();
    std::fs::create_dir(folder.join("folder.db")).unwrap();
    for command in ["migrate", "serve", "api"] {
        for (file, said, why) in [
            (
                "absent/x.db",
                "absent/x.db cannot be opened or written; check the folder and its rights: ",
                "unable to open database file",
            ),
            (
                "folder.db",
                "folder.db cannot be opened or written; check the folder and its rights: ",
                "unable to open database file",
            ),
            (
                "garbage.db",
                "garbage.db is no database, or a damaged one; name another file in database_url, or restore a backup: ",
                "file is not a database",
            ),
        ] {
            let text = refusal(&machine.run(&[command, "--database-url", &format!("sqlite://{file}")]));
            says_once(&text, said);
            says_once(&text, why);
            assert!(!text.contains("server"), "{text}");
        }
    }
}

/// The pool only knows that its time is over.
#[test]
fn a_server_that_is_not_there_refuses_the_connection() {
    let machine = Machine::new();
    for command in ["migrate", "serve", "api"] {
        let url = "postgres://ada:s3cret@127.0.0.1:1/x";
        let text = refusal(&machine.run(&[command, "--database-url", url]));
        says_once(&text, "check database_url and that the server runs: ");
        says_once(&text, "Connection refused");
        assert!(!text.contains("timed out") && !text.contains("s3cret"), "{text}");
    }
}

#[actix_web::test]
async fn a_server_says_once_why_it_refuses() {
    let database = TestDatabase::empty(Engine::Postgres).await;
    let machine = Machine::new();
    for command in ["migrate", "api"] {
        let text = refusal(&machine.run(&[command, "--database-url", &format!("{}_absent", database.url)]));
        says_once(&text, "check database_url and that the server runs: ");
        says_once(&text, "_absent\" does not exist");
    }
    database.drop().await;
}
