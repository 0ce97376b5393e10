//! Node, npm and the packages of the lock files in the folders beside this one.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::postgres::{
    install::{answers, debian},
    run,
};

/// A folder of `tests`, with Node and the packages of its lock file there. Panics with a sentence that says what is missing.
pub(crate) fn prepared(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    packages(&folder);
    folder
}

/// The same for a folder that is elsewhere.
pub(crate) fn packages(folder: &Path) {
    if let Err(error) = install_packages(folder) {
        panic!("{error:#}");
    }
}

fn install_packages(folder: &Path) -> Result<()> {
    let modules = folder.join("node_modules");
    // The tests may run in several processes.
    let lock = File::create(std::env::temp_dir().join("postmortem-tests-node.lock")).context("no lock file")?;
    lock.lock().context("could not wait for another test process")?;
    if !answers("node", "--version") || !answers("npm", "--version") {
        debian(
            &["nodejs", "npm"],
            "some tests run clients, verifiers and an OpenID Connect provider of npm, which needs Node 18 or later and npm",
        )?;
    }
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
