//! What can be typed.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{
    Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;
use entity::enums::Role;

use super::remote::args::{ItemsArgs, MineArgs, OverdueArgs};
use crate::{
    exchange::forms::items::{DateFormat, Mapping},
    platform::{clock::DAYS, settings::Flags},
};

/// Tracks what became of the recommendations of postmortems.
#[derive(Debug, Parser)]
#[command(name = "postmortem", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub settings: Flags,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve the API and do the background work, after bringing the schema up to date
    Serve,
    /// Serve the API only; any number of these run side by side
    Api,
    /// Do the background work only
    Worker,
    /// Ask the service on this machine, at the address of `listen`, whether it lives: exit code 1 if not
    Health(HealthArgs),
    /// Bring the database schema up to date
    Migrate(MigrateArgs),
    /// Copy the embedded database into a file, whole, also while it is in use
    Backup(BackupArgs),
    /// Put a backup in the place of the embedded database
    Restore(RestoreArgs),
    /// Copy the whole database into an empty one, of either kind, and compare every row
    Copy(CopyArgs),
    /// Take the name and e-mail address of a user away for good, everywhere
    Anonymize(AnonymizeArgs),
    /// Load demo data into an embedded database and serve it
    Demo(DemoArgs),
    /// Import postmortems written in Markdown, exported reports, issues of GitHub and tables of action items
    Import(ImportArgs),
    /// Print a report as a document, or write all of them into a directory
    Export(ExportArgs),
    /// Print the follow-through review of a time, to send round: nothing of RESTRICTED reports is in it
    Report(ReportArgs),
    /// Print a token for a user
    Token(TokenArgs),
    /// Receive webhooks on this machine, for development, and print those whose signature fits
    Listen(ListenArgs),
    /// Print the GraphQL schema, or write the JSON Schemas of events
    Schema(SchemaArgs),
    /// Ask a server what is overdue: recommendations and reports, the soonest due first
    Overdue(OverdueArgs),
    /// Ask a server what you owe: recommendations and reports, the soonest due first
    Mine(MineArgs),
    /// Ask a server for recommendations, the soonest due first
    Items(ItemsArgs),
    /// Print a script that lets a shell complete what is typed
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print a page of the manual, or write them all
    Man(ManArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The command that the page is about [default: the program]
    pub command: Option<String>,
    /// Write all pages into this directory, which is made if need be, instead of printing one
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    pub directory: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// Write the JSON Schema of every type of event into this directory, instead of printing
    #[arg(long, value_name = "DIRECTORY")]
    pub events: Option<PathBuf>,
    /// Print the schema of the subgraph, for a gateway of Apollo Federation
    #[arg(long, conflicts_with = "events")]
    pub federation: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct HealthArgs {
    /// Ask whether it can serve: the database answers, and its schema is up to date
    #[arg(long)]
    pub ready: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    /// Only say which steps are missing; exit code 1 if any are
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The new file; one that exists is never overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// A file that `postmortem backup` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Move the present database aside first; it is kept, under another name, in the same folder
    #[arg(long)]
    pub replace: bool,
}

#[derive(clap::Args)]
pub(super) struct CopyArgs {
    /// The database to copy into: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE. Those who list processes see a flag; the
    /// variable keeps a password from them
    #[arg(long, env = "COPY_TO_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub to: String,
}

impl std::fmt::Debug for CopyArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyArgs").finish_non_exhaustive()
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct AnonymizeArgs {
    /// The address of the user
    #[arg(long)]
    pub email: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Load the data and stop
    #[arg(long)]
    pub load_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportFormat {
    /// For people
    Text,
    /// One JSON object per file
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportSource {
    /// By what each file is: its name for tables, its text for everything else
    Auto,
    /// A postmortem in Markdown, or a report that was exported as Markdown or JSON
    Document,
    /// JSON of GitHub's REST API: a list of issues, or one
    GithubIssues,
    /// A table of action items: CSV, also with semicolons or tabs
    ActionItems,
}

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Show what would be imported and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the outcome
    #[arg(long, value_enum, default_value = "text")]
    pub format: ImportFormat,
    /// What the files are
    #[arg(long, value_enum, default_value = "auto")]
    pub from: ImportSource,
    /// What a column of a table is, such as "Due=dueDate"; "Column=-" leaves one out. May be given many times
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<Mapping>,
    /// How days of a table are written, such as %d/%m/%Y
    #[arg(long, value_name = "FORMAT")]
    pub date_format: Option<DateFormat>,
    /// The report of rows that name none: a key, or the name of one to make [default: the name of the file]
    #[arg(long, value_name = "KEY_OR_NAME")]
    pub report: Option<String>,
    /// The documents
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// For people; it can be imported again
    #[value(name = "md", alias = "markdown")]
    Markdown,
    /// For browsers and printers
    Html,
    /// For programs; it can be imported again
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The report, such as PM-12
    #[arg(value_name = "REPORT_KEY", required_unless_present = "all")]
    pub key: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value = "md")]
    pub format: ExportFormat,
    /// Write it to this file instead of printing it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write all reports, each to a file of its own
    #[arg(long, conflicts_with_all = ["key", "output", "public"], requires = "directory")]
    pub all: bool,
    /// Where the files go, with --all
    #[arg(long, value_name = "DIRECTORY", requires = "all")]
    pub directory: Option<PathBuf>,
    /// The edition for everybody, of a published report: read it before you send it round
    #[arg(long)]
    pub public: bool,
    /// What of it, with --public, such as executiveSummary,timeline
    #[arg(long, value_name = "NAMES", requires = "public")]
    pub sections: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For terminals and mails
    Text,
    /// For wikis and pull requests
    Markdown,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Only what belongs to this team
    #[arg(long, value_name = "SLUG")]
    pub team: Option<String>,
    /// The first day [default: that of the month of --to, or of the last month]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<NaiveDate>,
    /// The last day [default: that of the last month, or today when --from is given]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<NaiveDate>,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

#[derive(clap::Args)]
pub(super) struct ListenArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 4_400)]
    pub port: u16,
    /// The secret that createWebhookEndpoint showed, or the publicKey of the endpoint
    #[arg(long, env = "WEBHOOK_SECRET", hide_env_values = true, value_name = "WHSEC")]
    pub secret: String,
}

