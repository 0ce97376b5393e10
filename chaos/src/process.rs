//! A process of the service: started, killed, started again at the same address, and looked at.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use postmortem_tests::{
    pause,
    processes::{Killed, free_address},
};

/// How long a process may take to be ready. A debug build on a busy machine needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a process is started, each time.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// What it is told, but for the address.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(&'static str, String)>,
    /// Where it works, and where its log is.
    pub folder: PathBuf,
    /// The name of its log.
    pub name: &'static str,
    /// Whether a limit on the size of files makes a write fail, instead of ending the process.
    pub survives_limits: bool,
}

impl Plan {
    /// Runs a command with the same environment, and gives what it prints. What is between it and its database runs meanwhile.
    pub async fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.prepared(&self.program);
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        if !output.status.success() {
            bail!(
                "{arguments:?} failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn prepared(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let known = self.environment.iter().map(|(name, value)| (*name, value.as_str()));
        command
            .env_clear()
            .envs(known)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    fn spawn(&self, address: &str) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = if self.survives_limits {
            let mut shell = self.prepared(Path::new("/bin/sh"));
            // What is ignored stays ignored in the program that takes the shell's place.
            shell
                .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
                .arg(&self.program);
            shell
        } else {
            self.prepared(&self.program)
        };
        command.args(&self.arguments).args(["--listen", address]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        child.with_context(|| format!("could not start {}", self.program.display()))
    }
}

/// The process. It is killed when this is dropped.
pub struct Process {
    plan: Plan,
    address: String,
    child: Mutex<Killed>,
}

impl Process {
    /// Starts it, and waits until it is ready.
    pub async fn start(plan: Plan) -> Result<Self> {
        let address = free_address();
        let child = Mutex::new(Killed(plan.spawn(&address)?));
        let process = Self { plan, address, child };
        process.until_ready().await?;
        Ok(process)
    }

    /// A page of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Kills it with SIGKILL, in the middle of whatever it does, and starts another in its place, as a supervisor would.
    pub fn kill_and_start_again(&self) -> Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.0.kill()?;
        child.0.wait()?;
        *child = Killed(self.plan.spawn(&self.address)?);
        Ok(())
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).0.id()
    }

    /// Has nobody ended it, and has it not ended by itself?
    pub fn runs(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.0.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// The end of its log, for whoever looks for the reason of a failure.
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(self.plan.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(12)..].iter();
        let short = last.map(|line| line.chars().take(400).collect::<String>());
        short.collect::<Vec<_>>().join("\n")
    }

    /// Resident memory, in MB.
    pub fn memory(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid())).context("the process has ended")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line.context("no VmRSS")?.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }

    async fn until_ready(&self) -> Result<()> {
        let begun = std::time::Instant::now();
        let url = self.url("/readyz");
        while begun.elapsed() < PATIENCE && self.runs() {
            if postmortem_tests::get(&url)
                .await
                .is_some_and(|(status, _)| status == 200)
            {
                return Ok(());
            }
            pause(Duration::from_millis(50)).await;
        }
        bail!(
            "the {} did not get ready; its log:\n{}",
            self.plan.name,
            self.last_words()
        )
    }
}
