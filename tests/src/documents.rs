//! The documents of `docs`, whose snippets are run: what is shown works.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::postgres::install::needs;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of a document.
pub fn document(name: &str) -> String {
    read(&format!("docs/{name}"))
}

/// An example of a document: a fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The file it is to be saved as, which the line above says in backquotes; empty if it does not.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its text. Each line ends.
    pub text: String,
    /// The next line after it that says anything; empty at the end.
    pub after: String,
}

/// The examples of a document, in order.
pub fn examples(document: &str) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = Vec::new();
    let mut open: Option<Snippet> = None;
    let mut name = String::new();
    let mut ended = false;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, fence) => {
                if let Some(last) = found.last_mut().filter(|_| ended && !line.is_empty()) {
                    line.clone_into(&mut last.after);
                    ended = false;
                }
                if let Some(language) = fence {
                    open = Some(Snippet {
                        name: std::mem::take(&mut name),
                        language: language.to_owned(),
                        text: String::new(),
                        after: String::new(),
                    });
                } else if let Some(said) = quoted_alone(line) {
                    said.clone_into(&mut name);
                } else if !line.is_empty() {
                    name.clear();
                }
            }
            (Some(_), Some(_)) => {
                found.extend(open.take());
                ended = true;
            }
            (Some(snippet), None) => {
                snippet.text.push_str(line);
                snippet.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "the last example does not end");
    found
}

/// A line that is one word in backquotes.
fn quoted_alone(line: &str) -> Option<&str> {
    let word = line.strip_prefix('`')?.strip_suffix('`')?;
    (!word.contains(['`', ' '])).then_some(word)
}

/// The texts of the examples of a document in a language, in order.
pub fn snippets(document: &str, language: &str) -> Vec<String> {
    let all = examples(document).into_iter();
    all.filter(|snippet| snippet.language == language)
        .map(|snippet| snippet.text)
        .collect()
}

/// Saves the examples of a file of `docs` in a folder, and gives the names of their files. Each must have one. `change` puts what is
/// really there in the place of what stands for it.
pub fn save(name: &str, folder: &Path, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut names = Vec::new();
    for snippet in examples(&document(name)) {
        assert!(
            !snippet.name.is_empty(),
            "{name}: an example has no name, so that no test runs it:\n{}",
            snippet.text
        );
        let file = folder.join(&snippet.name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder to write to");
        fs::write(file, change(&snippet.text)).expect("a folder to write to");
        names.push(snippet.name);
    }
    names
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
    needs("curl", "some tests run the commands of the documents, which need curl");
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).current_dir(directory);
    for (name, value) in variables {
        command.env(name, value);
    }
    command.output().expect("a shell")
}