impl std::fmt::Debug for ListenArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListenArgs")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct TokenArgs {
    /// Whose token
    #[arg(long)]
    pub email: String,
    /// Give the user this role, and create the user if there is none
    #[arg(long, ignore_case = true, value_parser = role())]
    pub role: Option<Role>,
    /// How long it is good for: a number with m, h or d
    #[arg(long, default_value = "8h", value_parser = duration)]
    pub ttl: chrono::Duration,
}

/// A role. Help and refusals list them.
fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["viewer", "member", "admin"]).try_map(|word| word.parse::<Role>())
}

/// A day that every database can hold.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    let day = text.parse().ok().filter(|day| DAYS.contains(day));
    day.ok_or_else(|| "expected a date such as 2026-11-01".to_owned())
}

/// `30m`, `8h`, `7d`.
fn duration(text: &str) -> Result<chrono::Duration, String> {
    let expected = || "expected a number with m, h or d, such as 8h, of at most 365d".to_owned();
    let unit = text.chars().last().ok_or_else(expected)?;
    let number: i64 = text
        .strip_suffix(unit)
        .and_then(|number| number.parse().ok())
        .ok_or_else(expected)?;
    let span = match unit {
        'm' => chrono::Duration::try_minutes(number),
        'h' => chrono::Duration::try_hours(number),
        'd' => chrono::Duration::try_days(number),
        _ => None,
    };
    span.filter(|span| *span > chrono::Duration::zero() && *span <= chrono::Duration::days(365))
        .ok_or_else(expected)
}
