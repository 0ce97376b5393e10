//! Finds the labelled facts in the parts of a document and hands them to `metadata`.
//!
//! A label that became a field in full is taken out of the text; whatever says more stays where it was.

use super::action_table;
use super::blocks::{Block, Body, Row};
use super::front_matter::FrontMatter;
use super::inline::Rich;
use super::metadata::{Facts, Field, field_of};
use super::names::Topic;
use super::outline::{Part, Style};
use super::pattern::Pattern;
use super::text::names;

static LINE: Pattern = Pattern::new(r"^([\p{L}][\p{L} ()/_-]{1,30}?)\s*:\s*(.*)$");
static STATED: Pattern = Pattern::new(r"^([\p{L}][\p{L} ()/_-]{1,30}?)\s*(?:[:=]|[-–—]\s)\s*(.*)$");

/// Every action is compared with every name.
const MAX_PEOPLE: usize = 100;

pub(super) fn read(front: &FrontMatter, parts: &mut Vec<Part>) -> Facts {
    let mut facts = Facts::default();
    let mut fields = front.fields();
    // The day it happened says more than the day it was published.
    fields.sort_by_key(|(key, _)| field_of(key) != Some(Field::Started));
    for (key, value) in fields {
        if !facts.state(&key, &value, 1) {
            facts.unheld.push((key, value));
        }
    }
    let mut is_opening = true;
    parts.retain_mut(|part| {
        if part
            .own
            .is_some_and(|own| own != Topic::Metadata && own != Topic::People)
            && part.style == Style::Heading
        {
            is_opening &= matches!(part.own, Some(Topic::Summary));
        }
        let is_spent = named(part, &mut facts);
        if is_opening
            || matches!(
                part.topic,
                Some(Topic::Metadata | Topic::Stats | Topic::Impact | Topic::Summary)
            )
        {
            lines(part, is_opening, &mut facts);
        }
        !is_spent
    });
    facts
}

/// Everybody the document lists: authors, responders, attendees, those it thanks.
pub(super) fn people(facts: &Facts, parts: &[Part]) -> Vec<String> {
    let listed = parts
        .iter()
        .filter(|part| part.topic == Some(Topic::People))
        .flat_map(|part| &part.blocks)
        .flat_map(|block| names(&shown(block)))
        .filter(|name| name.split_whitespace().count() <= 4);
    let stated = facts.authors.iter().chain(&facts.responders).cloned();
    stated.chain(listed).take(MAX_PEOPLE).collect()
}

/// A part whose own name is the label. Returns whether nothing is left to keep.
fn named(part: &mut Part, facts: &mut Facts) -> bool {
    if part.style == Style::Heading
        && let Some((label, value)) = part.name.split_once(':')
        && field_of(label).is_some()
    {
        let is_held = facts.state(label, value, part.line);
        if !value.trim().is_empty() {
            return is_held && part.blocks.is_empty();
        }
    }
    if field_of(&part.name).is_none() || part.style == Style::Opening {
        return false;
    }
    let value = part.blocks.iter().map(shown).collect::<Vec<_>>().join("\n");
    // "Team" or "Mitigation" as a heading is a section with text; only a short value is a fact.
    if part.blocks.len() > 2 || value.len() > 400 {
        return false;
    }
    let is_held = facts.state(&part.name, &value, part.line);
    let is_section = part.own.is_some_and(|own| own != Topic::Metadata);
    is_held && !is_section
}

/// "Label: value" in paragraphs, bullets and tables.
fn lines(part: &mut Part, is_opening: bool, facts: &mut Facts) {
    let below: Vec<Option<String>> = (1..=part.blocks.len())
        .map(|next| {
            part.blocks
                .get(next)
                .filter(|block| !block.items().is_empty())
                .map(shown)
        })
        .collect();
    let mut below = below.into_iter();
    part.blocks.retain(|block| {
        let list_below = below.next().flatten();
        match &block.body {
            Body::Paragraph(text) if is_opening => {
                if let (Some(list), Some(label)) = (list_below, text.text().strip_suffix(':')) {
                    facts.state(label, &list, block.first);
                }
                let held = text
                    .lines
                    .iter()
                    .filter(|line| state_line(&LINE, &line.text, line.number, facts))
                    .count();
                held < text.lines.len()
            }
            Body::List(items) => {
                for item in items {
                    state_line(&STATED, &item.lead_text(), item.first, facts);
                }
                true
            }
            Body::Table(rows) => {
                table(rows, facts);
                true
            }
            _ => true,
        }
    });
}

fn state_line(pattern: &Pattern, text: &str, line: usize, facts: &mut Facts) -> bool {
    let Some(found) = pattern.captures(text.trim()) else {
        return false;
    };
    match (found.get(1), found.get(2)) {
        (Some(label), Some(value)) if !value.is_empty() => facts.state(label.as_str(), value.as_str(), line),
        _ => false,
    }
}

/// Names and values in alternating columns, or names in the first row and values in the second.
fn table(rows: &[Row], facts: &mut Facts) {
    if action_table::is_plan(rows) {
        return;
    }
    for row in rows {
        for pair in row.cells.chunks(2) {
            if let [label, value] = pair {
                facts.state(&label.text(), &value.text(), row.line);
            }
        }
    }
    let filled: Vec<&Row> = rows
        .iter()
        .filter(|row| row.cells.iter().any(|cell| !cell.text().is_empty()))
        .collect();
    if let [names, values] = filled.as_slice() {
        let fields = names
            .cells
            .iter()
            .filter(|name| field_of(&name.text()).is_some())
            .count();
        for (name, value) in names.cells.iter().zip(&values.cells).filter(|_| fields >= 2) {
            facts.state(&name.text(), &value.text(), values.line);
        }
    }
}

fn shown(block: &Block) -> String {
    match &block.body {
        Body::Paragraph(text) | Body::Heading { text, .. } => text
            .lines
            .iter()
            .map(|line| line.text.trim())
            .collect::<Vec<_>>()
            .join("\n"),
        Body::List(items) => items
            .iter()
            .map(|item| item.lead().map(Rich::text).unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n"),
        Body::Table(_) | Body::Verbatim => String::new(),
    }
}
