//! What is measured: the service, the floor and two peers, each a process of its own over the same database.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    client::Client,
    cluster::free_port,
    operation::{Operation, change},
    options::Options,
    process,
    round::Place,
    store::Store,
    tools,
};

/// Who asks: a member, so that the service leaves out what is hidden from them.
const MEMBER: &str = "person-2@bench.example";
/// Their team, whose items change.
const TEAM: &str = "team-2";

/// How long a target may take until it answers.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    Service,
    Floor,
    Postgraphile,
    Mercurius,
}

/// In which words a target is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// Our schema.
    Ours,
    /// A schema made of the tables.
    Tables,
    /// No GraphQL: values alone.
    Rows,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Service, Self::Floor, Self::Postgraphile, Self::Mercurius];

    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "Postmortem",
            Self::Floor => "floor",
            Self::Postgraphile => "PostGraphile",
            Self::Mercurius => "mercurius",
        }
    }

    pub fn speech(self) -> Speech {
        match self {
            Self::Service | Self::Mercurius => Speech::Ours,
            Self::Postgraphile => Speech::Tables,
            Self::Floor => Speech::Rows,
        }
    }

    /// Node gets faster for a while.
    pub fn warm_seconds(self) -> u64 {
        match self {
            Self::Service | Self::Floor => 2,
            Self::Postgraphile | Self::Mercurius => 6,
        }
    }
}

/// One that runs; it ends when this is dropped.
pub struct Target {
    pub kind: Kind,
    child: Child,
    port: u16,
    headers: Vec<(String, String)>,
}

impl Target {
    /// Starts it, and waits until it answers.
    pub fn start(options: &Options, kind: Kind, place: &Place) -> Result<Self> {
        let port = free_port()?;
        let url = &place.database.url;
        let mut headers = Vec::new();
        let mut command = match kind {
            Kind::Service => {
                headers.push(("Authorization".to_owned(), format!("Bearer {}", token(options, url)?)));
                service(options, url, port)
            }
            Kind::Floor => {
                let mut command = Command::new(&options.floor);
                command.arg("--database-url").arg(url);
                command.arg("--listen").arg(format!("127.0.0.1:{port}"));
                command.arg("--workers").arg(options.workers.to_string());
                command
            }
            Kind::Postgraphile => peer(options, "postgraphile", url, port),
            Kind::Mercurius => peer(options, "mercurius", url, port),
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("could not start {}", kind.name()))?;
        let mut target = Self {
            kind,
            child,
            port,
            headers,
        };
        let started = Instant::now();
        while target.answer(Operation::Report, &json!({ "key": "PM-1" })).is_err() {
            ensure!(started.elapsed() < PATIENCE, "{} does not answer", kind.name());
            if let Some(status) = target.child.try_wait()? {
                bail!("{} ended: {status}", kind.name());
            }
            process::pause(Duration::from_millis(100));
        }
        // The other processes of a peer may not be ready yet.
        process::pause(Duration::from_secs(1));
        Ok(target)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub fn path(&self, operation: Operation) -> &'static str {
        match self.kind.speech() {
            Speech::Rows => operation.path(),
            _ => "/graphql",
        }
    }

    /// A connection for one operation.
    pub fn client(&self, operation: Operation) -> Client {
        Client::new(self.port, self.path(operation), &self.headers)
    }

    /// The answer to one request.
    pub fn answer(&self, operation: Operation, values: &Value) -> Result<Value> {
        self.client(operation).ask(&operation.body(self.kind, values))
    }

    /// Where the pages of a list begin: none, then the end of each page. At most this many.
    pub fn pages(&self, most: usize) -> Result<Vec<Value>> {
        let mut client = self.client(Operation::Overdue);
        let mut pages = vec![json!({ "after": null })];
        while let Some(last) = pages.last().filter(|_| pages.len() < most) {
            let answer = client.ask(&Operation::Overdue.body(self.kind, last))?;
            let page = &answer["recommendations"]["pageInfo"];
            if page["hasNextPage"] != true {
                break;
            }
            pages.push(json!({ "after": page["endCursor"] }));
        }
        Ok(pages)
    }

