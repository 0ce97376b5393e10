//! The official libraries of Standard Webhooks for Node and Python, in `tests/webhooks`. npm's comes from the lock file; PyPI's is
//! installed into an environment of its own in the temporary directory.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    node::prepared,
    postgres::{install::debian, run},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("webhooks")
}

/// Python with the library.
fn python() -> Result<PathBuf> {
    let lock = File::create(std::env::temp_dir().join("postmortem-tests-webhooks.lock")).context("no lock file")?;
    lock.lock().context("could not wait for another test process")?;
    let home = std::env::temp_dir().join("postmortem-tests-webhooks-1.0.0");
    let python = home.join("bin/python");
    let done = home.join("installed");
    if !done.is_file() {
        let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        // Debian's Python has venv in a package of its own.
        if make().is_err() {
            debian(
                &["python3", "python3-venv"],
                "some tests check webhooks with the official Python library, which needs Python 3 with venv",
            )?;
            make()?;
        }
        let wanted = folder().join("requirements.txt");
        run(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(wanted))
        .context("could not install the packages of tests/webhooks/requirements.txt")?;
        File::create(&done)?;
    }
    Ok(python)
}

/// Hands JSON to a command, and takes JSON from it.
pub(crate) fn verdicts(mut command: Command, cases: &Value) -> Result<Value> {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = process.stdin.take().context("no way in")?;
    input.write_all(cases.to_string().as_bytes())?;
    drop(input);
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "the check itself failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What Node says of each case: the official library, and our sample.
pub fn node_takes(cases: &Value) -> Value {
    let check = || {
        let mut command = Command::new("node");
        command.arg("check.mjs").current_dir(prepared("webhooks"));
        verdicts(command, cases)
    };
    check().unwrap_or_else(|error| panic!("{error:#}"))
}

/// What Python says of each case: the official library, and our sample.
pub fn python_takes(cases: &Value) -> Value {
    let check = || {
        let mut command = Command::new(python()?);
        command.arg("check.py").current_dir(folder());
        verdicts(command, cases)
    };
    check().unwrap_or_else(|error| panic!("{error:#}"))
}
