//! The document as a sequence of parts, each with a name, a topic and its blocks.
//!
//! Templates name their parts in five ways, and all five end up here as the same thing:
//! - headings of any level, also when the levels jump or start over;
//! - bold labels at the start of a paragraph (`**Sammendrag:** …`), whose value may run over several blocks;
//! - bold labels of top-level bullets (`- **Impact**: …`), whose value may even continue below the list;
//! - headings that carry a value (`## Owner: @ada`);
//! - a plain line that is nothing but the name of a section, before a list.

use super::blocks::{Block, Body, Item};
use super::inline::{Rich, RichLine};
use super::metadata::is_field;
use super::names::{Topic, topic_of};
use super::pattern::Pattern;
use super::source::Source;
use super::stamp;

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    /// The name as Markdown, with its links.
    pub(super) markdown: String,
    pub(super) links: Vec<String>,
    /// 0 for the text before the first heading; labels stand below every heading.
    pub(super) level: u8,
    pub(super) line: usize,
    /// What the name itself says.
    pub(super) own: Option<Topic>,
    /// What the part is about, taking the parts around it into account.
    pub(super) topic: Option<Topic>,
    pub(super) style: Style,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Opening,
    /// The heading that is the title of the report.
    Title,
    Heading,
    Label,
}

pub(super) const LABEL_LEVEL: u8 = 7;

static BOLD_LABEL: Pattern = Pattern::new(r"^(?:\*\*|__)(?:[^*_]|_\w){1,60}?(?:\*\*|__)[ \t]*:?[ \t]*");
static HEADING_MARKS: Pattern = Pattern::new(r"^[ \t]*#{1,6}[ \t]*|[ \t]+#+[ \t]*$");

/// Cuts the blocks of a document into parts.
pub(super) fn parts(blocks: Vec<Block>, source: &Source) -> Vec<Part> {
    let mut parts = vec![Part {
        name: String::new(),
        markdown: String::new(),
        links: Vec::new(),
        level: 0,
        line: 1,
        own: None,
        topic: None,
        style: Style::Opening,
        blocks: Vec::new(),
    }];
    let mut blocks = blocks.into_iter().flat_map(apart).peekable();
    let mut may_have_labels_here = true;
    let mut heading_before = None;
    while let Some(block) = blocks.next() {
        let next_is_list = matches!(
            blocks.peek().map(|next| &next.body),
            Some(Body::List(_) | Body::Table(_))
        );
        if let Some(part) = parts.last().filter(|part| part.style == Style::Heading) {
            may_have_labels_here = may_have_labels(part);
            heading_before = part.own;
        }
        match &block.body {
            Body::Heading { level, text } => parts.push(heading(&block, *level, text, source)),
            Body::Paragraph(text) if next_is_list && is_bare_name(text, parts.last()) => {
                let mut part = named(
                    text.text().trim_end_matches(':').to_owned(),
                    source.slice(block.first, block.last, block.column),
                    block.first,
                );
                if !text.text().ends_with(':') {
                    part.level = 2;
                    part.style = Style::Heading;
                }
                parts.push(part);
            }
            // Below "Actions", "Team" above a list says whose its items are.
            Body::Paragraph(text) if is_owner_of_actions(text, heading_before) => {
                extend(&mut parts, block);
            }
            Body::Paragraph(text) => match labelled(text, &block, source) {
                Some(part) => parts.push(part),
                None => extend(&mut parts, block),
            },
            Body::List(items) if may_have_labels_here && is_label_list(items, parts.last()) => {
                for item in items {
                    match item_label(item, source) {
                        Some(part) => parts.push(part),
                        None => extend_list(&mut parts, item),
                    }
                }
            }
            _ => extend(&mut parts, block),
        }
    }
    parts
}

fn extend(parts: &mut [Part], block: Block) {
    if let Some(part) = parts.last_mut() {
        part.blocks.push(block);
    }
}

fn heading(block: &Block, level: u8, text: &Rich, source: &Source) -> Part {
    let markdown = source.slice(
        block.first,
        text.lines.last().map_or(block.first, |line| line.number),
        block.column,
    );
    let mut part = named(text.text(), HEADING_MARKS.replace_all(&markdown, ""), block.first);
    part.level = level;
    part.links = text.links();
    part.style = Style::Heading;
    part
}

fn named(name: String, markdown: String, line: usize) -> Part {
    Part {
        own: topic_of(&name),
        topic: None,
        name,
        markdown: markdown.split_whitespace().collect::<Vec<_>>().join(" "),
        links: Vec::new(),
        level: LABEL_LEVEL,
        line,
        style: Style::Label,
        blocks: Vec::new(),
    }
}

/// One line that is a section name and nothing else, although its author forgot to mark it up.
///
/// With a colon it is a label like a bold one; inside a section of actions it names a group of them.
fn is_bare_name(text: &Rich, before: Option<&Part>) -> bool {
    let name = text.text();
    let is_label = name.ends_with(':');
    let topic = topic_of(&name);
    text.lines.len() == 1
        && !name.ends_with('.')
        && !text.is_strong
        && (matches!(topic, Some(Topic::Actions | Topic::Timeline)) || is_label && topic == Some(Topic::RootCause))
        && !(is_label && before.is_some_and(|part| part.own == topic))
}

