//! The documents of `docs`, whose snippets are run: what is shown works.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::postgres::install::{answers, debian};

/// The text of a document.
pub fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a document in a language, in order.
pub fn snippets(document: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = document;
    let begin = format!("```{language}\n");
    while let Some((_, after)) = rest.split_once(&begin) {
        let (block, more) = after.split_once("\n```").expect("the block ends");
        found.push(format!("{block}\n"));
        rest = more;
    }
    found
}

/// The first cells of the rows of all tables of a document whose head begins with a word, without backquotes.
pub fn first_cells(document: &str, head: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_within = false;
    for line in document.lines() {
        let cell = line.strip_prefix("| ").and_then(|line| line.split(" |").next());
        match cell {
            Some(cell) if cell == head => is_within = true,
            Some(cell) if is_within => {
                found.extend(cell.split(", ").map(|name| name.trim_matches('`').to_owned()));
            }
            None if line.starts_with("|--") => {}
            _ => is_within = false,
        }
    }
    found
}

/// Runs a script of a document in a directory, with these variables.
pub fn run_shell(script: &str, directory: &Path, variables: &[(&str, &str)]) -> Output {
    if !answers("curl", "--version")
        && let Err(error) = debian(
            &["curl"],
            "some tests run the commands of the documents, which need curl",
        )
    {
        panic!("{error:#}");
    }
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).current_dir(directory);
    for (name, value) in variables {
        command.env(name, value);
    }
    command.output().expect("a shell")
}
