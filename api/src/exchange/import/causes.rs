//! Root causes: every list item of a section on causes, every sub-heading without a list, or the section as a whole.
//!
//! The section keeps its full text; a cause is a record besides it.

use super::blocks::{Block, Body, Item};
use super::document::Document;
use super::inline::Rich;
use super::model::ImportedRootCause;
use super::names::{self, Topic};
use super::outline::{Part, Style};
use super::text::{first_sentence, is_placeholder, shorten};

const MAX_TITLE: usize = 200;

pub(super) fn read(parts: &[Part], document: &Document) -> Vec<ImportedRootCause> {
    let mut causes = Vec::new();
    let mut section_level = 0;
    let mut cause_level: Option<u8> = None;
    for (index, part) in parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.topic == Some(Topic::RootCause))
    {
        // "Contributing factor 2: …" below "Root cause analysis" is one of its causes.
        let is_below = section_level > 0 && part.level > section_level;
        let is_section = part.own == Some(Topic::RootCause) && !(is_below && !names::is_listed_name(&part.name));
        if is_section {
            section_level = part.level;
            cause_level = None;
        }
        // A heading above headings names them all.
        if !is_section && cause_level.is_none() && part.blocks.is_empty() {
            continue;
        }
        // What stands deeper than the first sub-headings explains them.
        if !is_section && part.level > section_level && part.level > *cause_level.get_or_insert(part.level) {
            continue;
        }
        let category = (!is_section && part.level > section_level).then(|| part.name.clone());
        let items = listed(&part.blocks, part.style);
        if !items.is_empty() {
            causes.extend(items.iter().map(|item| from_item(item, category.clone(), document)));
            continue;
        }
        // The introduction above sub-headings is not a cause of its own.
        let has_sub_headings = parts.get(index + 1).is_some_and(|next| {
            let is_cause = next.own.is_none() || !names::is_listed_name(&next.name);
            next.topic == Some(Topic::RootCause) && is_cause && next.level > part.level
        });
        if !(is_section && has_sub_headings) {
            causes.extend(from_prose(part, category, document));
        }
    }
    causes
}

/// The items of the list that states the causes: the one a section begins with, or that its introduction announces.
///
/// What follows the list below a label is no longer about the label.
fn listed(blocks: &[Block], style: Style) -> Vec<Item> {
    let mut introduction = 0;
    let mut items: Vec<Item> = Vec::new();
    for block in blocks {
        match &block.body {
            Body::List(found) => {
                items.extend(found.iter().filter(|item| !is_empty(item)).cloned());
            }
            Body::Paragraph(text) if items.is_empty() => {
                introduction += 1;
                let announces = text.text().ends_with(':');
                if introduction > 1 && !announces {
                    return Vec::new();
                }
            }
            Body::Paragraph(_) if style == Style::Label => return items,
            // Numbered causes may be separated by code or prose; a list after a longer text is an illustration.
            _ if items.is_empty() => introduction += 1,
            _ => {}
        }
    }
    items
}

fn is_empty(item: &Item) -> bool {
    item.blocks.len() <= 1 && is_placeholder(&item.lead_text())
}

fn from_item(item: &Item, category: Option<String>, document: &Document) -> ImportedRootCause {
    ImportedRootCause {
        title: title_of(&item.lead_text()),
        description: document.item_markdown(item),
        category,
        line: item.first,
    }
}

fn from_prose(part: &Part, category: Option<String>, document: &Document) -> Option<ImportedRootCause> {
    let text = part
        .blocks
        .iter()
        .filter_map(Block::paragraph)
        .map(Rich::text)
        .find(|text| !is_placeholder(text))?;
    let title = match &category {
        Some(name) => name.clone(),
        None => title_of(&text),
    };
    Some(ImportedRootCause {
        title,
        description: document.markdown_of(&part.blocks),
        category: None,
        line: part.line,
    })
}

fn title_of(text: &str) -> String {
    let title = shorten(first_sentence(text), MAX_TITLE);
    if title.is_empty() {
        "Root cause".to_owned()
    } else {
        title
    }
}
