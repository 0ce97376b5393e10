//! The official libraries of Standard Webhooks for Node and Python, in `tests/webhooks`. npm's comes from the lock file.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    node::prepared,
    python::{self, folder},
};

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
        let mut command = Command::new(python::prepared("webhooks")?);
        command.arg("check.py").current_dir(folder("webhooks"));
        verdicts(command, cases)
    };
    check().unwrap_or_else(|error| panic!("{error:#}"))
}