    /// For each open item of the member's team the step that it can take now, and the step back.
    pub fn steps(&self, place: &Place) -> Result<Vec<[String; 2]>> {
        let items = if self.kind == Kind::Service {
            self.own_items()?
        } else {
            stored_items(place)?
        };
        ensure!(items.len() > 10, "too few items to change");
        let steps = items
            .iter()
            .map(|(id, is_blocked)| [change(self.kind, id, !is_blocked), change(self.kind, id, *is_blocked)]);
        Ok(steps.collect())
    }

    fn own_items(&self) -> Result<Vec<(String, bool)>> {
        let (mut items, mut after) = (Vec::new(), Value::Null);
        let mut client = self.client(Operation::Change);
        loop {
            let query = include_str!("../queries/mine.graphql");
            let body = json!({ "query": query, "variables": { "after": after } }).to_string();
            let answer = client.ask(&body)?;
            let list = &answer["recommendations"];
            for node in list["nodes"].as_array().into_iter().flatten() {
                let id = node["id"].as_str().unwrap_or_default().to_owned();
                items.push((id, node["status"] == "BLOCKED"));
            }
            if list["pageInfo"]["hasNextPage"] != true || items.len() >= ITEMS {
                return Ok(items);
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }
}

/// How many items change; there are fewer in small data.
const ITEMS: usize = 400;

fn stored_items(place: &Place) -> Result<Vec<(String, bool)>> {
    let rows = Store::open(&place.database.url)?.rows(&format!(
        "SELECT CAST(r.id AS text), r.status FROM recommendation r INNER JOIN team t ON t.id = r.team_id
        WHERE t.slug = '{TEAM}' AND r.status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED') ORDER BY r.due_on, r.id LIMIT {ITEMS}"
    ))?;
    let item = |mut row: Vec<String>| {
        let is_blocked = row.pop().is_some_and(|status| status == "BLOCKED");
        (row.pop().unwrap_or_default(), is_blocked)
    };
    Ok(rows.into_iter().map(item).collect())
}

/// Takes back what was changed past the service, which has left no history: the last row of it says what was.
pub fn take_back(place: &Place) -> Result<()> {
    Store::open(&place.database.url)?.run(&format!(
        "UPDATE recommendation r
        SET status = v.status, blocked_reason = CASE WHEN v.status = 'BLOCKED' THEN 'Waits for hosts.' END
        FROM recommendation_version v, team t
        WHERE v.recommendation_id = r.id AND v.valid_to IS NULL AND t.id = r.team_id AND t.slug = '{TEAM}' AND v.status <> r.status"
    ))
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The service as it is run, but that nobody's requests are too many. It answers only: its background work would send reminders of
/// everything that is overdue in the data.
pub fn service(options: &Options, url: &str, port: u16) -> Command {
    let mut command = Command::new(&options.service);
    command.args(["api", "--database-url", url, "--log", "warn"]);
    command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.arg("--workers").arg(options.workers.to_string());
    command.args(["--database-connections", "8"]);
    // What takes too long shall be seen in the table, not as an error.
    command.args(["--request-timeout-ms", "120000", "--statement-timeout-ms", "120000"]);
    command.args(["--requests-per-minute", "0", "--requests-per-minute-per-address", "0"]);
    command
}

fn token(options: &Options, url: &str) -> Result<String> {
    let mut command = Command::new(&options.service);
    command.args(["token", "--database-url", url, "--email", MEMBER, "--ttl", "7d"]);
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "no token: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn peer(options: &Options, name: &str, url: &str, port: u16) -> Command {
    let (folder, node): (std::path::PathBuf, std::path::PathBuf) = tools::peer(name);
    let mut command = Command::new(node);
    command.arg(Path::new("server.mjs")).current_dir(folder);
    command.env("PORT", port.to_string()).env("DATABASE_URL", url);
    command
        .env("WORKERS", options.workers.to_string())
        .env("CONNECTIONS", "8");
    command.env("NODE_ENV", "production").env("GRAPHILE_ENV", "production");
    command
}
