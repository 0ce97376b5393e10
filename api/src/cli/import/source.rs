//! Reads files, and tells what they are.

use std::path::Path;

use serde::de::IgnoredAny;

use super::super::{
    args::{ImportArgs, ImportSource},
    sentence,
};
use crate::exchange::forms::{
    github::{self, Issues},
    items::{self, Options, Table},
    read::{exported, is_json},
};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 20 * 1024 * 1024;

/// What a file is.
pub(super) enum Found {
    Document(String),
    Issues(Issues),
    Items(Table),
}

/// Reads a file as what it is, or as what somebody says that it is.
pub(super) fn find(file: &Path, args: &ImportArgs) -> Result<Found, String> {
    let text = read(file)?;
    let extension = file
        .extension()
        .map(|end| end.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let is_table = matches!(extension.as_str(), "csv" | "tsv");
    match args.from {
        ImportSource::Document => Ok(Found::Document(text)),
        ImportSource::ActionItems => table(&text, args),
        ImportSource::Auto if is_table && !is_json(&text) => table(&text, args),
        ImportSource::GithubIssues | ImportSource::Auto => match github::issues(&text) {
            Some(found) => found.map(Found::Issues).map_err(|error| sentence(&error)),
            None if args.from == ImportSource::GithubIssues => Err(
                "these are no issues as GitHub's API has them; expected a list of objects with number, title and html_url."
                    .to_owned(),
            ),
            None if (extension == "json" || is_json(&text)) && exported(&text).is_none() => Err(other_json(&text)),
            None => Ok(Found::Document(text)),
        },
    }
}

/// What is said of a file that is JSON, by its text or its name, and nothing that can be imported.
fn other_json(text: &str) -> String {
    let what = match serde_json::from_str::<IgnoredAny>(text.trim_start_matches('\u{feff}')) {
        Ok(_) => "this JSON is neither an exported report nor issues of GitHub".to_owned(),
        Err(problem) => format!("this is no JSON that can be read ({problem})"),
    };
    format!("{what}; if it is a document in Markdown, say so with --from document.")
}

fn table(text: &str, args: &ImportArgs) -> Result<Found, String> {
    let options = Options {
        mappings: args.map.clone(),
        date_format: args.date_format.clone(),
    };
    items::read(text, &options)
        .map(Found::Items)
        .map_err(|error| sentence(&error))
}

fn read(file: &Path) -> Result<String, String> {
    let fault = |problem: std::io::Error| problem.to_string();
    let length = std::fs::metadata(file).map_err(fault)?.len();
    if length > MAX_BYTES {
        return Err(format!(
            "{length} bytes are too many; split the document below {MAX_BYTES}."
        ));
    }
    let bytes = std::fs::read(file).map_err(fault)?;
    // Spreadsheets write this and say so at the start.
    let wide = match &bytes[..] {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    let text = match wide {
        Some((rest, unit)) => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        None => String::from_utf8(bytes).ok(),
    };
    // Guessing would lose letters without a word.
    text.ok_or_else(|| "this is not UTF-8; convert it first, such as with `iconv -f LATIN1 -t UTF-8`.".to_owned())
}

/// What a file is called.
pub(super) fn name(file: &Path) -> String {
    file.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
