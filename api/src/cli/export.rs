//! `postmortem export`.

use std::{path::Path, process::ExitCode, sync::Arc};

use entity::enums::ActorKind;

use super::{
    args::{ExportArgs, ExportFormat},
    progress, sentence,
};
use crate::{
    auth::{App, Session, Viewer},
    exchange::queries::{self, Exported, Form, Wanted},
};

pub(super) async fn export(app: &Arc<App>, args: &ExportArgs) -> Result<ExitCode, String> {
    let session = app
        .session(Viewer::operator(ActorKind::Import))
        .await
        .map_err(|error| sentence(&error))?;
    let form = match args.format {
        ExportFormat::Markdown => Form::Markdown,
        ExportFormat::Html => Form::Html,
        ExportFormat::Json => Form::Json,
    };
    if let Some(directory) = &args.directory {
        return all(&session, form, directory).await;
    }
    let parts = args.sections.as_deref().map(Wanted::parts).transpose();
    let wanted = match (args.public, parts) {
        (_, Err(problem)) => return Err(sentence(&problem)),
        (true, Ok(parts)) => Wanted::public(parts).map_err(|error| sentence(&error))?,
        (false, Ok(_)) => Wanted::Full,
    };
    let key = args.key.as_deref().unwrap_or_default();
    let document = queries::export(&session, key, form, wanted)
        .await
        .map_err(|error| sentence(&error))?;
    match &args.output {
        Some(file) => write(file, &document)?,
        None => outln!("{}", document.text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn write(file: &Path, document: &Exported) -> Result<(), String> {
    std::fs::write(file, &document.text).map_err(|problem| format!("{} cannot be written: {problem}.", file.display()))
}

/// Every report to a file of its own, one after the other: one at a time is in memory.
async fn all(session: &Session, form: Form, directory: &Path) -> Result<ExitCode, String> {
    std::fs::create_dir_all(directory)
        .map_err(|problem| format!("{} cannot be made: {problem}.", directory.display()))?;
    let keys = queries::keys(session).await.map_err(|error| sentence(&error))?;
    let bar = progress::bar(keys.len(), "Exporting");
    for key in &keys {
        let document = queries::export(session, key, form, Wanted::Full)
            .await
            .map_err(|error| sentence(&error))?;
        write(&directory.join(&document.file_name), &document)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    eprintln!("{} reports written to {}.", keys.len(), directory.display());
    Ok(ExitCode::SUCCESS)
}
