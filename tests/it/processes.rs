//! The binary as a process, or several of them, on both databases.

use std::{
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

use postmortem_tests::{Engine, TestDatabase, get, wait_until};
use tempfile::TempDir;

use crate::settings_and_cli::binary;

/// A process that serves, and is gone when this is dropped.
struct Process {
    child: Child,
    address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
        // Free now, and hardly taken by somebody else at once.
        let address = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let mut command = self.command(&[role, "--listen", &address]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let process = Process { child, address };
        let url = process.url("/healthz");
        wait_until(async || get(&url).await.is_some_and(|(status, _)| status == 200)).await;
        process
    }
}

impl Process {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to stop, and tells with what code it did.
    fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code()
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
