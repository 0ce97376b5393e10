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
    ONCE.call_once(|| prepare_in("oidc"));
}

/// Makes sure that there is Node, and that the packages of a folder of `tests` are there. Panics as above.
pub(crate) fn prepare_in(name: &str) {
    if let Err(error) = install(name) {
        panic!("{error:#}");
    }
}

fn answers(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

fn install(name: &str) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let modules = folder.join("node_modules");
    // The tests may run in several processes.
    let lock =
        File::create(std::env::temp_dir().join(format!("postmortem-tests-{name}.lock"))).context("no lock file")?;
    lock.lock().context("could not wait for another test process")?;
    if !answers("node") || !answers("npm") {
        if !(account::is_root()? && Path::new("/etc/debian_version").exists() && answers("apt-get")) {
            bail!(
                "some tests run clients and an OpenID Connect provider of npm, which needs Node 18 or later: install both \
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
            .current_dir(&folder))
        .with_context(|| format!("could not install the packages of tests/{name}/package-lock.json"))?;
    }
    Ok(())
}
