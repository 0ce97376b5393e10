//! The document as a small tree of blocks that owns its text.
//!
//! The rest of the importer needs to know where a block stands in the source, what a reader sees of it, and where its
//! links lead. This module takes that from the CommonMark tree and lets go of the arena. Reference definitions and
//! HTML comments are taken out of the source here, once, so that no slice made later can show them.

use std::collections::HashSet;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::definitions::{Definitions, definition_on};
use super::inline::{Rich, rich_text};
use super::source::Source;

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) body: Body,
    pub(super) first: usize,
    pub(super) last: usize,
    /// Where the block begins in its first line (1-based bytes).
    pub(super) column: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Heading {
        level: u8,
        text: Rich,
    },
    Paragraph(Rich),
    List(Vec<Item>),
    Table(Vec<Row>),
    /// Quotes, code, HTML, rules and footnotes: kept as they are.
    Verbatim,
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) first: usize,
    pub(super) last: usize,
    /// Where the text after the marker (and the checkbox) begins.
    pub(super) column: usize,
    pub(super) ticked: Option<bool>,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<Rich>,
}

impl Item {
    /// What a reader sees of the item before its nested blocks.
    pub(super) fn lead(&self) -> Option<&Rich> {
        match self.blocks.first().map(|block| &block.body) {
            Some(Body::Paragraph(text) | Body::Heading { text, .. }) => Some(text),
            _ => None,
        }
    }

    pub(super) fn lead_text(&self) -> String {
        self.lead().map(Rich::text).unwrap_or_default()
    }
}

impl Block {
    pub(super) fn paragraph(&self) -> Option<&Rich> {
        match &self.body {
            Body::Paragraph(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Item] {
        match &self.body {
            Body::List(items) => items,
            _ => &[],
        }
    }
}

/// Parses the source and takes comments and link definitions out of it.
pub(super) fn parse(source: &mut Source) -> (Vec<Block>, Definitions) {
    let text = source.joined();
    let arena = Arena::new();
    let root = parse_document(&arena, &text, &options());
    let blocks: Vec<Block> = root.children().filter_map(|node| block(node, source)).collect();
    let marks = Marks::of(root);

    let mut definitions = Definitions::default();
    let found: Vec<(usize, String)> = source
        .numbered()
        .filter(|(number, _)| !marks.text_lines.contains(number))
        .filter_map(|(number, line)| definition_on(line).map(|label| (number, label)))
        .collect();
    for (number, label) in found {
        definitions.add(label, source.line(number).trim().to_owned());
        source.erase_line(number);
    }
    // Backwards, so that columns of earlier comments on the same line stay right.
    for comment in marks.comments.iter().rev() {
        for number in (comment.first_line..=comment.last_line).rev() {
            let from = if number == comment.first_line { comment.from } else { 1 };
            let to = if number == comment.last_line {
                comment.to
            } else {
                usize::MAX
            };
            source.erase(number, from, to);
        }
    }
    (blocks, definitions)
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.parse.leave_footnote_definitions = true;
    options
}

fn block<'a>(node: &'a AstNode<'a>, source: &Source) -> Option<Block> {
    let data = node.data();
    let position = data.sourcepos;
    let body = match &data.value {
        NodeValue::Heading(heading) => Body::Heading {
            level: heading.level,
            text: rich_text(node),
        },
        NodeValue::Paragraph => Body::Paragraph(rich_text(node)),
        NodeValue::List(_) => Body::List(node.children().map(|child| item(child, source)).collect()),
        NodeValue::Table(_) => Body::Table(node.children().map(row).collect()),
        NodeValue::HtmlBlock(html) if is_comment(&html.literal) => return None,
        _ => Body::Verbatim,
    };
    Some(Block {
        body,
        first: position.start.line,
        last: position.end.line.max(position.start.line),
        column: position.start.column,
    })
}

fn item<'a>(node: &'a AstNode<'a>, source: &Source) -> Item {
    let data = node.data();
    let position = data.sourcepos;
    let blocks: Vec<Block> = node.children().filter_map(|child| block(child, source)).collect();
    let ticked = match &data.value {
        NodeValue::TaskItem(task) => Some(task.symbol.is_some()),
        _ => None,
    };
    Item {
        first: position.start.line,
        last: position.end.line.max(position.start.line),
        column: text_column(source.line(position.start.line), position.start.column),
        ticked,
        blocks,
    }
}

/// The column after a list marker and a checkbox; `column` is where the marker stands.
fn text_column(line: &str, column: usize) -> usize {
    let marker = column.saturating_sub(1);
    let rest = line.get(marker..).unwrap_or("");
    let skipped = super::text::MARKER.find(rest).map_or(0, |found| found.end());
    marker + skipped + 1
}

fn row<'a>(node: &'a AstNode<'a>) -> Row {
    Row {
        line: node.data().sourcepos.start.line,
        cells: node.children().map(rich_text).collect(),
    }
}

pub(super) fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.starts_with("<!--") && (html.ends_with("-->") || !html.contains("-->"))
}

/// What has to be known of the tree after it is gone.
#[derive(Default)]
struct Marks {
    comments: Vec<Comment>,
    /// Lines whose text belongs to some block, and thus cannot be a link definition.
    text_lines: HashSet<usize>,
}

struct Comment {
    first_line: usize,
    last_line: usize,
    from: usize,
    to: usize,
}

impl Marks {
    fn of<'a>(root: &'a AstNode<'a>) -> Self {
        let mut marks = Self::default();
        for node in root.descendants() {
            let data = node.data();
            let position = data.sourcepos;
            let comment = match &data.value {
                NodeValue::HtmlBlock(html) => is_comment(&html.literal),
                NodeValue::HtmlInline(html) => is_comment(html),
                _ => false,
            };
            if comment {
                marks.comments.push(Comment {
                    first_line: position.start.line,
                    last_line: position.end.line,
                    from: position.start.column,
                    to: position.end.column,
                });
            }
            match &data.value {
                NodeValue::CodeBlock(_) | NodeValue::HtmlBlock(_) if !comment => {
                    marks.text_lines.extend(position.start.line..=position.end.line);
                }
                NodeValue::Text(_) | NodeValue::Code(_) => {
                    marks.text_lines.insert(position.start.line);
                }
                _ => {}
            }
        }
        marks
    }
}
