//! A cluster in a temporary directory: made, started, and gone without a trace when dropped.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::account::Account;
use super::{Server, run};

/// A free port may be taken by somebody else before the server binds it; then we try another.
const PORT_ATTEMPTS: u32 = 3;

/// Processes of a server that was killed end within seconds; until then no other may start.
const RESTART_ATTEMPTS: u32 = 40;

/// How long the server may take to answer.
const START_TIMEOUT_S: u32 = 60;

/// The system limits the path of a socket to about 100 bytes, the file name included.
const LONGEST_SOCKET_DIRECTORY: usize = 80;

/// A running server with an empty cluster of its own.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    account: Option<Account>,
    directory: TempDir,
    /// What its settings have besides ours.
    more: String,
    port: u16,
    started: bool,
}

impl Cluster {
    /// Makes a cluster and starts its server; it answers when this returns.
    pub fn start(server: Server) -> Result<Self> {
        Self::start_in(server, &std::env::temp_dir(), "")
    }

    /// The same in a directory below another, with more lines of postgresql.conf, which count more than ours.
    pub fn start_in(server: Server, parent: &Path, more: &str) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("postmortem-postgres-")
            .tempdir_in(parent)
            .context("could not make a directory")?;
        let account = Account::for_server()?;
        if let Some(account) = account {
            account.give(directory.path())?;
        }
        let mut cluster = Self {
            server,
            account,
            directory,
            more: more.to_owned(),
            port: 0,
            started: false,
        };
        cluster.initialise()?;
        for attempt in 1.. {
            match cluster.try_start() {
                Err(_) if attempt < PORT_ATTEMPTS => (),
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        Ok(cluster)
    }

    /// The address of its first database, as the superuser.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens, on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory that holds everything it has.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the server and removes the directory; unlike dropping, it tells when that failed.
    pub fn remove(mut self) -> Result<()> {
        self.stop()?;
        let path = self.directory().to_owned();
        drop(self);
        ensure!(!path.exists(), "could not remove {}", path.display());
        Ok(())
    }

    fn initialise(&self) -> Result<()> {
        let mut initdb = self.program("initdb");
        initdb.arg("--pgdata").arg(self.data());
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        run(&mut initdb)?;

        // Appended, not replaced: initdb has filled in what suits this machine, and the last line for a name counts.
        let settings = self.data().join("postgresql.conf");
        fs::OpenOptions::new()
            .append(true)
            .open(&settings)
            .and_then(|mut file| file.write_all(self.settings().as_bytes()))
            .with_context(|| format!("could not write {}", settings.display()))
    }

    fn settings(&self) -> String {
        let directory = self.directory().to_string_lossy();
        let sockets = if directory.len() > LONGEST_SOCKET_DIRECTORY {
            ""
        } else {
            &*directory
        };
        format!(
            "\
listen_addresses = '127.0.0.1'
unix_socket_directories = '{}'
max_connections = 600
shared_buffers = 64MB
# Nothing here has to survive a crash.
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
{}
",
            sockets.replace('\'', "''"),
            self.more
        )
    }

    fn try_start(&mut self) -> Result<()> {
        self.port = free_port()?;
        self.started = true;
        let Err(error) = self.run_server() else { return Ok(()) };
        // It may be there but late, and would be in the way of the next attempt. Mostly there is nothing to stop.
        let _ = self.stop();
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        Err(error.context(format!("the throwaway PostgreSQL did not start; its log:\n{log}")))
    }

    fn run_server(&self) -> Result<()> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.arg("start").arg("--pgdata").arg(self.data());
        pg_ctl.arg("--log").arg(self.log());
        pg_ctl.arg("--options").arg(format!("-p {}", self.port));
        pg_ctl.arg("--wait").arg("--timeout").arg(START_TIMEOUT_S.to_string());
        run(&mut pg_ctl)
    }

    /// Kills the server's first process with SIGKILL. The others notice, and end by themselves.
    pub fn kill(&self) -> Result<()> {
        let file = self.data().join("postmaster.pid");
        let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
        let pid = text.lines().next().context("postmaster.pid names no process")?;
        run(Command::new("kill").args(["-9", pid]))
    }

    /// Shuts the server down in order, without waiting for those who are connected.
    pub fn shut_down(&self) -> Result<()> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.arg("stop").arg("--pgdata").arg(self.data());
        pg_ctl.args(["--mode=fast", "--wait"]);
        run(&mut pg_ctl).context("could not shut the throwaway PostgreSQL down")
    }

    /// Is it there, and does it take connections?
    pub fn answers(&self) -> bool {
        let mut pg_isready = self.program("pg_isready");
        let port = self.port.to_string();
        pg_isready.args(["--quiet", "--host=127.0.0.1", "--port", &port]);
        pg_isready.status().is_ok_and(|status| status.success())
    }

    /// Starts a server that has ended, on the same port. What is left of the one before may still be about to end.
    pub fn start_again(&self) -> Result<()> {
        for _ in 0..RESTART_ATTEMPTS {
            if self.run_server().is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        self.run_server()
            .context("could not start the throwaway PostgreSQL again")
    }

    /// Crashes the server, as if its process had been killed, and starts it again on the same port.
    pub fn crash_and_restart(&self) -> Result<()> {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl
            .arg("restart")
            .arg("--pgdata")
            .arg(self.data())
            .arg("--log")
            .arg(self.log())
            .args(["--mode=immediate", "--wait"]);
        run(&mut pg_ctl).context("could not restart the throwaway PostgreSQL")
    }

    fn stop(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.started) {
            return Ok(());
        }
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl
            .arg("stop")
            .arg("--pgdata")
            .arg(self.data())
            .args(["--mode=immediate", "--wait"]);
        run(&mut pg_ctl).context("could not stop the throwaway PostgreSQL")
    }

    fn log(&self) -> PathBuf {
        self.directory().join("server.log")
    }

    fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    /// A program of the server, run as its account, from a directory that this account may enter.
    fn program(&self, name: &str) -> Command {
        let mut command = self.server.program(name);
        command.current_dir(self.directory());
        if let Some(account) = self.account {
            account.run_as(&mut command);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Who wants to know about a failure calls `remove`. Without its directory the server ends by itself.
        let _ = self.stop();
    }
}

/// A port that nobody listens on right now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("could not find a free port")?;
    Ok(listener.local_addr()?.port())
}
