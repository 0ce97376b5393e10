//! Link reference definitions (`[label]: url`).
//!
//! They often stand at the end of a file, far from the text that uses them. A section cut out of the document takes
//! along the definitions it uses; those that nothing uses are handed back so that they are not lost.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::pattern::Pattern;

static DEFINITION: Pattern = Pattern::new(
    r#"^ {0,3}\[([^\[\]]{1,300})\]:\s*(?:<[^<>]*>|(?:https?://|mailto:|[./#]|\w[\w.-]*/)\S*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*$"#,
);
static REFERENCE: Pattern = Pattern::new(r"\[([^\[\]]{1,300})\]");

#[derive(Default)]
pub(super) struct Definitions {
    lines: BTreeMap<String, String>,
    used: RefCell<BTreeSet<String>>,
}

/// The normalised label, if the line is a definition.
pub(super) fn definition_on(line: &str) -> Option<String> {
    DEFINITION.group(line).map(normalise)
}

fn normalise(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Definitions {
    /// As in CommonMark, the first definition of a label wins.
    pub(super) fn add(&mut self, label: String, line: String) {
        self.lines.entry(label).or_insert(line);
    }

    /// The text with the definitions it needs below it.
    pub(super) fn complete(&self, text: String) -> String {
        if self.lines.is_empty() {
            return text;
        }
        let labels: BTreeSet<String> = REFERENCE
            .captures_all(&text)
            .filter_map(|found| found.get(1).map(|label| normalise(label.as_str())))
            .filter(|label| self.lines.contains_key(label))
            .collect();
        if labels.is_empty() {
            return text;
        }
        let needed: Vec<&str> = labels
            .iter()
            .filter_map(|label| self.lines.get(label))
            .map(String::as_str)
            .collect();
        let completed = format!("{text}\n\n{}", needed.join("\n"));
        self.used.borrow_mut().extend(labels);
        completed
    }

    pub(super) fn unused(&self) -> Vec<&str> {
        let used = self.used.borrow();
        self.lines
            .iter()
            .filter(|(label, _)| !used.contains(*label))
            .map(|(_, line)| line.as_str())
            .collect()
    }
}
