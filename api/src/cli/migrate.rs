//! `postmortem migrate`: brings the schema up to date, or says what is missing.

use std::process::ExitCode;

use super::{args::MigrateArgs, sentence};
use crate::platform::db::{self, Databases, Schema};

pub(super) async fn migrate(databases: &Databases, args: &MigrateArgs) -> Result<ExitCode, String> {
    if args.check {
        return check(databases).await;
    }
    usable(databases).await?;
    let steps = db::migrate(databases).await.map_err(|error| sentence(&error))?;
    outln!(
        "{}",
        if steps == 0 {
            "The schema is up to date.".to_owned()
        } else {
            format!("Applied {steps} steps.")
        }
    );
    Ok(ExitCode::SUCCESS)
}

/// A later release may have taken away what this one needs.
async fn usable(databases: &Databases) -> Result<(), String> {
    let schema = db::schema(databases).await.map_err(|error| sentence(&error))?;
    match schema.problem().filter(|_| schema == Schema::Beyond) {
        Some(problem) => Err(format!("{problem}.")),
        None => Ok(()),
    }
}

/// Changes nothing: a database that is not there is not made.
async fn check(databases: &Databases) -> Result<ExitCode, String> {
    if let Some(file) = databases.file()
        && !file.exists()
    {
        return Err(format!(
            "there is no database {} yet; `postmortem migrate` makes it.",
            file.display()
        ));
    }
    usable(databases).await?;
    let missing = db::steps(databases).await.map_err(|error| sentence(&error))?.missing;
    if missing.is_empty() {
        outln!("The schema is up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    for step in &missing {
        outln!("{step}");
    }
    Err(format!(
        "{} steps are missing; run `postmortem migrate`.",
        missing.len()
    ))
}
