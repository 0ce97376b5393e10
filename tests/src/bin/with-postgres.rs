//! `with-postgres COMMAND [ARGUMENT…]`: runs a command beside a throwaway PostgreSQL server.
//!
//! The command finds the server's address in `POSTMORTEM_TEST_POSTGRES_URL`. When that is already set, the command runs
//! as it is and no server is started. The server is gone when this ends, whatever the command did and also on Ctrl-C;
//! the exit code is the command's. The story is told in [`postmortem_tests::postgres`].
#![allow(
    clippy::print_stderr,
    reason = "what it does and why it failed is for the person at the terminal"
)]

use std::io::IsTerminal;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use postmortem_tests::postgres::{URL_VARIABLE, throwaway, variable};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long the command may take to end after a signal, before it is killed.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("with-postgres: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<u8> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        bail!("usage: with-postgres COMMAND [ARGUMENT…]")
    };
    let mut command = Command::new(&program);
    command.args(arguments);

    if variable(URL_VARIABLE).is_some() {
        return Err(command.exec()).with_context(|| format!("could not run {}", program.display()));
    }

    // From here on a signal waits for us instead of ending us, so that nothing is left behind.
    let mut signals = Signals::listen()?;
    let cluster = tokio::task::spawn_blocking(throwaway).await??;
    command.env(URL_VARIABLE, cluster.url());
    let outcome = supervise(command, &mut signals)
        .await
        .with_context(|| format!("could not run {}", program.display()));
    if let Err(error) = cluster.remove() {
        eprintln!("with-postgres: {error:#}");
    }
    outcome
}

/// Runs the command to its end, passing on the signals that we get; tells the exit code.
#[allow(
    clippy::disallowed_methods,
    reason = "the wait before the kill is measured on the real clock"
)]
async fn supervise(mut command: Command, signals: &mut Signals) -> Result<u8> {
    // At a terminal the command shares our process group, so that it may read from it and gets Ctrl-C from it. Elsewhere
    // it leads its own, so that a signal can reach everything it started (cargo's test binaries, say).
    let group = !std::io::stdin().is_terminal();
    if group {
        command.process_group(0);
    }
    let mut child = command.spawn()?;
    let id = child.id();
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    let mut caught = None;
    loop {
        tokio::select! {
            status = &mut ended => return Ok(exit_code(status??, caught)),
            () = tokio::time::sleep(GRACE), if caught.is_some() => send("KILL", id, group)?,
            (name, number) = signals.next() => {
                caught = Some(number);
                send(name, id, group)?;
            }
        }
    }
}

/// The command's own code; as shells do, 128 and the signal's number when a signal ended it or made it end.
fn exit_code(status: ExitStatus, caught: Option<u8>) -> u8 {
    let own = status
        .code()
        .or_else(|| status.signal().map(|number| 128 + number))
        .and_then(|code| u8::try_from(code).ok());
    match (own.unwrap_or(1), caught) {
        (0, Some(number)) => 128 + number,
        (code, _) => code,
    }
}

/// Sends a signal by the shell: the standard library can only kill.
fn send(name: &str, id: u32, group: bool) -> Result<()> {
    let target = if group { format!("-{id}") } else { id.to_string() };
    let script = format!("kill -s {name} -- {target}");
    // It fails when the command has just ended, which is what we wanted.
    Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status()
        .context("could not run sh")?;
    Ok(())
}

/// The signals that ask us to end.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one, by name and number.
    async fn next(&mut self) -> (&'static str, u8) {
        tokio::select! {
            _ = self.hangup.recv() => ("HUP", 1),
            _ = self.interrupt.recv() => ("INT", 2),
            _ = self.terminate.recv() => ("TERM", 15),
        }
    }
}
