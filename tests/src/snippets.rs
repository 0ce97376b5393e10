//! The examples of a document, as somebody would copy them: fenced blocks, each below a line that is its file name in backquotes.

use std::{fs, path::Path};

/// An example of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The file it is to be saved as; empty if the document does not say.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its text.
    pub text: String,
}

/// The examples of a file of `docs`, in order.
pub fn snippets(document: &str) -> Vec<Snippet> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found = Vec::new();
    let mut open: Option<Snippet> = None;
    let mut name = String::new();
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Snippet {
                    name: std::mem::take(&mut name),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (None, None) => {
                let of_line = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
                if let Some(of_line) = of_line.filter(|of_line| !of_line.contains(['`', ' '])) {
                    of_line.clone_into(&mut name);
                } else if !line.is_empty() {
                    name.clear();
                }
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(snippet), None) => {
                snippet.text.push_str(line);
                snippet.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{document}: the last example does not end");
    found
}

/// Saves the examples of a file of `docs` in a folder, and gives the names of their files. Each must have one. `change` puts what is
/// really there in the place of what stands for it.
pub fn save(document: &str, folder: &Path, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut names = Vec::new();
    for snippet in snippets(document) {
        assert!(
            !snippet.name.is_empty(),
            "{document}: an example has no name, so that no test runs it:\n{}",
            snippet.text
        );
        let file = folder.join(&snippet.name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder to write to");
        fs::write(file, change(&snippet.text)).expect("a folder to write to");
        names.push(snippet.name);
    }
    names
}
