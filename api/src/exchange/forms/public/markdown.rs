//! Markdown without what must not leave: the text is parsed, so that what it says is judged and not how it is written, and written
//! anew.

use comrak::{
    Arena, Options,
    arena_tree::NodeEdge,
    format_commonmark,
    nodes::{AstNode, NodeValue},
    parse_document,
};

use super::redact::{Found, Redactor, apply};

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // Labels of footnotes would leave as they are; without them they are text.
    options.extension.footnotes = false;
    options
}

pub(super) fn redacted(redactor: &Redactor, text: &str) -> String {
    let options = options();
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    let nodes: Vec<_> = root.descendants().collect();
    for node in nodes {
        let value = node.data.borrow().value.clone();
        match value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) => node.detach(),
            NodeValue::Link(link) if redactor.may_be_linked(&link.url) => {
                if let NodeValue::Link(link) = &mut node.data.borrow_mut().value {
                    link.title.clear();
                }
            }
            // The text stays; where it leads does not.
            NodeValue::Link(_) | NodeValue::Image(_) => {
                while let Some(child) = node.first_child() {
                    child.detach();
                    node.insert_before(child);
                }
                node.detach();
            }
            _ => {}
        }
    }
    let blocks: Vec<_> = root.descendants().collect();
    for node in blocks {
        let is_of_lines = node
            .first_child()
            .is_some_and(|child| is_inline(&child.data.borrow().value));
        if is_of_lines && !is_inline(&node.data.borrow().value) {
            redact_line(redactor, node);
        }
        if let NodeValue::CodeBlock(block) = &mut node.data.borrow_mut().value {
            block.literal = redactor.line(&block.literal);
            let is_language = block
                .info
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '#'));
            if !is_language || !redactor.find(&block.info).is_empty() {
                block.info.clear();
            }
        }
    }
    // From within: what holds nothing more goes, with its marks.
    let inlines: Vec<_> = root
        .descendants()
        .filter(|node| is_inline(&node.data.borrow().value))
        .collect();
    for node in inlines.into_iter().rev() {
        if is_empty(node) {
            node.detach();
        }
    }
    let mut out = String::with_capacity(text.len());
    if format_commonmark(root, &options, &mut out).is_err() {
        return redactor.line(text);
    }
    // What was written must not say more than what was read.
    let left: Vec<Found> = redactor
        .find_names(&out)
        .into_iter()
        .filter(|found| !out.get(..found.at.start).is_some_and(|before| before.ends_with('‹')))
        .collect();
    apply(&out, &left)
}

fn is_inline(value: &NodeValue) -> bool {
    !value.block()
}

/// Whether nothing is left of a text, of code, or of what is emphasised.
fn is_empty<'a>(node: &'a AstNode<'a>) -> bool {
    match &node.data.borrow().value {
        NodeValue::Text(text) => text.is_empty(),
        NodeValue::Code(code) => code.literal.trim().is_empty(),
        NodeValue::SoftBreak | NodeValue::LineBreak => false,
        _ => node.first_child().is_none(),
    }
}

/// The text of one paragraph, heading or cell, whatever is emphasised in it: a name may be so in parts.
fn redact_line<'a>(redactor: &Redactor, block: &'a AstNode<'a>) {
    let mut whole = String::new();
    let mut leaves = Vec::new();
    for edge in block.traverse() {
        let NodeEdge::Start(node) = edge else { continue };
        let text = match &node.data.borrow().value {
            NodeValue::Text(text) => text.to_string(),
            NodeValue::Code(code) => code.literal.clone(),
            NodeValue::SoftBreak | NodeValue::LineBreak => "\n".to_owned(),
            _ => continue,
        };
        leaves.push((node, whole.len(), text.len()));
        whole.push_str(&text);
    }
    let found = redactor.find(&whole);
    if found.is_empty() {
        return;
    }
    for (node, start, length) in leaves {
        let kept = part(&whole, start, start + length, &found);
        match &mut node.data.borrow_mut().value {
            NodeValue::Text(text) => *text = kept.into(),
            NodeValue::Code(code) => code.literal = kept,
            _ => {}
        }
    }
}

/// What remains of a part of the whole. A label stands where what it stands for begins.
fn part(whole: &str, start: usize, end: usize, found: &[Found]) -> String {
    let mut out = String::new();
    let mut at = start;
    for one in found.iter().filter(|one| one.at.start < end && one.at.end > start) {
        out.push_str(whole.get(at..one.at.start.max(at)).unwrap_or_default());
        if one.at.start >= start {
            out.push_str(one.label);
        }
        at = one.at.end.min(end).max(at);
    }
    out.push_str(whole.get(at..end).unwrap_or_default());
    out
}
