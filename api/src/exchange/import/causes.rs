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
    let mut cause_level = None;
    for (index, part) in parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.topic == Some(Topic::RootCause))
    {
        let is_section = is_section(part, section_level);
        if is_section {
            section_level = part.level;
            cause_level = level_of_causes(parts.get(index + 1..).unwrap_or(&[]), section_level);
        }
        let is_below = !is_section && part.level > section_level;
        // What stands deeper than the causes explains them, and a heading above all of them names them.
        if is_below && cause_level.is_some_and(|level| level != part.level) {
            continue;
        }
        let category = is_below.then(|| part.name.clone());
        let items = listed(&part.blocks, part.style);
        if !items.is_empty() {
            causes.extend(items.iter().map(|item| from_item(item, category.clone(), document)));
            continue;
        }
        // The introduction above sub-headings is not a cause of its own.
        if !(is_section && cause_level.is_some()) {
            let is_explained_below = parts.get(index + 1).is_some_and(|next| next.level > part.level);
            causes.extend(from_prose(part, category, is_explained_below, document));
        }
    }
    causes
}

/// "Contributing factor 2: …" below "Root cause analysis" is one of its causes, "Contributing factors" is a section.
fn is_section(part: &Part, section_level: u8) -> bool {
    let is_below = section_level > 0 && part.level > section_level;
    part.own == Some(Topic::RootCause) && (!is_below || names::is_listed_name(&part.name))
}

/// The level of the sub-headings that are the causes of a section: the first level with several of them, else the
/// first with a text.
fn level_of_causes(after: &[Part], section_level: u8) -> Option<u8> {
    let mut counts = [0_usize; 8];
    let mut first_with_text = None;
    let below = after
        .iter()
        .take_while(|part| part.level > section_level && !is_section(part, section_level))
        .filter(|part| part.topic == Some(Topic::RootCause));
    for part in below {
        if let Some(count) = counts.get_mut(usize::from(part.level)) {
            *count += 1;
        }
        let has_text = part
            .blocks
            .iter()
            .any(|block| block.paragraph().is_some() || !block.items().is_empty());
        first_with_text = first_with_text.or(has_text.then_some(part.level));
    }
    let several = counts.iter().position(|count| *count > 1);
    several.and_then(|level| u8::try_from(level).ok()).or(first_with_text)
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

fn from_prose(
    part: &Part,
    category: Option<String>,
    is_explained_below: bool,
    document: &Document,
) -> Option<ImportedRootCause> {
    let text = part
        .blocks
        .iter()
        .filter_map(Block::paragraph)
        .map(Rich::text)
        .find(|text| !is_placeholder(text));
    let title = match (category, text) {
        (Some(name), text) if text.is_some() || is_explained_below => name,
        (None, Some(text)) => title_of(&text),
        _ => return None,
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
