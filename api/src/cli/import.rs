//! `postmortem import`.

mod preview;
mod source;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use entity::enums::ActorKind;
use serde_json::{Value, json};

pub(super) use self::preview::dry_run;
use self::source::{Found, find, name};
use super::{
    args::{ImportArgs, ImportFormat},
    progress, sentence,
};
use crate::{
    auth::{App, Session, Viewer},
    exchange::{
        forms::{github::Issues, items::Table},
        service::{self, Imported, issues, items},
    },
    platform::error::Error,
};

/// What came of one thing in a file.
struct Outcome {
    /// Which thing; none: the file is one.
    thing: Option<String>,
    result: Result<Said, String>,
}

/// What it became.
struct Said {
    report: String,
    item: Option<String>,
    created: bool,
    /// Line and sentence.
    warnings: Vec<(usize, String)>,
}

impl From<Imported> for Said {
    fn from(imported: Imported) -> Self {
        Self {
            report: imported.key,
            item: None,
            created: imported.created,
            warnings: imported
                .warnings
                .into_iter()
                .map(|warning| (warning.line, warning.message))
                .collect(),
        }
    }
}

#[derive(Default)]
struct Counts {
    created: usize,
    known: usize,
    failed: usize,
}

/// Imports everything by itself; what fails does not keep the rest. What can only follow another file is tried again after it.
pub(super) async fn import(app: &Arc<App>, args: &ImportArgs) -> Result<ExitCode, String> {
    let session = app
        .session(Viewer::operator(ActorKind::Import))
        .await
        .map_err(|error| sentence(&error))?;
    let bar = progress::bar(args.files.len(), "Importing");
    let mut counts = Counts::default();
    let mut files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    let mut is_last = false;
    while !files.is_empty() {
        let mut waiting = Vec::new();
        for file in &files {
            let tell = |outcome: &Outcome| bar.suspend(|| print(file, outcome, args.format));
            let mut note = |outcome: Outcome| {
                match &outcome.result {
                    Ok(said) if said.created => counts.created += 1,
                    Ok(_) => counts.known += 1,
                    Err(_) => counts.failed += 1,
                }
                tell(&outcome)
            };
            match find(file, args) {
                Err(problem) => note(Outcome {
                    thing: None,
                    result: Err(problem),
                }),
                Ok(Found::Document(text)) => {
                    let imported = service::import(&session, &name(file), &text).await;
                    if !is_last && imported.as_ref().is_err_and(service::waits_for_another) {
                        waiting.push(*file);
                        continue;
                    }
                    note(Outcome {
                        thing: None,
                        result: told(imported.map(Said::from)),
                    });
                }
                Ok(Found::Issues(found)) => {
                    import_issues(&session, file, &found, &mut note).await;
                    bar.suspend(|| preview::passed_over(file, &found));
                }
                Ok(Found::Items(table)) => {
                    import_items(&session, file, args, &table, &mut note).await;
                    bar.suspend(|| preview::left_out(file, &table));
                }
            }
            bar.inc(1);
        }
        // When nothing came of a round, nothing will of the next.
        is_last = waiting.len() == files.len();
        files = waiting;
    }
    bar.finish_and_clear();
    let Counts { created, known, failed } = counts;
    eprintln!("{created} imported, {known} known already, {failed} not imported.");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn told<T>(result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| sentence(&error))
}

async fn import_issues(session: &Session, file: &Path, found: &Issues, note: &mut impl FnMut(Outcome)) {
    for issue in &found.issues {
        let (thing, result) = match issue {
            Ok(issue) => {
                let imported = issues::import(session, &name(file), issue).await;
                (Some(issue.url.clone()), told(imported.map(Said::from)))
            }
            Err(problem) => (None, Err(problem.clone())),
        };
        note(Outcome { thing, result });
    }
}

async fn import_items(
    session: &Session,
    file: &Path,
    args: &ImportArgs,
    table: &Table,
    note: &mut impl FnMut(Outcome),
) {
    let file_name = name(file);
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let report = args.report.as_deref().unwrap_or(&stem);
    let mut numbered: Vec<(usize, Outcome)> = Vec::new();
    for bad in &table.bad {
        let thing = Some(format!("row {}", bad.row));
        let result = Err(format!("{}.", bad.message));
        numbered.push((bad.row, Outcome { thing, result }));
    }
    let named = items::Named::default();
    for row in &table.rows {
        let done = items::import(session, &file_name, report, &named, row).await;
        let said = done.map(|done| Said {
            report: done.report,
            created: done.created,
            item: done.item,
            warnings: done.warnings.into_iter().map(|message| (row.row, message)).collect(),
        });
        let thing = Some(format!("row {}", row.row));
        numbered.push((
            row.row,
            Outcome {
                thing,
                result: told(said),
            },
        ));
    }
    numbered.sort_by_key(|(row, _)| *row);
    for (_, outcome) in numbered {
        note(outcome);
    }
}

fn print(file: &Path, outcome: &Outcome, format: ImportFormat) {
    let thing = outcome
        .thing
        .as_ref()
        .map(|thing| format!(", {thing}"))
        .unwrap_or_default();
    let place = format!("{}{thing}", file.display());
    match format {
        ImportFormat::Text => match &outcome.result {
            Ok(said) => {
                let what = match &said.item {
                    Some(item) => format!("{item} in {}", said.report),
                    None => said.report.clone(),
                };
                outln!("{place}: {}{what}", if said.created { "" } else { "known already as " });
                // What was known before was told of before, but for what has become another.
                let is_new = |message: &str| said.created || !message.starts_with("This text was imported before");
                let is_row = outcome.thing.as_ref().is_some_and(|thing| thing.starts_with("row "));
                for (line, message) in said.warnings.iter().filter(|(_, message)| is_new(message)) {
                    let place = if is_row {
                        String::new()
                    } else {
                        format!("line {line}: ")
                    };
                    outln!("  {place}{message}");
                }
            }
            Err(problem) => outln!("{place}: not imported: {problem}"),
        },
        ImportFormat::Json => {
            let said = outcome.result.as_ref().ok();
            let warnings: Vec<Value> = said
                .map(|said| said.warnings.as_slice())
                .unwrap_or_default()
                .iter()
                .map(|(line, message)| json!({ "line": line, "message": message }))
                .collect();
            let mut printed = json!({
                "file": file.display().to_string(),
                "report": said.map(|said| &said.report),
                "created": said.is_some_and(|said| said.created),
                "error": outcome.result.as_ref().err(),
                "warnings": warnings,
            });
            if let (Some(thing), Some(fields)) = (&outcome.thing, printed.as_object_mut()) {
                fields.insert("part".to_owned(), json!(thing));
                fields.insert(
                    "recommendation".to_owned(),
                    json!(said.and_then(|said| said.item.as_ref())),
                );
            }
            outln!("{printed}");
        }
    }
}
