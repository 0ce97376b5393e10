//! Python, with the packages of the folders beside this one: each set in an environment of its own in the temporary directory.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::postgres::{
    install::{debian, turn},
    run,
};

/// A folder of `tests`.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A Python that has what `requirements.txt` of a folder of `tests` asks for, which is one package in one version.
pub(crate) fn prepared(name: &str) -> Result<PathBuf> {
    let _turn = turn(name)?;
    let requirements = folder(name).join("requirements.txt");
    let wanted = fs::read_to_string(&requirements).with_context(|| format!("no {}", requirements.display()))?;
    let version = wanted.trim().replace("==", "-");
    let home = std::env::temp_dir().join(format!("postmortem-tests-{name}-{version}"));
    let python = home.join("bin/python");
    let done = home.join("installed");
    if !done.is_file() {
        let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        // Debian's Python has venv in a package of its own.
        if make().is_err() {
            debian(
                &["python3", "python3-venv"],
                "some tests check what we send with libraries of Python, which need Python 3 with venv",
            )?;
            make()?;
        }
        run(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements))
        .with_context(|| format!("could not install the packages of {}", requirements.display()))?;
        File::create(&done)?;
    }
    Ok(python)
}
