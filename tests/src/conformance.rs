//! The tools of the GraphQL ecosystem beside the tests, from npm, in `tests/conformance`.
//!
//! They need Node 20 or later and npm, which are installed as Debian's packages where that surprises nobody. Debian 12's own Node is
//! older. The examples of `docs` also use curl and jq.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    documents,
    node::{self, prepared},
    postgres::install::needs,
    processes::Killed,
};

/// A folder to work in, in which the packages of `tests/conformance` are found. It goes away with this.
pub struct Workshop {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Workshop {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(
            prepared("conformance").join("node_modules"),
            folder.path().join("node_modules"),
        )
        .expect("a link to the packages");
        Self {
            folder,
            variables: Vec::new(),
        }
    }

    /// One with the examples of a file of `docs`, in which `change` puts what is really there.
    pub fn of_document(document: &str, change: impl Fn(&str) -> String) -> Self {
        for program in ["curl", "jq"] {
            needs(program, "the examples of the documentation use curl and jq");
        }
        let workshop = Self::new();
        documents::save(document, workshop.path(), change);
        workshop
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file in it.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Sets a variable for all that is run from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs something here without holding up the server of the test, and gives what it printed. It must succeed.
    pub async fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.try_run(program, arguments).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{program} {arguments:?} failed:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// The same for what may fail.
    pub async fn try_run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(program);
        command.args(arguments);
        let ran = tokio::task::spawn_blocking(move || command.output());
        ran.await
            .expect("a thread")
            .unwrap_or_else(|error| panic!("{program} did not start: {error}"))
    }

    /// Runs a script that serves here, until what it gives is dropped. It prints its address on a line.
    pub fn serve(&self, script: &str) -> Running {
        let process = self
            .command("node")
            .arg(script)
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("node to start");
        let mut process = Killed(process);
        let mut output = BufReader::new(process.0.stdout.take().expect("its output"));
        let mut url = String::new();
        // Some say other things first.
        while !url.starts_with("http") {
            url.clear();
            let read = output.read_line(&mut url).expect("a line");
            assert!(read > 0, "{script} did not say where it serves");
        }
        Running {
            _process: process,
            url: url.trim().to_owned(),
            _output: output,
        }
    }
}

impl Default for Workshop {
    fn default() -> Self {
        Self::new()
    }
}

/// A script that serves.
pub struct Running {
    _process: Killed,
    /// Where.
    pub url: String,
    /// Kept open, because it may say more.
    _output: BufReader<ChildStdout>,
}

/// Runs a script of `tests/conformance`, and gives the JSON that it printed.
pub async fn script(name: &str, arguments: &[&str]) -> Value {
    node::script("conformance", name, arguments).await
}

/// The schema that is checked in.
pub fn schema_file() -> PathBuf {
    documents::root().join("schema.graphql")
}
