//! The rules of the source code that the compiler cannot hold. A message says what to do.
//!
//! ARCHITECTURE.md has the rules in words, and docs/adr/0011-feature-graph.md the reason for the walls between features.

mod graph;
mod imports;
mod sources;
mod tables;

use std::{fs, path::Path};

use postmortem_tests::documents::read;

/// The repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The file names that are layers, in a feature.
const LAYERS: [&str; 10] = [
    "mod", "model", "policy", "queries", "service", "jobs", "loaders", "graphql", "events", "error",
];

/// A file of the repository.
struct Source {
    /// From the root of the repository, such as `api/src/reports/policy.rs`.
    path: String,
    text: String,
}

impl Source {
    /// Of `api/src/reports/service/create.rs`: reports, service, create. Of a `mod.rs`: its folder.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("api/src/").unwrap_or(&self.path);
        let path = path.trim_end_matches(".rs");
        path.strip_suffix("/mod").unwrap_or(path).split('/').collect()
    }

    /// The number and text of each line, without what is a comment to its end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(
            self.text
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default()),
        )
    }

    /// Where it says something, in its code.
    fn saying(&self, what: &str) -> Vec<String> {
        let lines = self.code().filter(|(_, line)| line.contains(what));
        lines
            .map(|(number, _)| format!("{}:{number} says {what}", self.path))
            .collect()
    }
}

/// The Rust files below a folder, by path.
fn rust(folder: &str) -> Vec<Source> {
    files(folder, &["rs"])
}

/// The files below a folder with these extensions, by path; not those that are built or kept by a tool.
fn files(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder == "." {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if entry.file_type().expect("a type of file").is_dir() {
            if !["target", ".git", "node_modules"].contains(&name.as_str()) {
                found.extend(files(&path, extensions));
            }
        } else if extensions
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
        {
            found.push(Source {
                text: read(&path),
                path,
            });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Fails with the rule and a list of what breaks it.
#[track_caller]
fn agree(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}\n  {}\n", wrong.join("\n  "));
}
