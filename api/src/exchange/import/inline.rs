//! What a reader sees of a paragraph, a heading or a table cell: its lines as plain text, and its links.

use comrak::nodes::{AstNode, NodeValue};

use super::pattern::Pattern;

static HREF: Pattern = Pattern::new(r#"(?i)<a\s[^>]*href\s*=\s*["']?(https?://[^"'\s>]+)"#);
static BREAK: Pattern = Pattern::new(r"(?i)^<br\s*/?>$");

#[derive(Debug, Clone, Default)]
pub(super) struct Rich {
    pub(super) lines: Vec<RichLine>,
    /// The whole text stands in one emphasis.
    pub(super) is_emphasised: bool,
    /// The whole text stands in one strong emphasis.
    pub(super) is_strong: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct RichLine {
    pub(super) number: usize,
    pub(super) text: String,
    /// How many bytes at the start of `text` are strong.
    pub(super) strong: usize,
    pub(super) links: Vec<String>,
}

impl Rich {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            for word in line.text.split_whitespace() {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(word);
            }
        }
        text
    }

    pub(super) fn links(&self) -> Vec<String> {
        let mut links: Vec<String> = Vec::new();
        for link in self.lines.iter().flat_map(|line| &line.links) {
            if !links.contains(link) {
                links.push(link.clone());
            }
        }
        links
    }

    /// The strong text at the very start, such as the label in `**Date:** today`.
    pub(super) fn strong_lead(&self) -> Option<&str> {
        let line = self.lines.first()?;
        line.text
            .get(..line.strong)
            .map(str::trim)
            .filter(|lead| !lead.is_empty())
    }
}

/// Reads the inlines below a node without recursion: emphasis may be nested as deep as an author likes.
pub(super) fn rich_text<'a>(node: &'a AstNode<'a>) -> Rich {
    let first = node.data().sourcepos.start.line;
    let mut rich = Rich {
        lines: vec![RichLine {
            number: first,
            ..RichLine::default()
        }],
        is_emphasised: only_child(node, |value| matches!(value, NodeValue::Emph)),
        is_strong: only_child(node, |value| matches!(value, NodeValue::Strong)),
    };
    let (mut strong, mut image) = (0usize, 0usize);
    for edge in node.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(inline) => {
                let data = inline.data();
                let Some(line) = rich.lines.last_mut() else {
                    continue;
                };
                match &data.value {
                    NodeValue::Text(text) if image == 0 => push(line, text, strong > 0),
                    NodeValue::Code(code) => push(line, &code.literal, strong > 0),
                    NodeValue::Strong => strong += 1,
                    NodeValue::Image(_) => image += 1,
                    NodeValue::Link(link) if is_web(&link.url) => line.links.push(link.url.clone()),
                    NodeValue::HtmlInline(html) => {
                        if BREAK.is_match(html) {
                            push(line, " ", strong > 0);
                        } else if let Some(url) = HREF.group(html) {
                            line.links.push(url.to_owned());
                        }
                    }
                    NodeValue::SoftBreak | NodeValue::LineBreak => {
                        let number = data.sourcepos.start.line + 1;
                        rich.lines.push(RichLine {
                            number,
                            ..RichLine::default()
                        });
                    }
                    _ => {}
                }
            }
            comrak::arena_tree::NodeEdge::End(inline) => match inline.data().value {
                NodeValue::Strong => strong = strong.saturating_sub(1),
                NodeValue::Image(_) => image = image.saturating_sub(1),
                _ => {}
            },
        }
    }
    rich
}

fn push(line: &mut RichLine, text: &str, strong: bool) {
    let all_strong = line.strong == line.text.len();
    line.text.push_str(text);
    if strong && all_strong {
        line.strong = line.text.len();
    }
}

fn only_child<'a>(node: &'a AstNode<'a>, is: impl Fn(&NodeValue) -> bool) -> bool {
    let mut children = node.children();
    let first = children.next().is_some_and(|child| is(&child.data().value));
    // A colon after bold text still makes it a label and nothing else.
    let rest_is_punctuation = match children.next() {
        None => true,
        Some(next) => {
            matches!(&next.data().value, NodeValue::Text(text) if text.trim() == ":") && children.next().is_none()
        }
    };
    first && rest_is_punctuation
}

pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}
