//! The command line: what an operator types. Results go to stdout, everything else to stderr; a failure is one sentence and
//! exit code 1, a wrong call exit code 2.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to the person who typed it"
)]

/// Prints a line of the result.
macro_rules! outln {
    ($($arg:tt)*) => {
        $crate::cli::print(format_args!($($arg)*))
    };
}

/// Whoever reads may stop reading: `postmortem … | head` is no error. A full disk is one, and ends the process: what was
/// printed is not whole.
fn print(line: std::fmt::Arguments<'_>) {
    use std::io::{ErrorKind, Write, stdout};
    match writeln!(stdout(), "{line}").and_then(|()| stdout().flush()) {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => {
            eprintln!("postmortem: the result could not be written: {problem}");
            std::process::exit(1);
        }
        _ => {}
    }
}

mod args;
mod demo;
mod export;
mod import;
mod listen;
mod progress;
mod report;
mod serve;
mod token;

use std::{path::Path, process::ExitCode, sync::Arc};

use clap::Parser;

use self::args::{Args, Command};
use crate::{
    auth::App,
    events::model::{
        catalogue,
        schema::{file_name, schema},
    },
    platform::{
        clock::SystemClock,
        db::{self, Databases},
        error::{Error, chain},
        settings::Settings,
        telemetry,
    },
    schema,
};

/// Runs what was typed.
pub async fn run() -> ExitCode {
    let args = Args::parse();
    match command(args).await {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("postmortem: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn command(args: Args) -> Result<ExitCode, String> {
    // These need no settings and no database.
    if let Command::Schema(schema) = &args.command {
        match &schema.events {
            Some(directory) => write_event_schemas(directory)?,
            None => outln!("{}", schema::sdl().trim_end()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Listen(args) = args.command {
        listen::listen(args).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Import(args) = &args.command
        && args.dry_run
    {
        return import::dry_run(args);
    }
    let mut settings = Settings::load(&args.settings)?;
    if matches!(args.command, Command::Demo(_)) && settings.database_url == Settings::default().database_url {
        demo::DATABASE_URL.clone_into(&mut settings.database_url);
    }
    telemetry::start(&settings.log)?;
    match args.command {
        Command::Schema(_) | Command::Listen(_) => {}
        Command::Serve => serve::serve(migrated(settings).await?, serve::Role::Both).await?,
        Command::Api => serve::serve(current(settings).await?, serve::Role::Api).await?,
        Command::Worker => serve::serve(current(settings).await?, serve::Role::Worker).await?,
        Command::Migrate => {
            let databases = databases(&settings)?;
            let steps = db::migrate(&databases).await.map_err(|error| sentence(&error))?;
            outln!(
                "{}",
                if steps == 0 {
                    "The schema is up to date.".to_owned()
                } else {
                    format!("Applied {steps} steps.")
                }
            );
        }
        Command::Demo(demo) => demo::demo(migrated(settings).await?, demo.load_only).await?,
        Command::Token(token) => token::token(&ready(settings).await?, &token).await?,
        Command::Import(args) => return import::import(&ready(settings).await?, &args).await,
        Command::Report(args) => report::report(&ready(settings).await?, &args).await?,
        Command::Export(export) => return export::export(&ready(settings).await?, &export).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// One file for each type of event. Files of types that are gone stay: what was released is kept.
fn write_event_schemas(directory: &Path) -> Result<(), String> {
    for event in catalogue::CATALOGUE {
        let file = directory.join(file_name(event));
        std::fs::write(&file, format!("{:#}\n", schema(event)))
            .map_err(|problem| format!("{} cannot be written: {problem}.", file.display()))?;
    }
    Ok(())
}

/// What an operator reads of an error: the sentence, and the cause when it is ours.
fn sentence(error: &Error) -> String {
    match error {
        Error::Internal(source) => chain(source.as_ref()),
        other => other.to_string(),
    }
}

fn databases(settings: &Settings) -> Result<Databases, String> {
    Databases::new(
        &settings.database_url,
        settings.database_connections,
        settings.statement_timeout_ms,
    )
}

async fn start(settings: Settings, databases: Databases) -> Result<Arc<App>, String> {
    App::start(settings, Arc::new(SystemClock), databases)
        .await
        .map_err(|error| sentence(&error))
}

/// For commands that bring the schema up to date themselves.
async fn migrated(settings: Settings) -> Result<Arc<App>, String> {
    let databases = databases(&settings)?;
    db::migrate(&databases).await.map_err(|error| sentence(&error))?;
    start(settings, databases).await
}

/// For processes of which many run side by side: they leave the schema to `migrate`.
async fn current(settings: Settings) -> Result<Arc<App>, String> {
    let databases = databases(&settings)?;
    if db::is_current(&databases).await.map_err(|error| sentence(&error))? {
        return start(settings, databases).await;
    }
    Err("the database schema is not up to date; run `postmortem migrate` first.".to_owned())
}

/// For short commands: the embedded database is theirs to prepare, PostgreSQL is not.
async fn ready(settings: Settings) -> Result<Arc<App>, String> {
    if databases(&settings)?.is_sqlite() {
        migrated(settings).await
    } else {
        current(settings).await
    }
}
