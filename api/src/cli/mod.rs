//! The command line: what an operator types. Results go to stdout, everything else to stderr; a failure is one sentence and
//! exit code 1, a wrong call exit code 2. The commands of `remote` ask a server, all others work on the machine itself.

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

mod anonymize;
mod args;
mod backup;
mod copy;
mod demo;
mod export;
mod health;
mod import;
mod listen;
mod migrate;
mod progress;
mod remote;
mod report;
mod serve;
mod shell;
mod token;

use std::{path::Path, process::ExitCode, sync::Arc};

use clap::{CommandFactory, FromArgMatches};

use self::args::{Args, Command};
use crate::{
    auth::App,
    events::model::{
        catalogue,
        schema::{file_name, schema},
    },
    http::server,
    platform::{
        clock::SystemClock,
        db::{self, Databases},
        error::{Error, chain},
        settings::Settings,
        telemetry::{self, Traces},
    },
    schema,
};

/// Runs what was typed.
pub async fn run() -> ExitCode {
    let args = Args::from_arg_matches(&command_line().get_matches()).unwrap_or_else(|problem| problem.exit());
    let refused = remote::refused(&args.command, &args.settings).or_else(|| match &args.command {
        Command::Listen(args) => listen::refused(args),
        _ => None,
    });
    if let Some(sentence) = refused {
        eprintln!("postmortem: {sentence}");
        return ExitCode::from(2);
    }
    match command(args).await {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("postmortem: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Read none of the service's settings.
const WITHOUT_SETTINGS: [&str; 7] = ["overdue", "mine", "items", "completions", "man", "schema", "listen"];

/// The service's settings, as flags.
fn settings_of(command: &clap::Command) -> Vec<clap::Arg> {
    let settings = command.get_arguments().filter(|argument| argument.is_global_set());
    settings.cloned().collect()
}

/// All that can be typed. The service's settings are not shown with the commands that read none.
fn command_line() -> clap::Command {
    let command = Args::command();
    let settings = settings_of(&command).into_iter().map(|setting| setting.hide(true));
    let settings: Vec<clap::Arg> = settings.collect();
    command.mut_subcommands(|one| {
        if WITHOUT_SETTINGS.contains(&one.get_name()) {
            one.args(&settings)
        } else {
            one
        }
    })
}

/// The same for completions and the manual, which do not know what is hidden: each command has what says something to it.
fn described() -> clap::Command {
    let command = Args::command();
    let settings = settings_of(&command).into_iter().map(|setting| setting.global(false));
    let settings: Vec<clap::Arg> = settings.collect();
    let command = command.mut_args(|argument| argument.global(false));
    command.mut_subcommands(|one| {
        if WITHOUT_SETTINGS.contains(&one.get_name()) {
            one
        } else {
            one.args(&settings)
        }
    })
}

async fn command(args: Args) -> Result<ExitCode, String> {
    // These need no settings and no database.
    let args = match args.command {
        Command::Overdue(overdue) => return remote::overdue(overdue).await,
        Command::Mine(mine) => return remote::mine(mine).await,
        Command::Items(items) => return remote::items(items).await,
        Command::Completions { shell } => {
            shell::completions(shell, described());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man(man) => {
            shell::man(&man, described())?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => args,
    };
    if let Command::Schema(schema) = &args.command {
        match &schema.events {
            Some(directory) => write_event_schemas(directory)?,
            None if schema.federation => outln!("{}", schema::federation::sdl().trim_end()),
            None => outln!("{}", schema::sdl().trim_end()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Listen(args) = args.command {
        listen::listen(args).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Import(typed) = &args.command
        && typed.dry_run
    {
        // It needs none. Those that somebody types are for the import itself, and must be good for that.
        let flags = &args.settings;
        if flags.config.is_some() || !flags.given().is_empty() {
            Settings::load(flags)?;
        }
        return import::dry_run(typed);
    }
    let mut settings = Settings::load(&args.settings)?;
    if let Command::Health(args) = &args.command {
        health::health(settings.listen, args)?;
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(args.command, Command::Demo(_)) && settings.database_url == Settings::default().database_url {
        demo::DATABASE_URL.clone_into(&mut settings.database_url);
    }
    let serves = matches!(
        args.command,
        Command::Serve | Command::Api | Command::Worker | Command::Demo(_)
    );
    if matches!(args.command, Command::Serve | Command::Api | Command::Demo(_)) {
        server::trusted_documents(&settings)?;
    }
    let traces = if serves { Traces::open(&settings)? } else { None };
    telemetry::start(&settings.log, traces.as_ref())?;
    let worked_on = databases(&settings)?;
    let outcome = work(args.command, settings, traces).await;
    db::settle(&worked_on).await;
    outcome
}

/// What reads the settings and the database.
async fn work(command: Command, settings: Settings, traces: Option<Traces>) -> Result<ExitCode, String> {
    match command {
        Command::Schema(_)
        | Command::Health(_)
        | Command::Listen(_)
        | Command::Overdue(_)
        | Command::Mine(_)
        | Command::Items(_)
        | Command::Completions { .. }
        | Command::Man(_) => {}
        Command::Serve => serve::serve(migrated(settings).await?, serve::Role::Both, traces).await?,
        Command::Api => serve::serve(current(settings).await?, serve::Role::Api, traces).await?,
        Command::Worker => serve::serve(current(settings).await?, serve::Role::Worker, traces).await?,
        Command::Migrate(args) => return migrate::migrate(&databases(&settings)?, &args).await,
        Command::Backup(args) => backup::backup(&databases(&settings)?, &args).await?,
        Command::Restore(args) => backup::restore(&databases(&settings)?, &args).await?,
        Command::Copy(args) => copy::copy(&settings, &databases(&settings)?, &args).await?,
        Command::Anonymize(args) => anonymize::anonymize(&existing(settings).await?, &args).await?,
        Command::Demo(demo) => demo::demo(migrated(settings).await?, demo.load_only, traces).await?,
        Command::Token(token) if token.role.is_none() => token::token(&existing(settings).await?, &token).await?,
        Command::Token(token) => token::token(&ready(settings).await?, &token).await?,
        Command::Import(args) => return import::import(&ready(settings).await?, &args).await,
        Command::Report(args) => report::report(&existing(settings).await?, &args).await?,
        Command::Export(export) => return export::export(&existing(settings).await?, &export).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// One file for each type of event. Files of types that are gone stay: what was released is kept.
fn write_event_schemas(directory: &Path) -> Result<(), String> {
    std::fs::create_dir_all(directory)
        .map_err(|problem| format!("{} cannot be made: {problem}.", directory.display()))?;
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
    usable(&databases).await?;
    start(settings, databases).await
}

/// For processes of which many run side by side: they leave the schema to `migrate`.
async fn current(settings: Settings) -> Result<Arc<App>, String> {
    let databases = databases(&settings)?;
    usable(&databases).await?;
    start(settings, databases).await
}

/// Refuses a schema that this release cannot work on.
async fn usable(databases: &Databases) -> Result<(), String> {
    let schema = db::schema(databases).await.map_err(|error| sentence(&error))?;
    match schema.problem() {
        None => Ok(()),
        Some(problem) => Err(format!("{problem}.")),
    }
}

/// For short commands: the embedded database is theirs to prepare, PostgreSQL is not.
async fn ready(settings: Settings) -> Result<Arc<App>, String> {
    if databases(&settings)?.is_sqlite() {
        migrated(settings).await
    } else {
        current(settings).await
    }
}

/// For commands about what is there: in a database that is made for them there is nothing, and nobody would wonder why.
async fn existing(settings: Settings) -> Result<Arc<App>, String> {
    if let Some(file) = databases(&settings)?.file().filter(|file| !file.exists()) {
        return Err(format!(
            "There is no database {}; name one with --database-url, or make this one with `postmortem migrate`.",
            file.display()
        ));
    }
    ready(settings).await
}
