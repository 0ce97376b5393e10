//! Node, npm and the packages of the lock files in the folders beside this one.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::postgres::{account, install::apt_get, run};

/// A folder of `tests`, with Node and the packages of its lock file there. Panics with a sentence that says what is missing.
pub(crate) fn prepared(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if let Err(error) = install_packages(&folder) {
        panic!("{error:#}");
    }
    folder
}

fn answers(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

fn install_packages(folder: &Path) -> Result<()> {
    let modules = folder.join("node_modules");
    // The tests may run in several processes.
    let lock = File::create(std::env::temp_dir().join("postmortem-tests-node.lock")).context("no lock file")?;
    lock.lock().context("could not wait for another test process")?;
    if !answers("node") || !answers("npm") {
        if !(account::is_root()? && Path::new("/etc/debian_version").exists() && answers("apt-get")) {
            bail!(
                "some tests run clients, verifiers and an OpenID Connect provider of npm, which needs Node 18 or later and npm: \
                 install them \
                 (Debian and Ubuntu: `sudo apt-get install nodejs npm`)"
            );
        }
        run(apt_get().arg("update"))?;
        run(apt_get().args(["install", "--no-install-recommends", "nodejs", "npm"]))?;
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
