//! `postmortem import` and `postmortem export`.

use std::{path::Path, process::ExitCode, sync::Arc};

use entity::enums::ActorKind;
use serde_json::json;

use super::{
    args::{ExportArgs, ExportFormat, ImportArgs, ImportFormat},
    progress, sentence,
};
use crate::{
    auth::{App, Viewer},
    exchange::{
        import::{self, ImportedReport},
        queries, service,
    },
};

/// The largest document that is read, in bytes.
const MAX_BYTES: u64 = 20 * 1024 * 1024;

fn read(file: &Path) -> Result<String, String> {
    let fault = |problem: std::io::Error| format!("{}: {problem}", file.display());
    let length = std::fs::metadata(file).map_err(fault)?.len();
    if length > MAX_BYTES {
        return Err(format!(
            "{}: {length} bytes are too many; split the document below {MAX_BYTES}.",
            file.display()
        ));
    }
    let bytes = std::fs::read(file).map_err(fault)?;
    // Guessing would lose letters without a word.
    String::from_utf8(bytes).map_err(|_| {
        format!(
            "{}: this is not UTF-8; convert it first, such as with `iconv -f LATIN1 -t UTF-8`.",
            file.display()
        )
    })
}

fn name(file: &Path) -> String {
    file.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Needs no database: only reads and prints. A file that cannot be read does not keep the others.
pub(super) fn dry_run(args: &ImportArgs) -> Result<ExitCode, String> {
    let mut code = ExitCode::SUCCESS;
    for file in &args.files {
        let text = match read(file) {
            Ok(text) => text,
            Err(problem) => {
                eprintln!("postmortem: {problem}");
                code = ExitCode::FAILURE;
                continue;
            }
        };
        let report = import::parse(&name(file), &text);
        match args.format {
            ImportFormat::Json => {
                outln!(
                    "{}",
                    serde_json::to_string(&report).map_err(|problem| problem.to_string())?
                );
            }
            ImportFormat::Text => describe(file, &report),
        }
    }
    Ok(code)
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

/// Imports every file by itself; one that fails does not keep the others.
pub(super) async fn import(app: &Arc<App>, args: &ImportArgs) -> Result<ExitCode, String> {
    let session = app
        .session(Viewer::operator(ActorKind::Import))
        .await
        .map_err(|error| sentence(&error))?;
    let bar = progress::bar(args.files.len(), "Importing");
    let (mut created, mut known, mut failed) = (0_usize, 0_usize, 0_usize);
    for file in &args.files {
        let outcome = match read(file) {
            Ok(text) => service::import(&session, &name(file), &text)
                .await
                .map_err(|error| sentence(&error)),
            Err(problem) => Err(problem),
        };
        let line = match &outcome {
            Ok(imported) if imported.created => {
                created += 1;
                format!("{}: {}", file.display(), imported.key)
            }
            Ok(imported) => {
                known += 1;
                format!("{}: known already as {}", file.display(), imported.key)
            }
            Err(problem) => {
                failed += 1;
                format!("{}: not imported: {problem}", file.display())
            }
        };
        bar.suspend(|| match args.format {
            ImportFormat::Text => {
                outln!("{line}");
                for warning in outcome
                    .iter()
                    .filter(|imported| imported.created)
                    .flat_map(|imported| &imported.warnings)
                {
                    outln!("  line {}: {}", warning.line, warning.message);
                }
            }
            ImportFormat::Json => outln!(
                "{}",
                json!({
                    "file": file.display().to_string(),
                    "report": outcome.as_ref().ok().map(|imported| &imported.key),
                    "created": outcome.as_ref().is_ok_and(|imported| imported.created),
                    "error": outcome.as_ref().err(),
                    "warnings": outcome.as_ref().map(|imported| json!(imported.warnings)).unwrap_or(json!([])),
                })
            ),
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    eprintln!("{created} imported, {known} known already, {failed} not imported.");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn export(app: &Arc<App>, args: &ExportArgs) -> Result<(), String> {
    let session = app
        .session(Viewer::operator(ActorKind::Import))
        .await
        .map_err(|error| sentence(&error))?;
    let document = queries::document(&session, &args.key)
        .await
        .map_err(|error| sentence(&error))?;
    match args.format {
        ExportFormat::Markdown => outln!("{}", document.to_markdown().trim_end()),
        ExportFormat::Json => {
            outln!(
                "{}",
                serde_json::to_string_pretty(&document).map_err(|problem| problem.to_string())?
            );
        }
    }
    Ok(())
}
