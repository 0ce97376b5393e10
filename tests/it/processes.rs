//! The binary as a process, or several of them, on both databases.

use std::{
    process::{Command, Stdio},
    thread::JoinHandle,
};

use postmortem_tests::{
    Engine, TestDatabase, get,
    live::{EventStream, Socket, types_of},
    processes::{Killed, answers_well, free_address},
};
use serde_json::json;
use tempfile::TempDir;

use crate::settings_and_cli::binary;

/// A process that serves, and is gone when this is dropped.
struct Process {
    child: Killed,
    address: String,
}

/// A machine with a database.
struct Machine {
    folder: TempDir,
    database: TestDatabase,
}

impl Machine {
    async fn new(engine: Engine) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: TestDatabase::empty(engine).await,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts a role and waits until it answers.
    async fn start(&self, role: &str) -> Process {
        self.start_with(&[role]).await
    }

    async fn start_with(&self, args: &[&str]) -> Process {
        let address = free_address();
        let mut command = self.command(&[args, &["--listen", &address]].concat());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let process = Process {
            child: Killed(child),
            address,
        };
        answers_well(&process.url("/healthz")).await;
        process
    }
}

impl Process {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to stop, and tells with what code it did.
    fn stop(mut self) -> Option<i32> {
        self.child.stop().unwrap().code()
    }
}

async fn roles(engine: Engine) {
    let machine = Machine::new(engine).await;
    let early = machine.command(&["api"]).output().unwrap();
    assert_eq!(early.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&early.stderr).contains("run `postmortem migrate`"),
        "{early:?}"
    );

    // Many at once: one makes the tables, the others find them made.
    let migrations: Vec<JoinHandle<_>> = (0..4)
        .map(|_| {
            let mut command = machine.command(&["migrate"]);
            std::thread::spawn(move || command.output().unwrap())
        })
        .collect();
    for migration in migrations {
        let output = migration.join().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    let (api, worker, serve) = (
        machine.start("api").await,
        machine.start("worker").await,
        machine.start("serve").await,
    );
    for process in [&api, &worker, &serve] {
        assert_eq!(get(&process.url("/readyz")).await, Some((200, "ready\n".to_owned())));
    }
    assert_eq!(get(&worker.url("/graphql")).await.map(|(status, _)| status), Some(404));
    // Every process counts itself; those with an API tell of the database too.
    for (process, has_figures) in [(&api, true), (&worker, false), (&serve, true)] {
        let (status, text) = get(&process.url("/metrics")).await.unwrap();
        assert_eq!(status, 200, "{text}");
        assert!(
            text.contains("postmortem_job_runs_total") && text.contains("route=\"/readyz\""),
            "{text}"
        );
        assert_eq!(text.contains("postmortem_figures_up 1"), has_figures, "{text}");
    }
    for process in [&api, &serve] {
        let answer = get(&process.url("/graphql?query={__typename}")).await;
        assert_eq!(answer.map(|(status, _)| status), Some(401));
        assert_eq!(get(&process.url("/login")).await.map(|(status, _)| status), Some(200));
    }
    for process in [api, worker, serve] {
        assert_eq!(process.stop(), Some(0), "it does not stop in order");
    }
    machine.database.drop().await;
}

#[actix_web::test]
async fn roles_start_answer_and_stop_on_sqlite() {
    roles(Engine::Sqlite).await;
}

#[actix_web::test]
async fn roles_start_answer_and_stop_on_postgres() {
    roles(Engine::Postgres).await;
}

/// An address for metrics alone: there they are open, there is nothing else, and elsewhere they are not.
async fn metrics_apart(engine: Engine) {
    let machine = Machine::new(engine).await;
    assert!(machine.command(&["migrate"]).output().unwrap().status.success());
    for role in ["serve", "worker"] {
        let apart = free_address();
        let process = machine.start_with(&[role, "--metrics-listen", &apart]).await;
        let status = async |url: &str| get(url).await.map(|(status, _)| status);
        assert_eq!(status(&process.url("/metrics")).await, Some(404));
        assert_eq!(status(&format!("http://{apart}/healthz")).await, Some(404));
        assert_eq!(status(&format!("http://{apart}/graphql")).await, Some(404));
        let (status, text) = get(&format!("http://{apart}/metrics")).await.unwrap();
        assert_eq!(
            (status, text.contains("postmortem_figures_up 1")),
            (200, role == "serve"),
            "{text}"
        );
        let taken = machine
            .command(&["worker", "--listen", &free_address(), "--metrics-listen", &apart])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&taken.stderr).into_owned();
        assert!(
            taken.status.code() == Some(1) && said.contains("--metrics-listen"),
            "{said}"
        );
        assert_eq!(process.stop(), Some(0));
    }
    machine.database.drop().await;
}

#[actix_web::test]
async fn metrics_have_an_address_of_their_own_on_sqlite() {
    metrics_apart(Engine::Sqlite).await;
}

#[actix_web::test]
async fn metrics_have_an_address_of_their_own_on_postgres() {
    metrics_apart(Engine::Postgres).await;
}

/// What one process writes, subscribers of another receive; and a process that stops says so to its sockets.
async fn live_updates(engine: Engine) {
    let machine = Machine::new(engine).await;
    assert!(machine.command(&["migrate"]).output().unwrap().status.success());
    let made = machine
        .command(&["token", "--email", "ada@example.org", "--role", "admin"])
        .output()
        .unwrap();
    let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    let (one, two) = (machine.start("api").await, machine.start("api").await);
    let events = "subscription { events { type } }";
    let mut here = EventStream::subscribe(&one.address, &token, events, json!({})).await;
    let mut there = EventStream::subscribe(&two.address, &token, events, json!({})).await;
    let report = json!({ "input": {
        "title": "Report", "incident": { "title": "Incident", "severity": "SEV2", "startedAt": "2026-03-01T09:00:00Z" },
    } });
    let create = "mutation ($input: CreateReportInput!) { createReport(input: $input) { report { id } } }";
    let mut socket = Socket::with_token(&one.address, &token).await;
    for _ in 0..3 {
        socket.subscribe("1", create, report.clone()).await;
        assert!(socket.result("1").await.get("errors").is_none());
        assert_eq!(socket.hear().await["type"], "complete");
        for stream in [&mut here, &mut there] {
            assert_eq!(
                types_of(&stream.results_until("report.created").await),
                ["incident.created", "report.created"]
            );
        }
    }
    // The streams end with it as well.
    assert_eq!(one.stop(), Some(0));
    assert_eq!(socket.closed().await.0, 1001);
    assert_eq!(here.event().await, None);
    assert_eq!(two.stop(), Some(0));
    machine.database.drop().await;
}

#[actix_web::test]
async fn live_updates_cross_processes_on_sqlite() {
    live_updates(Engine::Sqlite).await;
}

#[actix_web::test]
async fn live_updates_cross_processes_on_postgres() {
    live_updates(Engine::Postgres).await;
}
