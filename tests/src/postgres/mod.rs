//! A throwaway PostgreSQL for one run of the tests.
//!
//! The binary `with-postgres` runs a command beside a server of its own and tells the command where it is by
//! [`URL_VARIABLE`]; `make test` is its main user. A run goes through four steps, one file each:
//!
//! 1. [`server`] looks for the server programs on this machine;
//! 2. [`install`] gets them from Debian when there are none and it may: as root, on a Debian-like system;
//! 3. [`account`] chooses whom the server runs as, since PostgreSQL refuses to run as root;
//! 4. [`cluster`] makes a cluster in a temporary directory, starts it, and stops and removes it when dropped.
//!
//! The cluster trusts every local connection and gives up safety on disk for speed. It is reachable from this machine
//! only, on 127.0.0.1 and on a socket in its own directory, and must never hold anything worth keeping.
//!
//! When `with-postgres` itself is killed (SIGKILL), nobody is left to clean up. The server then runs on until somebody
//! removes its directory: PostgreSQL stops by itself, within a minute, once its directory has gone.
//!
//! Which databases and schemas the tests make inside the server is not decided here.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};

pub mod account;
pub mod cluster;
pub mod install;
pub mod server;

pub use cluster::Cluster;
pub use server::{Search, Server};

/// The variable that carries the address of the server to the tests, and the one that tells us to start none.
pub const URL_VARIABLE: &str = "POSTMORTEM_TEST_POSTGRES_URL";

/// The variable that limits the search to one directory of server programs, to choose a version.
pub const PROGRAMS_VARIABLE: &str = "POSTMORTEM_TEST_POSTGRES_BIN";

/// A server for this run: one of this machine, or Debian's package, installed where that surprises nobody.
pub fn throwaway() -> Result<Cluster> {
    Cluster::start(programs()?)
}

/// The programs of a server, without a cluster.
pub fn programs() -> Result<Server> {
    find_or_install(&Search {
        only: variable(PROGRAMS_VARIABLE).map(Into::into),
        path: variable("PATH"),
    })
}

#[allow(clippy::print_stderr, reason = "what it does is for the person at the terminal")]
fn find_or_install(search: &Search) -> Result<Server> {
    if let Some(server) = Server::find(search) {
        return Ok(server);
    }
    install::check_allowed(search)?;
    eprintln!("no PostgreSQL server here; installing Debian's package `postgresql`");
    install::install()?;
    Server::find(search).context("Debian's package `postgresql` is installed, but its programs were not found")
}

/// A variable of the environment that is there and not empty.
#[allow(
    clippy::disallowed_methods,
    reason = "the harness is not the service: it is told by a few variables"
)]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Runs a command to its end with its output caught, which becomes part of the error when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("could not run {program}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    bail!(
        "{program} failed ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&said).trim_end()
    )
}
