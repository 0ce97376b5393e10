//! Everything that one fault is done to: a database, an api process, a worker process, somebody who is told by webhooks, and a tracker.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use postmortem_tests::{Receiver, TestTracker};
use serde_json::json;

use crate::{
    client::{Client, text},
    place::{Engine, Place},
    process::{Plan, Process},
};

/// The programs that run.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `postmortem`.
    pub service: PathBuf,
    /// This program, which can be the service with a clock that is moved.
    pub host: PathBuf,
}

/// How processes are set up for a fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setup {
    /// The clock of the worker is one that we move.
    pub moves_worker: bool,
    /// That of the api process, too.
    pub moves_api: bool,
    /// By how many seconds clocks are ahead at first.
    pub ahead: i64,
    /// One thread of the api process, with two connections to the database.
    pub is_narrow: bool,
    /// Requests and statements are given up sooner than they are when nobody says otherwise.
    pub is_hasty: bool,
    /// Whether a limit on the size of files makes a write fail, instead of ending the process.
    pub survives_limits: bool,
}

/// What the load is about.
pub struct Subjects {
    /// Who asks.
    pub user: String,
    /// A report.
    pub report: String,
    /// A cause in it.
    pub cause: String,
}

/// The clock of processes that are given one.
pub struct MovableClock {
    file: PathBuf,
    ahead: Cell<i64>,
}

impl MovableClock {
    fn new(folder: &Path, ahead: i64) -> Result<Self> {
        let clock = Self {
            file: folder.join("clock"),
            ahead: Cell::new(ahead),
        };
        clock.set(ahead)?;
        Ok(clock)
    }

    /// By how many seconds it is ahead of ours.
    pub fn ahead(&self) -> i64 {
        self.ahead.get()
    }

    /// Jumps.
    pub fn set(&self, ahead: i64) -> Result<()> {
        self.ahead.set(ahead);
        Ok(fs::write(&self.file, ahead.to_string())?)
    }
}

/// It all. Processes are killed when this is dropped.
pub struct Stage {
    pub api: Process,
    pub worker: Process,
    pub client: Client,
    pub subjects: Subjects,
    pub receiver: Receiver,
    pub tracker: TestTracker,
    pub clock: MovableClock,
    pub setup: Setup,
    pub place: Place,
}

impl Stage {
    /// Starts everything, and connects it.
    pub async fn start(programs: &Programs, place: Place, setup: Setup) -> Result<Self> {
        let clock = MovableClock::new(place.folder.path(), setup.ahead)?;
        let plan = |name: &'static str, is_moved: bool| {
            let (program, arguments) = if is_moved {
                let file = clock.file.to_string_lossy().into_owned();
                let arguments = ["host", "--role", name, "--clock", &file];
                (programs.host.clone(), arguments.map(str::to_owned).to_vec())
            } else {
                (programs.service.clone(), vec![name.to_owned()])
            };
            Plan {
                program,
                arguments,
                environment: environment(&place, setup),
                folder: place.folder.path().to_owned(),
                name,
                survives_limits: setup.survives_limits,
            }
        };
        let operator = Plan {
            program: programs.service.clone(),
            ..plan("operator", false)
        };
        operator.command(&["migrate"]).await?;
        let who = [
            "token",
            "--email",
            "ada@example.org",
            "--role",
            "admin",
            "--ttl",
            "365d",
        ];
        let token = operator.command(&who).await?;
        let api = Process::start(plan("api", setup.moves_api)).await?;
        let worker = Process::start(plan("worker", setup.moves_worker)).await?;
        let client = Client::new(api.url("/graphql"), token);
        let (receiver, tracker) = (Receiver::new(), TestTracker::new());
        let subjects = populate(&client, &receiver, &tracker).await?;
        Ok(Self {
            api,
            worker,
            client,
            subjects,
            receiver,
            tracker,
            clock,
            setup,
            place,
        })
    }

    /// Do both processes run?
    pub fn all_run(&self) -> bool {
        self.api.runs() && self.worker.runs()
    }

    /// The numbers of both processes, by which it is known later that nobody started them again.
    pub fn pids(&self) -> [u32; 2] {
        [self.api.pid(), self.worker.pid()]
    }
}

fn environment(place: &Place, setup: Setup) -> Vec<(&'static str, String)> {
    let (workers, connections) = if setup.is_narrow { ("1", "2") } else { ("2", "5") };
    let fixed = [
        ("POSTMORTEM_WORKERS", workers),
        ("POSTMORTEM_DATABASE_CONNECTIONS", connections),
        ("POSTMORTEM_REQUESTS_PER_MINUTE", "0"),
        ("POSTMORTEM_REQUESTS_PER_MINUTE_PER_ADDRESS", "0"),
        ("POSTMORTEM_WEBHOOK_ALLOW_HTTP", "true"),
        ("POSTMORTEM_WEBHOOK_ALLOWED_NETWORKS", "[\"127.0.0.1/32\"]"),
        ("POSTMORTEM_LOG", "warn"),
    ];
    let mut all: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).to_vec();
    all.push(("POSTMORTEM_DATABASE_URL", place.url.clone()));
    if setup.is_hasty {
        all.push(("POSTMORTEM_REQUEST_TIMEOUT_MS", "4000".to_owned()));
        all.push(("POSTMORTEM_STATEMENT_TIMEOUT_MS", "4000".to_owned()));
    }
    if place.engine == Engine::Postgres {
        all.push(("POSTMORTEM_SEALING_KEY", format!("{}=", "A".repeat(43))));
    }
    all
}

/// A report with a cause, an endpoint that is told of everything, and a tracker that gets an issue for everything accepted.
async fn populate(client: &Client, receiver: &Receiver, tracker: &TestTracker) -> Result<Subjects> {
    let viewer = client.ask("{ viewer { user { id } } }", json!({})).await?;
    let user = text(&viewer["viewer"]["user"]["id"])?;
    let incident = json!({ "title": "A bad night", "severity": "SEV2", "startedAt": "2026-03-01T09:00:00Z" });
    let report = json!({ "title": "A bad night", "incident": incident, "ownerId": user });
    let report = client.make("createReport", report, ["report", "id"]).await?;
    let cause = json!({ "reportId": report, "title": "Retries multiply", "role": "CONTRIBUTING" });
    let cause = client.make("addRootCause", cause, ["rootCause", "id"]).await?;
    let connection = json!({
        "kind": "GITHUB", "name": "Widgets", "baseUrl": tracker.url, "project": "octo/widgets", "token": "ghp_test",
        "autoCreate": true, "userMap": [{ "external": "ada-l", "userId": user }],
    });
    client
        .make("createTrackerConnection", connection, ["trackerConnection", "id"])
        .await?;
    let endpoint = json!({ "url": receiver.url });
    client
        .make("createWebhookEndpoint", endpoint, ["webhookEndpoint", "id"])
        .await?;
    Ok(Subjects { user, report, cause })
}
