//! `postmortem overdue`, `mine` and `items`: what a server says of who owes what, for people and for scripts.
//!
//! They ask by GraphQL like any other client, so they see what the owner of the token may see. A list is read page after page and
//! printed as it comes, but for a table, which has to know its widths first. Exit codes: 0 fine, 1 no answer, 2 a wrong call, and 3
//! when `--fail-if-any` was given and there was something to list.
//!
//! What a server says is not trusted: no character of a title reaches a terminal that could command it, and no cell of a
//! spreadsheet computes.

pub(super) mod args;
mod item;
mod print;
mod server;
mod table;
mod wrong;

use std::{path::Path, process::ExitCode};

use serde_json::{Map, Value, json};

use self::{
    args::{ItemsArgs, ListArgs, MineArgs, OverdueArgs, ServerArgs},
    item::{Item, Page},
    print::{Printer, View},
    server::Server,
};
use super::args::Command;
use crate::platform::settings::Flags;

/// When there is something to list, and whoever asked wants to be told by the exit code.
const SOMETHING: u8 = 3;
/// The most that the API gives at once.
const PAGE: u32 = 100;

/// The settings of the service say nothing to a command that reads none: whoever gives them meant something else.
pub(super) fn refused(command: &Command, flags: &Flags) -> Option<String> {
    let instead = match command {
        Command::Overdue(_) | Command::Mine(_) | Command::Items(_) => {
            "this command asks a server, which --url or --client-config names."
        }
        Command::Listen(_) => "this command only receives webhooks; --port says where.",
        Command::Schema(_) | Command::Completions { .. } | Command::Man(_) => "this command needs none; leave it out.",
        _ => return None,
    };
    let config = flags.config.as_deref().map(|_: &Path| "config");
    let name = config.or_else(|| flags.given().first().map(|(name, _)| *name))?;
    let flag = name.replace('_', "-");
    Some(format!("--{flag} is a setting of the service; {instead}"))
}

/// What is asked for: where its page stands in the answer, and the variables.
struct Question {
    document: &'static str,
    at: &'static str,
    filter: Value,
    view: View,
}

pub(super) async fn overdue(args: OverdueArgs) -> Result<ExitCode, String> {
    let server = connect(args.server)?;
    let mut filter = Map::from_iter([("isOverdue".to_owned(), json!(true))]);
    only_teams(&server, &args.team, &mut filter).await?;
    let question = Question {
        document: item::ACTION_ITEMS,
        at: "/page",
        filter: filter.into(),
        view: View::Overdue,
    };
    list(&server, &question, &args.list).await
}

pub(super) async fn mine(args: MineArgs) -> Result<ExitCode, String> {
    let server = connect(args.server)?;
    let who = server.ask("{ viewer { user { name } } }", json!({})).await?;
    if who.pointer("/viewer/user/name").is_none() {
        return Err(
            "this token belongs to a machine, which owes nothing; use one of your own, or `postmortem items --team`."
                .to_owned(),
        );
    }
    let filter = match (args.overdue, args.all) {
        (true, _) => json!({ "isOverdue": true }),
        (false, false) => json!({ "isOpen": true }),
        (false, true) => json!({}),
    };
    let question = Question {
        document: item::MINE,
        at: "/viewer/page",
        filter,
        view: View::Mine,
    };
    list(&server, &question, &args.list).await
}

pub(super) async fn items(args: ItemsArgs) -> Result<ExitCode, String> {
    let server = connect(args.server)?;
    let mut filter = Map::new();
    only_teams(&server, &args.team, &mut filter).await?;
    let mut only = |name: &str, is_given: bool, value: Value| {
        if is_given {
            filter.insert(name.to_owned(), value);
        }
    };
    only("status", !args.status.is_empty(), json!({ "in": args.status }));
    only("priority", !args.priority.is_empty(), json!({ "in": args.priority }));
    let severity = json!({ "severity": { "in": args.severity } });
    only("incident", !args.severity.is_empty(), severity);
    only("dueOn", args.due_before.is_some(), json!({ "lt": args.due_before }));
    only("isOpen", args.open, json!(true));
    only("isOverdue", args.overdue, json!(true));
    let question = Question {
        document: item::RECOMMENDATIONS,
        at: "/page",
        filter: filter.into(),
        view: View::Items,
    };
    list(&server, &question, &args.list).await
}

fn connect(args: ServerArgs) -> Result<Server, String> {
    let server = Server::new(args)?;
    for warning in server.warnings() {
        eprintln!("postmortem: {warning}");
    }
    Ok(server)
}

/// Adds teams to a filter, when there are such teams: a name that is mistyped would else look like a team that owes nothing.
async fn only_teams(server: &Server, wanted: &[String], filter: &mut Map<String, Value>) -> Result<(), String> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut missing: Vec<&String> = wanted.iter().collect();
    let (mut known, mut after) = (Vec::new(), None);
    while !missing.is_empty() {
        let page: Page<item::Team> = server.page(item::TEAMS, "/page", json!({ "after": after })).await?;
        let slugs: Vec<String> = page.nodes.iter().map(|team| team.slug.clone()).collect();
        missing.retain(|slug| !slugs.contains(slug));
        known.extend(slugs);
        match page.next()? {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    if let Some(slug) = missing.first() {
        known.truncate(20);
        let known = print::harmless(&known.join(", "));
        return Err(format!("there is no team {slug:?}; there are {known}."));
    }
    filter.insert("team".to_owned(), json!({ "slug": { "in": wanted } }));
    Ok(())
}

/// Reads page after page until there is no more, or as many as were wanted.
async fn list(server: &Server, question: &Question, args: &ListArgs) -> Result<ExitCode, String> {
    let mut printer = Printer::new(args.format, question.view);
    let mut left = args.limit.map(u32::from);
    let (mut count, mut after) = (0_usize, None);
    let mut is_cut = false;
    loop {
        let first = left.map_or(PAGE, |left| left.min(PAGE));
        let variables = json!({ "filter": question.filter, "first": first, "after": after });
        let page: Page<Item> = server.page(question.document, question.at, variables).await?;
        let next = page.next()?;
        let read = page.nodes.len();
        count += read;
        printer.take(page.nodes)?;
        left = left.map(|left| left.saturating_sub(u32::try_from(read).unwrap_or(u32::MAX)));
        match next {
            Some(_) if left == Some(0) => {
                is_cut = true;
                break;
            }
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    printer.finish()?;
    if is_cut {
        eprintln!("postmortem: there is more than these {count}; --limit says how many are listed.");
    }
    Ok(if args.fail_if_any && count > 0 {
        ExitCode::from(SOMETHING)
    } else {
        ExitCode::SUCCESS
    })
}
