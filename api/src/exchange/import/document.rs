//! The parsed document, as the readers of its parts see it.

use super::blocks::{Block, Item};
use super::definitions::Definitions;
use super::source::Source;

pub(super) struct Document {
    pub(super) source: Source,
    pub(super) definitions: Definitions,
}

impl Document {
    /// The Markdown of a list item without its marker.
    pub(super) fn item_markdown(&self, item: &Item) -> String {
        self.definitions
            .complete(self.source.slice(item.first, item.last, item.column))
    }

    pub(super) fn lines_markdown(&self, first: usize, last: usize, column: usize) -> String {
        self.definitions.complete(self.source.slice(first, last, column))
    }

    pub(super) fn markdown_of(&self, blocks: &[Block]) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut previous: Option<&Block> = None;
        for block in blocks {
            let text = self.source.slice(block.first, block.last, block.column);
            if !text.trim().is_empty() {
                // Pieces of one paragraph stay one paragraph.
                let is_next_line = previous.is_some_and(|previous| previous.last + 1 == block.first);
                match parts.last_mut() {
                    Some(last) if is_next_line && block.paragraph().is_some() => {
                        last.push('\n');
                        last.push_str(&text);
                    }
                    _ => parts.push(text),
                }
            }
            previous = Some(block);
        }
        self.definitions.complete(parts.join("\n\n"))
    }
}
