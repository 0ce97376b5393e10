//! What can be typed to ask a server.

use std::{num::NonZeroU32, path::PathBuf};

use chrono::NaiveDate;
use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::cli::args::day;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(in crate::cli) struct ServerArgs {
    /// The server to ask [env: POSTMORTEM_URL]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Read the token from this file [env: POSTMORTEM_TOKEN_FILE, or the token itself in POSTMORTEM_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Read url and token from this TOML file [env: POSTMORTEM_CLIENT_CONFIG] [default: postmortem/client.toml in
    /// $XDG_CONFIG_HOME or ~/.config, if it exists]
    #[arg(long, value_name = "FILE")]
    pub client_config: Option<PathBuf>,
    /// Also without TLS, to a server that is not on this machine: whoever is on the way can read the token
    #[arg(long)]
    pub allow_http: bool,
    /// How long an answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Table,
    /// For programs: one array
    Json,
    /// For programs: one object a line
    Ndjson,
    /// For spreadsheets
    Csv,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArgs {
    /// How to print it
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// At most so many, the soonest due first [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<NonZeroU32>,
    /// End with exit code 3 when there is anything to list
    #[arg(long)]
    pub fail_if_any: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct OverdueArgs {
    /// Only what belongs to these teams
    #[arg(long, value_name = "SLUG", value_delimiter = ',')]
    pub team: Vec<String>,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MineArgs {
    /// Only what is overdue
    #[arg(long)]
    pub overdue: bool,
    /// Also what is finished or was declined
    #[arg(long, conflicts_with = "overdue")]
    pub all: bool,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ItemsArgs {
    /// Only those of these teams
    #[arg(long, value_name = "SLUG", value_delimiter = ',')]
    pub team: Vec<String>,
    /// Only those that stand here
    #[arg(long, value_delimiter = ',', ignore_case = true, value_parser = constant(&["proposed", "accepted", "in-progress", "blocked", "implemented", "verified", "declined"]))]
    pub status: Vec<String>,
    /// Only those of incidents that were so bad
    #[arg(long, value_delimiter = ',', ignore_case = true, value_parser = constant(&["sev1", "sev2", "sev3", "sev4", "sev5"]))]
    pub severity: Vec<String>,
    /// Only those that are so urgent
    #[arg(long, value_delimiter = ',', ignore_case = true, value_parser = constant(&["p0", "p1", "p2", "p3", "p4"]))]
    pub priority: Vec<String>,
    /// Only those that are due before this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub due_before: Option<NaiveDate>,
    /// Only those that are committed and not finished
    #[arg(long)]
    pub open: bool,
    /// Only those that are open and were due before today
    #[arg(long)]
    pub overdue: bool,
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// One of these words, as the API writes it.
fn constant(words: &'static [&'static str]) -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(words).map(|word| word.to_uppercase().replace('-', "_"))
}