/// A paragraph of several lines that begin with labels, as one paragraph for each.
fn apart(block: Block) -> Vec<Block> {
    let Body::Paragraph(text) = &block.body else {
        return vec![block];
    };
    let starts: Vec<usize> = (1..text.lines.len())
        .filter(|index| begins_with_label(&text.lines, *index))
        .collect();
    if starts.is_empty() || !begins_with_label(&text.lines, 0) {
        return vec![block];
    }
    let ends = starts.iter().copied().chain([text.lines.len()]);
    [0].into_iter()
        .chain(starts.iter().copied())
        .zip(ends)
        .map(|(start, end)| {
            let lines = text.lines.get(start..end).unwrap_or(&[]).to_vec();
            let number = |index: usize| text.lines.get(index).map(|line| line.number);
            Block {
                first: number(start).unwrap_or(block.first),
                last: number(end).map_or(block.last, |next| next.saturating_sub(1)),
                column: block.column,
                body: Body::Paragraph(Rich {
                    is_strong: matches!(lines.as_slice(), [line] if line.strong == line.text.trim_end().len()),
                    is_emphasised: false,
                    lines,
                }),
            }
        })
        .collect()
}

fn begins_with_label(lines: &[RichLine], index: usize) -> bool {
    lines.get(index).is_some_and(|line| {
        let lead = line.text.get(..line.strong).unwrap_or("").trim();
        !lead.is_empty() && is_known(lead) && is_set_off(line)
    })
}

fn is_owner_of_actions(text: &Rich, heading: Option<Topic>) -> bool {
    let Some(line) = text.lines.first().filter(|_| heading == Some(Topic::Actions)) else {
        return false;
    };
    let topic = topic_of(&line.text);
    line.strong == line.text.trim_end().len()
        && !is_set_off(line)
        && (topic == Some(Topic::People) || topic.is_none() && is_field(&line.text))
}

/// `**Label:** value`, when the label is a known section or field.
fn labelled(text: &Rich, block: &Block, source: &Source) -> Option<Part> {
    let lead = text.strong_lead()?;
    if !is_known(lead) {
        return None;
    }
    let (mut part, rest) = split_label(text, block, source)?;
    part.blocks.extend(rest);
    Some(part)
}

fn is_known(label: &str) -> bool {
    stamp::leading(label).is_none() && (topic_of(label).is_some() || is_field(label))
}

/// Whether bold bullets below this heading can be sections. Below "Action items" they are actions with a bold start.
fn may_have_labels(heading: &Part) -> bool {
    matches!(
        heading.own,
        None | Some(Topic::Summary | Topic::Background | Topic::Metadata)
    )
}

/// A list that is really a table of contents of the report: most items begin with a bold name, some with a known one.
///
/// Where labels have begun the parts above, one known label is enough: text at the margin splits such a list, and what
/// was nested in the label before it is now at the level of the labels.
fn is_label_list(items: &[Item], before: Option<&Part>) -> bool {
    let leads: Vec<&str> = items.iter().filter_map(|item| item.lead()?.strong_lead()).collect();
    let known = leads.iter().filter(|lead| is_known(lead)).count();
    if known >= 1 && before.is_some_and(|part| part.style == Style::Label) {
        return true;
    }
    leads.len() * 2 >= items.len() && (known >= 2 || (known == 1 && items.len() == 1))
}

fn item_label(item: &Item, source: &Source) -> Option<Part> {
    let mut blocks = item.blocks.iter();
    let first = blocks.next()?;
    let text = first.paragraph()?;
    text.strong_lead()
        .filter(|lead| is_known(lead) || stamp::leading(lead).is_none() && ends_label(text))?;
    let (mut part, rest) = split_label(text, first, source)?;
    part.blocks.extend(rest);
    part.blocks.extend(blocks.cloned());
    Some(part)
}

/// Separates the bold label of a paragraph from the rest of it.
fn split_label(text: &Rich, block: &Block, source: &Source) -> Option<(Part, Option<Block>)> {
    let line = source.line(block.first);
    let markdown = line.get(block.column.saturating_sub(1)..)?;
    let length = BOLD_LABEL.find(markdown)?.end();
    let first = text.lines.first()?;
    let name = first
        .text
        .get(..first.strong)?
        .trim()
        .trim_end_matches(':')
        .trim()
        .to_owned();
    let mut rest = text.clone();
    let value = first.text.get(first.strong..)?.trim_start_matches([' ', ':']);
    if value.trim().is_empty() {
        rest.lines.remove(0);
    } else if let Some(line) = rest.lines.first_mut() {
        *line = RichLine {
            text: value.to_owned(),
            strong: 0,
            ..line.clone()
        };
    }
    rest.is_strong = false;
    let part = named(name.clone(), name, block.first);
    let starts_below = value.trim().is_empty();
    let rest = (!rest.lines.is_empty()).then(|| Block {
        body: Body::Paragraph(rest),
        first: if starts_below { block.first + 1 } else { block.first },
        last: block.last,
        column: if starts_below {
            // The next line may be a lazy continuation that stands left of the item it belongs to.
            let below = source.line(block.first + 1);
            block.column.min(below.len() - below.trim_start().len() + 1)
        } else {
            block.column + length
        },
    });
    Some((part, rest))
}

/// Whether the bold start of a text is set off by a colon.
fn ends_label(text: &Rich) -> bool {
    text.lines.first().is_some_and(is_set_off)
}

fn is_set_off(line: &RichLine) -> bool {
    let (lead, rest) = line.text.split_at_checked(line.strong).unwrap_or((&line.text, ""));
    lead.trim_end().ends_with(':') || rest.trim_start().starts_with(':')
}

/// Adds an item to the list a part ends with, or begins one.
fn extend_list(parts: &mut [Part], item: &Item) {
    let Some(part) = parts.last_mut() else {
        return;
    };
    if let Some(Block {
        body: Body::List(items),
        last,
        ..
    }) = part.blocks.last_mut()
    {
        items.push(item.clone());
        *last = item.last;
    } else {
        part.blocks.push(Block {
            first: item.first,
            last: item.last,
            column: 1,
            body: Body::List(vec![item.clone()]),
        });
    }
}
