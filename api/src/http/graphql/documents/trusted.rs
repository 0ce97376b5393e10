//! The documents that the operator trusts, read once at start.
//!
//! They stand in a manifest, or in a directory of manifests and of files with one document each. Two forms of manifest are known:
//! that of Apollo's tools, and a JSON object of names and documents, as Relay's compiler and others write it. A document that is
//! not valid by the schema stops the start: else somebody would find out when they need it.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::Value;

use super::Reference;
use crate::platform::secret::digest;

/// What Apollo's manifests call themselves.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// Documents by what requests may call them.
#[derive(Debug, Default)]
pub struct Trusted {
    by_id: HashMap<String, Arc<str>>,
    by_hash: HashMap<String, Arc<str>>,
}

#[derive(Deserialize)]
struct ApolloManifest {
    version: u64,
    operations: Vec<ApolloOperation>,
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl Trusted {
    /// Reads a manifest or a directory, and holds every document against `check`, which says what is wrong with it. The error is a
    /// sentence that names the file and the document.
    pub fn read(path: &Path, check: impl Fn(&str) -> Result<(), String>) -> Result<Self, String> {
        let mut trusted = Self::default();
        for file in files(path)? {
            let place = file.display();
            let text = fs::read_to_string(&file).map_err(|problem| format!("{place} cannot be read: {problem}."))?;
            for (id, document) in documents(&file, text).map_err(|problem| format!("{place}: {problem}"))? {
                check(&document)
                    .map_err(|problem| format!("{place}: the document \"{id}\" cannot run here: {problem}"))?;
                let document: Arc<str> = Arc::from(document);
                trusted.by_hash.insert(digest(&document), document.clone());
                let other = trusted.by_id.insert(id.clone(), document.clone());
                if other.is_some_and(|other| other != document) {
                    return Err(format!(
                        "{place}: another document is called \"{id}\" too; give one of them another id."
                    ));
                }
            }
        }
        if trusted.by_id.is_empty() {
            return Err(format!(
                "{} holds no document; without one nothing could run.",
                path.display()
            ));
        }
        Ok(trusted)
    }

    /// The document with this text, by its SHA-256.
    pub(super) fn by_hash(&self, hash: &str) -> Option<&str> {
        self.by_hash.get(hash).map(AsRef::as_ref)
    }

    /// The document of this name.
    pub(super) fn by_reference(&self, reference: &Reference) -> Option<&str> {
        let (Reference::Id(name) | Reference::Hash(name)) = reference;
        // Clients send the ids of a manifest as hashes, whatever they are.
        self.by_id
            .get(name)
            .or_else(|| self.by_hash.get(name))
            .map(AsRef::as_ref)
    }
}

/// The files to read, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |problem| format!("{} cannot be read: {problem}.", path.display());
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if matches!(extension(&entry), "graphql" | "gql" | "json") {
            found.push(entry);
        }
    }
    Ok(found)
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The documents of a file with their ids, or what is wrong with it.
fn documents(file: &Path, text: String) -> Result<Vec<(String, String)>, String> {
    if extension(file) != "json" {
        let id = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        return Ok(vec![(id.to_owned(), text)]);
    }
    let is_unknown = || {
        "this is no manifest; expected one of Apollo's tools, or a JSON object of ids and documents such as {\"overdue\": \"{ … }\"}."
            .to_owned()
    };
    let Ok(Value::Object(manifest)) = serde_json::from_str(&text) else {
        return Err(is_unknown());
    };
    if manifest.get("format").is_some_and(|format| format == APOLLO) {
        let manifest: ApolloManifest = serde_json::from_str(&text)
            .map_err(|problem| format!("this is no manifest of Apollo's tools: {problem}."))?;
        if manifest.version != 1 {
            return Err(format!(
                "this manifest has version {}; only version 1 is known.",
                manifest.version
            ));
        }
        let operations = manifest.operations.into_iter();
        return Ok(operations.map(|operation| (operation.id, operation.body)).collect());
    }
    let documents = manifest.into_iter().map(|(id, document)| match document {
        Value::String(document) => Ok((id, document)),
        _ => Err(is_unknown()),
    });
    documents.collect()
}
