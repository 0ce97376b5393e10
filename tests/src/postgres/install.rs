//! Getting a server on a machine that has none.
//!
//! Only where nobody is surprised by it: as root on a Debian-like system, which is what a fresh container or a CI
//! machine is. Everyone else is told in one sentence what to install.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{PROGRAMS_VARIABLE, Search, URL_VARIABLE, account, run};

/// The settings that Debian makes new clusters from; there once `postgresql-common` is installed.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// Whether we may install a server here. The error is the sentence for the person at the keyboard.
pub fn check_allowed(search: &Search) -> Result<()> {
    if let Some(directory) = &search.only {
        bail!(
            "{PROGRAMS_VARIABLE} names {}, which does not hold the server programs initdb, pg_ctl and postgres",
            directory.display()
        );
    }
    if may_install()? {
        return Ok(());
    }
    bail!(
        "the tests need a PostgreSQL server and found none: install it (Debian and Ubuntu: `sudo apt-get install \
         postgresql`; Fedora: `sudo dnf install postgresql-server`; macOS: `brew install postgresql`), or set \
         {URL_VARIABLE} to the address of a server whose content may be lost"
    )
}

/// Installs Debian's package, without the cluster that it would make and start.
pub fn install() -> Result<()> {
    const HINT: &str = "could not install PostgreSQL; try `apt-get install postgresql` by hand";
    run(apt_get().arg("update")).context(HINT)?;
    // In two steps, because the setting that prevents the cluster lives in a file of the first package.
    run(apt_get().args(["install", "--no-install-recommends", "postgresql-common"])).context(HINT)?;
    without_main_cluster(|| run(apt_get().args(["install", "--no-install-recommends", "postgresql"]))).context(HINT)
}

/// Installs packages of Debian for something else that tests need, or fails with a sentence that begins with what for.
pub fn debian(packages: &[&str], what_for: &str) -> Result<()> {
    if !may_install()? {
        bail!(
            "{what_for}: install it (Debian and Ubuntu: `sudo apt-get install {}`)",
            packages.join(" ")
        );
    }
    let _turn = turn("apt")?;
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "--no-install-recommends"]).args(packages))
}

/// Makes sure that a program is there whose package has its name. Panics with a sentence that begins with what for.
pub(crate) fn needs(program: &str, what_for: &str) {
    if !answers(program, "--version")
        && let Err(error) = debian(&[program], what_for)
    {
        panic!("{error:#}");
    }
}

/// Unpacks a package of Debian into a directory that is not there yet, or fails with a sentence that begins with what for. What it
/// depends on is installed, and more; itself it is not, so that nothing is set up for it on this machine.
pub(crate) fn debian_unpacked(package: &str, more: &str, what_for: &str, into: &Path) -> Result<()> {
    if !may_install()? {
        bail!("{what_for}: install it (Debian 12: `sudo apt-get install {package}`, and {more})");
    }
    let _turn = turn("apt")?;
    run(apt_get().arg("update"))?;
    let shown = Command::new("apt-cache")
        .args(["show", "--no-all-versions", package])
        .output()?;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let depends = shown.lines().find_map(|line| line.strip_prefix("Depends: "));
    let depends = depends.with_context(|| format!("Debian has no package {package} here"))?;
    run(apt_get()
        .args(["satisfy", "--no-install-recommends"])
        .arg(format!("{depends}, {more}")))?;
    let folder = tempfile::tempdir()?;
    run(apt_get().args(["download", package]).current_dir(folder.path()))?;
    let unpacked = folder.path().join("unpacked");
    for archive in fs::read_dir(folder.path())? {
        run(Command::new("dpkg-deb")
            .arg("--extract")
            .arg(archive?.path())
            .arg(&unpacked))?;
    }
    fs::rename(&unpacked, into).with_context(|| format!("could not move {package} to {}", into.display()))
}

/// Waits until no other test, in this process or another, has the turn of this name; it ends when this is dropped. Whoever holds one may
/// wait for `apt`, and whoever holds that waits for none. apt needs one, as it waits for some of its locks only.
pub(crate) fn turn(of: &str) -> Result<File> {
    let path = std::env::temp_dir().join(format!("postmortem-tests-{of}.lock"));
    let lock = File::create(&path).with_context(|| format!("no lock file {}", path.display()))?;
    lock.lock()
        .with_context(|| format!("could not wait for another test to release {}", path.display()))?;
    Ok(lock)
}

fn may_install() -> Result<bool> {
    Ok(account::is_root()? && Path::new("/etc/debian_version").exists() && answers("apt-get", "--version"))
}

/// The command, so that it asks nothing.
fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["--yes", "--quiet=2", "--option", "DPkg::Lock::Timeout=120"])
        .stdin(std::process::Stdio::null());
    command
}

/// Is this program there?
pub fn answers(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Runs `step` while Debian's settings say to make no cluster, and puts the settings back afterwards.
fn without_main_cluster(step: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = fs::read_to_string(CREATE_CLUSTER).with_context(|| format!("could not read {CREATE_CLUSTER}"))?;
    let change =
        |text: &str| fs::write(CREATE_CLUSTER, text).with_context(|| format!("could not write {CREATE_CLUSTER}"));
    change(&format!("{before}\ncreate_main_cluster = false\n"))?;
    let outcome = step();
    change(&before)?;
    outcome
}
