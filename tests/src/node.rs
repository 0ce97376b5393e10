//! Node, npm and the packages of the lock files in the folders beside this one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::postgres::{
    install::{answers, debian, turn},
    run,
};

/// The oldest major version that the packages run with.
const OLDEST: u32 = 20;

/// What it is for.
const WHAT_FOR: &str = "some tests run clients, verifiers and an OpenID Connect provider of npm, which needs Node 20 or later, of \
                        Debian 13 or https://nodejs.org, and npm";

/// A folder of `tests`, with Node and the packages of its lock file there. Panics with a sentence that says what is missing.
pub(crate) fn prepared(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    packages(&folder);
    folder
}

/// The same for a folder that is elsewhere.
pub fn packages(folder: &Path) {
    if let Err(error) = install_packages(folder) {
        panic!("{error:#}");
    }
}

/// Runs a script of a folder of `tests` without holding up the server of the test, and gives the JSON that it printed. Panics with what it
/// said when that is none.
pub(crate) async fn script(folder: &str, name: &str, arguments: &[&str]) -> Value {
    let mut command = Command::new("node");
    command
        .arg(name)
        .args(arguments)
        .current_dir(prepared(folder))
        .stdin(Stdio::null());
    let ran = tokio::task::spawn_blocking(move || command.output());
    let output = ran.await.expect("a thread").expect("node to start");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Fails with a sentence when Node is too old.
fn check_version() -> Result<()> {
    let output = Command::new("node").arg("--version").output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.trim().trim_start_matches('v');
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("the Node here, {version}, is too old, as Debian 12's own is: {WHAT_FOR}");
    }
    Ok(())
}

fn install_packages(folder: &Path) -> Result<()> {
    let modules = folder.join("node_modules");
    let _turn = turn("node")?;
    if !answers("node", "--version") || !answers("npm", "--version") {
        debian(&["nodejs", "npm"], WHAT_FOR)?;
    }
    check_version()?;
    // npm writes this file last.
    let installed = fs::metadata(modules.join(".package-lock.json")).and_then(|file| file.modified());
    let wanted = fs::metadata(folder.join("package-lock.json")).and_then(|file| file.modified());
    if !matches!((installed, wanted), (Ok(installed), Ok(wanted)) if installed >= wanted) {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder))
        .with_context(|| {
            format!(
                "could not install the packages of {}/package-lock.json",
                folder.display()
            )
        })?;
    }
    Ok(())
}
