//! `postmortem import --dry-run`: needs no database, reads and prints only.

use std::{path::Path, process::ExitCode};

use serde_json::{Value, json};

use super::{
    super::{
        args::{ImportArgs, ImportFormat},
        sentence,
    },
    source::{Found, find, name},
};
use crate::exchange::{
    forms::{
        github::Issues,
        items::{Row, Table},
        read::exported,
        record::Record,
    },
    import::{self, ImportedReport},
};

/// A file that cannot be read does not keep the others.
pub(in crate::cli) fn dry_run(args: &ImportArgs) -> Result<ExitCode, String> {
    let mut code = ExitCode::SUCCESS;
    let mut fail = |file: &Path, problem: &str| {
        eprintln!("postmortem: {}: {problem}", file.display());
        code = ExitCode::FAILURE;
    };
    for file in &args.files {
        match find(file, args) {
            Err(problem) => fail(file, &problem),
            Ok(Found::Document(text)) => match exported(&text) {
                Some(Ok(record)) => preview(file, &record, args.format)?,
                Some(Err(problem)) => fail(file, &sentence(&problem)),
                None => show(file, &import::parse(&name(file), &text), args.format)?,
            },
            Ok(Found::Issues(found)) => {
                for issue in &found.issues {
                    match issue {
                        Ok(issue) => show(file, &issue.read, args.format)?,
                        Err(problem) => fail(file, problem),
                    }
                }
                passed_over(file, &found);
            }
            Ok(Found::Items(table)) => {
                for row in &table.rows {
                    item(file, row, args.format);
                }
                for bad in &table.bad {
                    fail(file, &format!("row {}: {}.", bad.row, bad.message));
                }
                left_out(file, &table);
            }
        }
    }
    Ok(code)
}

/// Says how many pull requests there were.
pub(super) fn passed_over(file: &Path, found: &Issues) {
    if found.pull_requests > 0 {
        eprintln!(
            "{}: pull requests passed over: {}.",
            file.display(),
            found.pull_requests
        );
    }
}

/// Says of which columns nothing is taken.
pub(super) fn left_out(file: &Path, table: &Table) {
    if !table.left_out.is_empty() {
        eprintln!(
            "{}: nothing is taken of the columns {}; name what they are with --map.",
            file.display(),
            table.left_out.join(", ")
        );
    }
}

fn preview(file: &Path, record: &Record, format: ImportFormat) -> Result<(), String> {
    match format {
        ImportFormat::Json => outln!(
            "{}",
            serde_json::to_string(record).map_err(|problem| problem.to_string())?
        ),
        ImportFormat::Text => outln!(
            "{}: {} {}, as it was exported: {} timeline entries, {} root causes, {} recommendations",
            file.display(),
            record.report.key,
            record.report.title,
            record.timeline.len(),
            record.root_causes.len(),
            record.recommendations.len()
        ),
    }
    Ok(())
}

fn show(file: &Path, report: &ImportedReport, format: ImportFormat) -> Result<(), String> {
    match format {
        ImportFormat::Json => outln!(
            "{}",
            serde_json::to_string(report).map_err(|problem| problem.to_string())?
        ),
        ImportFormat::Text => describe(file, report),
    }
    Ok(())
}

fn describe(file: &Path, report: &ImportedReport) {
    outln!("{}: {}", file.display(), report.title);
    outln!(
        "  {}{} timeline entries, {} root causes, {} recommendations",
        report.date.map(|day| format!("{day}, ")).unwrap_or_default(),
        report.timeline.len(),
        report.root_causes.len(),
        report.recommendations.len()
    );
    for item in &report.recommendations {
        outln!(
            "  - {}{}",
            if item.done == Some(true) { "(done) " } else { "" },
            item.title
        );
    }
    for warning in &report.warnings {
        outln!("  line {}: {}", warning.line, warning.message);
    }
}

fn item(file: &Path, row: &Row, format: ImportFormat) {
    match format {
        ImportFormat::Text => {
            let owner = row
                .owner
                .as_deref()
                .map(|owner| format!(", {owner}"))
                .unwrap_or_default();
            let due = row.due_on.map(|day| format!(", due {day}")).unwrap_or_default();
            let standing = row.standing.as_str();
            outln!(
                "{}, row {}: {} ({standing}{owner}{due})",
                file.display(),
                row.row,
                row.title
            );
        }
        ImportFormat::Json => outln!("{}", described(row)),
    }
}

fn described(row: &Row) -> Value {
    json!({
        "row": row.row,
        "title": row.title,
        "description": row.description,
        "owner": row.owner,
        "dueOn": row.due_on,
        "status": row.standing.as_str(),
        "doneOn": row.done_on,
        "priority": row.priority,
        "kind": row.kind,
        "acceptanceCriterion": row.criterion,
        "labels": row.labels,
        "links": row.links,
        "reference": row.reference,
        "report": row.report,
    })
}
