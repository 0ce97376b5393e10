//! A PostgreSQL of our own, set up as a small production server would be, with its files beside the other databases.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use postmortem_tests::postgres::{self, account::Account};

use crate::store::Store;

/// Commits reach the disk. What would disturb a measurement is left out: compilation of plans, parallel workers, which cost more
/// than they save on two busy cores, and vacuuming in the background, which is done after loading instead.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 1GB
effective_cache_size = 8GB
work_mem = 16MB
maintenance_work_mem = 512MB
random_page_cost = 1.1
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 30min
max_parallel_workers_per_gather = 0
jit = off
autovacuum = off
timezone = 'UTC'
";

pub struct Cluster {
    programs: PathBuf,
    account: Option<Account>,
    data: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts the server in this directory, and makes its files when there are none.
    pub fn start(home: &Path) -> Result<Self> {
        let server = postgres::programs()?;
        let account = Account::for_server()?;
        let data = home.join("postgres");
        let port = free_port()?;
        let cluster = Self {
            programs: server.directory().to_owned(),
            account,
            data,
            port,
        };
        // The server's account has to reach its own directory through this one.
        fs::set_permissions(home, fs::Permissions::from_mode(0o711))?;
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.initialise()?;
        }
        // One that was left behind would keep us from starting; mostly there is none.
        let _ = cluster.control(&["stop", "--mode=fast"]);
        let log = cluster.data.join("server.log");
        let log = log.to_string_lossy();
        cluster.control(&["start", "--log", &log, "--options", &format!("-p {port}")])?;
        Ok(cluster)
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The first process, from which all others descend.
    pub fn pid(&self) -> Result<u32> {
        let text = fs::read_to_string(self.data.join("postmaster.pid"))?;
        text.lines()
            .next()
            .and_then(|line| line.parse().ok())
            .context("no process in postmaster.pid")
    }

    /// An empty database in the place of whatever has this name.
    pub fn recreate(&self, database: &str) -> Result<()> {
        let store = Store::open(&self.url("postgres"))?;
        store.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))?;
        store.run(&format!("CREATE DATABASE {database}"))
    }

    fn initialise(&self) -> Result<()> {
        fs::create_dir_all(&self.data)?;
        if let Some(account) = self.account {
            account.give(&self.data)?;
        }
        let mut initdb = self.program("initdb");
        initdb.arg("--pgdata").arg(&self.data);
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        run(&mut initdb)?;
        let file = self.data.join("postgresql.conf");
        let settings = fs::read_to_string(&file)? + SETTINGS;
        Ok(fs::write(file, settings)?)
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.args(arguments).arg("--wait").arg("--pgdata").arg(&self.data);
        run(&mut pg_ctl)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.data);
        if let Some(account) = self.account {
            account.run_as(&mut command);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nobody could do anything about a failure; the next start stops it once more.
        let _ = self.control(&["stop", "--mode=fast"]);
    }
}

/// Without pipes: the server would hold them open, and we would wait for their end.
fn run(command: &mut Command) -> Result<()> {
    use std::process::Stdio;
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let status = status.with_context(|| format!("could not run {program}"))?;
    ensure!(status.success(), "{program} failed: {status}");
    Ok(())
}

/// A port that nobody listens on right now.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("could not find a free port")?;
    Ok(listener.local_addr()?.port())
}
