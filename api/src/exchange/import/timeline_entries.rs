//! The entries of a timeline inside the blocks of one part: list items, paragraphs, hard-wrapped lines, table rows.

use super::blocks::{Block, Body, Item};
use super::inline::Rich;
use super::stamp::{self, Stamp};
use super::text::after_shown;
use super::timeline::{Open, Reader};
use super::timeline_table;

impl Reader<'_> {
    /// Reads entries out of the blocks; what remains in them is prose.
    pub(super) fn blocks(&mut self, blocks: &mut Vec<Block>, open: &mut Open) {
        let mut prose = Vec::new();
        let all = std::mem::take(blocks);
        let mut rest = all.into_iter();
        while let Some(block) = rest.next() {
            let has_following = self.dates(rest.as_slice());
            match &block.body {
                Body::Paragraph(text) => self.paragraph(text, &block, has_following, &mut prose, open),
                Body::List(items)
                    if items
                        .iter()
                        .any(|item| Stamped::of(&item.lead_text(), self.is_dotted).is_some()) =>
                {
                    self.items(items, &mut prose, open);
                }
                Body::Table(rows) => match timeline_table::read(rows, &mut self.calendar, self.document) {
                    Some(found) => {
                        self.events.extend(found);
                        *open = Open::None;
                    }
                    None => self.rest(block, &mut prose, *open),
                },
                _ => self.rest(block, &mut prose, *open),
            }
        }
        *blocks = prose;
    }

    fn rest(&mut self, block: Block, prose: &mut Vec<Block>, open: Open) {
        if open == Open::None {
            if matches!(block.body, Body::Verbatim) {
                let text = self
                    .document
                    .source
                    .slice(block.first, block.last.min(block.first + 2), block.column);
                self.learn_zone(&text);
            }
            prose.push(block);
        } else {
            self.append(std::slice::from_ref(&block));
        }
    }

    fn paragraph(&mut self, text: &Rich, block: &Block, has_following: bool, prose: &mut Vec<Block>, open: &mut Open) {
        let stamps: Vec<Option<Stamped>> = text
            .lines
            .iter()
            .map(|line| Stamped::of(&line.text, self.is_dotted))
            .collect();
        let starts_timed = stamps.first().is_some_and(Option::is_some);
        let has_entry = starts_timed || stamps.iter().flatten().any(|found| found.stamp.clock.is_some());
        if !has_entry {
            self.learn_zone(&text.text());
            self.rest(block.clone(), prose, *open);
            return;
        }
        let mut index = 0;
        while let (Some(line), Some(found)) = (text.lines.get(index), stamps.get(index)) {
            let next = stamps
                .iter()
                .enumerate()
                .skip(index + 1)
                .find(|(_, stamp)| stamp.is_some())
                .map_or(text.lines.len(), |(next, _)| next);
            let last = text
                .lines
                .get(next)
                .map_or(block.last, |line| line.number.saturating_sub(1))
                .max(line.number);
            let column = if index == 0 { block.column } else { 1 };
            let is_last = next >= text.lines.len();
            match found {
                Some(found) if found.is_day_line(&line.text) && next == index + 1 && (!is_last || has_following) => {
                    self.calendar.turn_to(&found.stamp);
                    *open = Open::None;
                    if found.stamp.length < line.text.trim_end().len() {
                        self.learn_zone(&line.text);
                        prose.push(piece(text, index..next, last, column));
                    }
                }
                Some(found) => {
                    let markdown = self.document.lines_markdown(line.number, last, column);
                    let description = match &found.label {
                        Some(label) if next == index + 1 => label.clone(),
                        Some(_) => markdown,
                        None => after_shown(markdown.trim_start(), found.shown(&line.text)),
                    };
                    let link = line.links.first().cloned();
                    self.push(found.stamp.clone(), without_break(&description), line.number, link);
                    *open = Open::Entry;
                }
                None => {
                    self.learn_zone(&line.text);
                    self.rest(piece(text, index..next, last, column), prose, *open);
                }
            }
            index = next;
        }
    }

    fn items(&mut self, items: &[Item], prose: &mut Vec<Block>, open: &mut Open) {
        for item in items {
            let lead = item.lead_text();
            let markdown = self.document.item_markdown(item);
            let link = item.lead().and_then(|lead| lead.links().first().cloned());
            let Some(found) = Stamped::of(&lead, self.is_dotted) else {
                let lone = Block {
                    body: Body::List(vec![item.clone()]),
                    first: item.first,
                    last: item.last,
                    column: 1,
                };
                self.rest(lone, prose, *open);
                continue;
            };
            let nested = item.blocks.get(1..).unwrap_or(&[]);
            if found.is_day_line(&lead) && self.has_entries(nested) {
                self.calendar.turn_to(&found.stamp);
                let mut nested = nested.to_vec();
                self.blocks(&mut nested, open);
                prose.append(&mut nested);
                continue;
            }
            let description = match &found.label {
                Some(label) if nested.is_empty() => label.clone(),
                Some(_) => markdown,
                None => after_shown(&markdown, found.shown(&lead)),
            };
            self.push(found.stamp, description, item.first, link);
            *open = Open::Entry;
        }
    }

    /// Whether a day before these blocks dates entries in them. What comes after the next day is of that one.
    fn dates(&self, blocks: &[Block]) -> bool {
        let is_day = |block: &Block| match &block.body {
            Body::Paragraph(text) => text.lines.first().is_some_and(|line| {
                let found = Stamped::of(&line.text, self.is_dotted);
                found.is_some_and(|found| found.is_day_line(&line.text))
            }),
            _ => false,
        };
        let next_day = blocks.iter().position(is_day).unwrap_or(blocks.len());
        self.has_entries(blocks.get(..next_day).unwrap_or(blocks))
    }

    pub(super) fn has_entries(&self, blocks: &[Block]) -> bool {
        blocks.iter().any(|block| match &block.body {
            Body::List(items) => items
                .iter()
                .any(|item| Stamped::of(&item.lead_text(), self.is_dotted).is_some()),
            Body::Paragraph(text) => text
                .lines
                .first()
                .is_some_and(|line| stamp::leading(&line.text).is_some()),
            Body::Table(rows) => timeline_table::is_timeline(rows),
            _ => false,
        })
    }
}

