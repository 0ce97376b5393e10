//! The document as lines, made safe to parse.
//!
//! Line numbers never change here: every later warning and every record points at the line the author sees. What the
//! Markdown parser must not meet (a byte order mark, carriage returns, thousands of nested containers) is flattened
//! first, because a parser that is linear in the length of a text may still be quadratic in its depth.

use super::pattern::Pattern;

/// Containers opened by one line beyond this are written out flat.
const MAX_CONTAINERS: usize = 24;
/// A list marker indented further than this opens nothing that a person meant.
const MAX_INDENT: usize = 96;

static CONTAINER: Pattern = Pattern::new(r"^[ \t]*(?:>|[-*+](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$))");

/// Text indented this far is code to Markdown.
const CODE_INDENT: usize = 4;
static FENCE: Pattern = Pattern::new(r"^ {0,3}(`{3,}|~{3,})[^`]*$");
static HEADING: Pattern = Pattern::new(r"^ {0,3}#{1,6}(?:[ \t]|$)");
static BULLET: Pattern = Pattern::new(r"^(?:[-*+]|\d{1,9}[.)])[ \t]+\S");

pub(super) struct Source {
    lines: Vec<String>,
    /// The first line that had to be flattened.
    pub(super) flattened: Option<usize>,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut flattened = None;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text
            .split('\n')
            .enumerate()
            .map(|(index, line)| {
                let line = line.replace(['\u{a0}', '\u{202f}'], " ").replace('\0', "\u{fffd}");
                match flatten(&line) {
                    Some(flat) => {
                        flattened.get_or_insert(index + 1);
                        flat
                    }
                    None => line,
                }
            })
            .collect();
        let mut source = Self { lines, flattened };
        source.outdent_lists();
        source
    }

    /// A list below a heading that its author indented so far that it would be code.
    fn outdent_lists(&mut self) {
        let mut fence: Option<String> = None;
        let mut is_below_heading = false;
        // How much the list that is being read is indented too far.
        let mut excess = 0;
        for line in &mut self.lines {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let text = line.trim_start_matches(' ');
            if let Some(open) = &fence {
                if text.starts_with(open.as_str()) && text.trim_matches(['`', '~']).trim().is_empty() {
                    fence = None;
                }
                continue;
            }
            if let Some(found) = FENCE.group(line) {
                fence = Some(found.to_owned());
                is_below_heading = false;
                excess = 0;
            } else if text.trim().is_empty() {
                // Blank lines change nothing.
            } else if HEADING.is_match(line) {
                is_below_heading = true;
                excess = 0;
            } else if is_below_heading && indent >= CODE_INDENT && BULLET.is_match(text) {
                is_below_heading = false;
                excess = indent;
                line.replace_range(..indent, "");
            } else if excess > 0 && indent >= excess {
                line.replace_range(..excess, "");
            } else {
                is_below_heading = false;
                excess = 0;
            }
        }
    }

    pub(super) fn joined(&self) -> String {
        self.lines.join("\n")
    }

    pub(super) fn is_blank(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }

    pub(super) fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// A line by its number; the first is 1. Empty outside of the document.
    pub(super) fn line(&self, number: usize) -> &str {
        number
            .checked_sub(1)
            .and_then(|index| self.lines.get(index))
            .map_or("", String::as_str)
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines
            .iter()
            .enumerate()
            .map(|(index, line)| (index + 1, line.as_str()))
    }

    /// Empties a line, or the columns `from..=to` of it (1-based bytes).
    pub(super) fn erase(&mut self, number: usize, from: usize, to: usize) {
        let Some(line) = number.checked_sub(1).and_then(|index| self.lines.get_mut(index)) else {
            return;
        };
        let from = from.saturating_sub(1).min(line.len());
        let to = to.min(line.len());
        if from < to && line.is_char_boundary(from) && line.is_char_boundary(to) {
            line.replace_range(from..to, "");
        }
    }

    pub(super) fn erase_line(&mut self, number: usize) {
        self.erase(number, 1, usize::MAX);
    }

    /// The source of the lines `first..=last` from `column` (1-based bytes) of the first line on; the lines after it
    /// lose up to that much indentation, so that a nested block reads as if it stood alone.
    pub(super) fn slice(&self, first: usize, last: usize, column: usize) -> String {
        let indent = column.saturating_sub(1);
        let mut text = String::new();
        for number in first..=last.min(self.line_count()) {
            let line = self.line(number);
            let cut = if number == first {
                if line.is_char_boundary(indent) {
                    indent.min(line.len())
                } else {
                    0
                }
            } else {
                text.push('\n');
                line.bytes()
                    .take(indent)
                    .take_while(|byte| matches!(byte, b' ' | b'\t'))
                    .count()
            };
            text.push_str(line.get(cut..).unwrap_or(line).trim_end_matches([' ', '\t']));
        }
        text.trim_matches('\n').to_owned()
    }
}

/// The line without the containers nobody could have meant, if it has such.
fn flatten(line: &str) -> Option<String> {
    let mut rest = line;
    let mut containers = 0;
    while containers < MAX_CONTAINERS {
        let Some(found) = CONTAINER.find(rest) else {
            break;
        };
        let indent = found.as_str().len() - found.as_str().trim_start().len();
        if indent > MAX_INDENT {
            return Some(rest.trim_start().to_owned());
        }
        containers += 1;
        rest = rest.get(found.end()..).unwrap_or("");
    }
    if containers == MAX_CONTAINERS && CONTAINER.is_match(rest) {
        return Some(rest.trim_start_matches([' ', '\t', '>', '-', '*', '+']).to_owned());
    }
    None
}
