//! A real Redmine beside the tests: that of Debian 12, run from a copy in a temporary directory, with a database of its own there.
//!
//! As root on Debian, what it needs is installed as PostgreSQL is, and itself it is unpacked into the temporary directory: to install
//! it would set a server up, and does not always succeed.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres::{
    install::{answers, debian_unpacked, turn},
    run,
};

/// Where Debian has it.
const INSTALLED: &str = "/usr/share/redmine";

const DATABASE: &str = "production:\n  adapter: sqlite3\n  database: DATABASE\n  timeout: 20000\n";

/// What the server runs. It ends when its input does, so it cannot outlive the test.
const CONFIG: &str = "Thread.new { $stdin.read; Process.kill(:TERM, Process.pid) }
require_relative 'config/environment'
run Rails.application
";

/// A Redmine with a project `widgets`, and one that is closed, `gadgets`. It ends when this is dropped.
pub struct RealRedmine {
    process: Child,
    _home: TempDir,
    /// Where it is.
    pub url: String,
    /// The key of somebody who manages the projects.
    pub key: String,
    /// The number of Ada, who works there.
    pub ada: String,
    /// The number of Bo, who does too.
    pub bo: String,
    admin: String,
    client: reqwest::Client,
}

impl RealRedmine {
    /// Starts one. Takes a quarter of a minute, or some when the packages are to be installed.
    pub fn start() -> Self {
        start().unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// What an admin asks there. Null when nothing is answered.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request
            .header("x-redmine-api-key", &self.admin)
            .header(CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.expect("Redmine to answer");
        let status = answer.status();
        let text = answer.text().await.expect("an answer");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// An issue.
    pub async fn issue(&self, number: u64) -> Value {
        self.ask(Method::GET, &format!("/issues/{number}.json"), Value::Null)
            .await["issue"]
            .clone()
    }

    /// All issues with a title.
    pub async fn titled(&self, title: &str) -> Vec<Value> {
        let all = self
            .ask(Method::GET, "/issues.json?status_id=*&limit=100", Value::Null)
            .await;
        let all = all["issues"].as_array().expect("issues").clone();
        all.into_iter().filter(|issue| issue["subject"] == title).collect()
    }

    /// Somebody changes an issue there.
    pub async fn edit(&self, number: u64, issue: Value) {
        let path = format!("/issues/{number}.json");
        self.ask(Method::PUT, &path, json!({ "issue": issue })).await;
    }

    /// Somebody deletes an issue there.
    pub async fn delete(&self, number: u64) {
        self.ask(Method::DELETE, &format!("/issues/{number}.json"), Value::Null)
            .await;
    }
}

impl Drop for RealRedmine {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Where it is.
fn install() -> Result<PathBuf> {
    let _turn = turn("redmine")?;
    let unpacked = std::env::temp_dir().join("postmortem-tests-redmine");
    let places = [PathBuf::from(INSTALLED), unpacked.join("usr/share/redmine")];
    let is_there = |place: &&PathBuf| place.join("config/environment.rb").is_file();
    let can_run = || {
        answers("puma", "--version")
            && Command::new("ruby")
                .args(["-rsqlite3", "-e", ""])
                .status()
                .is_ok_and(|it| it.success())
    };
    if let Some(place) = places.iter().find(is_there)
        && can_run()
    {
        return Ok(place.clone());
    }
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    debian_unpacked(
        "redmine",
        "ruby-sqlite3, puma",
        "a test keeps recommendations in step with a real Redmine, which needs that of Debian 12 with SQLite and Puma",
        &unpacked,
    )?;
    let [_, place] = places;
    Ok(place)
}

/// Of the copy.
fn command(app: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(app)
        .env("RAILS_ENV", "production")
        .env_remove("REDMINE_INSTANCE")
        .env_remove("X_DEBIAN_SITEID");
    command
}

/// Copies what is installed, so that what it writes and reads is here.
fn copy(installed: &Path, home: &Path) -> Result<PathBuf> {
    let app = home.join("redmine");
    run(Command::new("cp").arg("-a").arg(installed).arg(&app))?;
    for link in ["Gemfile.lock", "instances", "config/database.yml"] {
        fs::remove_file(app.join(link)).with_context(|| format!("no {link} in {}", installed.display()))?;
    }
    let own = app.join("instances/default");
    for folder in ["config", "log", "files", "tmp/cache"] {
        fs::create_dir_all(own.join(folder))?;
    }
    let database = DATABASE.replace("DATABASE", &home.join("redmine.db").to_string_lossy());
    fs::write(own.join("config/database.yml"), database)?;
    fs::write(own.join("config/secret_key.txt"), "5".repeat(80))?;
    // It looks there which libraries the databases need.
    let gems = fs::read_to_string(app.join("Gemfile"))?;
    fs::write(app.join("Gemfile"), gems.replace(INSTALLED, &app.to_string_lossy()))?;
    fs::write(app.join("config.ru"), CONFIG)?;
    Ok(app)
}

fn fill(app: &Path) -> Result<Value> {
    run(command(app, "ruby").args(["bin/rake", "db:migrate"]))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("trackers/redmine.rb");
    let output = command(app, "ruby")
        .args(["bin/rails", "runner"])
        .arg(script)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).with_context(|| format!("Redmine could not be filled: {said}"))
}

fn start() -> Result<RealRedmine> {
    let installed = install()?;
    let home = tempfile::tempdir()?;
    let app = copy(&installed, home.path())?;
    let facts = fill(&app)?;
    let fact = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
    let mut process = command(&app, "puma")
        .args([
            "--bind",
            "tcp://127.0.0.1:0",
            "--environment",
            "production",
            "config.ru",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = process.stdout.take().context("no output of Puma")?;
    let mut lines = BufReader::new(output).lines();
    let url = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("Listening on ")?.1.trim().to_owned()));
    std::thread::spawn(move || lines.for_each(drop));
    Ok(RealRedmine {
        process,
        _home: home,
        url: url.context("Redmine did not begin to listen")?,
        key: fact("key"),
        ada: fact("ada"),
        bo: fact("bo"),
        admin: fact("admin"),
        client: crate::oidc::client(),
    })
}
