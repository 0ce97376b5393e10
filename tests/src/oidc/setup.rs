//! Node, npm and the packages of the lock file.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::Once,
};

use anyhow::{Context, Result, bail};

use crate::postgres::{account, install::apt_get, run};

/// Where the provider is.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc")
}

/// Makes sure that the provider can be started. Panics with a sentence that says what is missing.
pub(super) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = install_packages(&folder()) {
            panic!("{error:#}");
        }
    });
}

fn answers(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Makes sure that there are Node and npm, and the packages of the lock file in a folder.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let modules = folder.join("node_modules");
    // The tests may run in several processes.
    let lock = File::create(std::env::temp_dir().join("postmortem-tests-oidc.lock")).context("no lock file")?;
    lock.lock().context("could not wait for another test process")?;
    if !answers("node") || !answers("npm") {
        if !(account::is_root()? && Path::new("/etc/debian_version").exists() && answers("apt-get")) {
            bail!(
                "the tests sign in at a real OpenID Connect provider and check webhooks with a library of npm, which needs Node 18 or \
                 later and npm: install them \
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