/// A text with a time at its start, or at its end after the name of what happened then.
struct Stamped {
    stamp: Stamp,
    /// The name before a time at the end.
    label: Option<String>,
}

impl Stamped {
    fn of(text: &str, is_dotted: bool) -> Option<Self> {
        let short = || stamp::short_dotted(text).filter(|_| is_dotted);
        if let Some(stamp) = stamp::leading(text).or_else(short) {
            return Some(Self { stamp, label: None });
        }
        let (label, stamp) = stamp::trailing(text)?;
        Some(Self {
            stamp,
            label: Some(label),
        })
    }

    /// The part of the text that is the time.
    fn shown<'t>(&self, text: &'t str) -> &'t str {
        text.get(..self.stamp.length).unwrap_or("")
    }

    /// Nothing but a day, which dates the entries below it.
    fn is_day_line(&self, text: &str) -> bool {
        let rest = text.get(self.stamp.length..).unwrap_or("").trim();
        let is_remark = rest.starts_with('(') && rest.find(')') == Some(rest.len().saturating_sub(1));
        self.label.is_none() && self.stamp.is_day_only() && (rest.is_empty() || is_remark)
    }
}

/// Some lines of a paragraph.
fn piece(text: &Rich, lines: std::ops::Range<usize>, last: usize, column: usize) -> Block {
    let lines = text.lines.get(lines).unwrap_or(&[]).to_vec();
    Block {
        first: lines.first().map_or(last, |line| line.number),
        last,
        column,
        body: Body::Paragraph(Rich {
            lines,
            ..Rich::default()
        }),
    }
}

/// Without the backslash that breaks a line in Markdown.
fn without_break(text: &str) -> String {
    text.trim_end().trim_end_matches('\\').trim_end().to_owned()
}
