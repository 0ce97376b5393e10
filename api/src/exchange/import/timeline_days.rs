//! Days such as "19. April", whose number Markdown takes for that of an item of a list.
//!
//! "19. April, 11:00 Lamp out" is item 19 to CommonMark, and says "April, 11:00 Lamp out". Where an item is a time with its number
//! and none without, it becomes the paragraph that its author wrote. The source stays as it is, so nothing is lost of what turns
//! out to be prose.

use super::blocks::{Block, Body, Item};
use super::pattern::Pattern;
use super::source::Source;
use super::stamp;

/// The number of an item, which ends what stands before its text.
static NUMBER: Pattern = Pattern::new(r"(?:^|[ \t>])(\d{1,2}\.)[ \t]+$");

/// Makes paragraphs of the items that are days, in these blocks and in all that is nested in them.
pub(super) fn put_back(blocks: &mut Vec<Block>, source: &Source) {
    for mut block in std::mem::take(blocks) {
        if let Body::List(items) = &mut block.body {
            for item in items {
                put_back(&mut item.blocks, source);
            }
        }
        if block.items().iter().any(|item| day(item, source).is_some()) {
            blocks.extend(apart(&block, source));
        } else {
            blocks.push(block);
        }
    }
}

/// A list as its days and, between them, what is left of it.
fn apart(list: &Block, source: &Source) -> Vec<Block> {
    let mut pieces: Vec<Block> = Vec::new();
    let mut is_in_list = false;
    for item in list.items() {
        if let Some(day) = day(item, source) {
            pieces.push(day);
            pieces.extend(item.blocks.iter().skip(1).cloned());
            is_in_list = false;
            continue;
        }
        match pieces.last_mut() {
            Some(Block {
                body: Body::List(items),
                last,
                ..
            }) if is_in_list => {
                items.push(item.clone());
                *last = item.last;
            }
            _ => pieces.push(Block {
                body: Body::List(vec![item.clone()]),
                first: item.first,
                last: item.last,
                column: list.column,
            }),
        }
        is_in_list = true;
    }
    pieces
}

/// The first paragraph of an item with the number before it, when that makes it a time.
fn day(item: &Item, source: &Source) -> Option<Block> {
    let block = item.blocks.first().filter(|block| block.first == item.first)?;
    let mut text = block.paragraph()?.clone();
    let before = source.line(item.first).get(..item.column.checked_sub(1)?)?;
    let number = NUMBER.captures(before)?.get(1)?;
    let line = text.lines.first_mut()?;
    let written = format!("{} {}", number.as_str(), line.text);
    if !is_time(&written, &line.text) {
        return None;
    }
    line.text = written;
    line.strong = 0;
    text.is_strong = false;
    text.is_emphasised = false;
    Some(Block {
        body: Body::Paragraph(text),
        first: block.first,
        last: block.last,
        column: number.start() + 1,
    })
}

/// Is this a day with a clock time, or nothing but a day? Not when the text says as much without its number: then that one counts.
fn is_time(text: &str, without_number: &str) -> bool {
    let Some(stamp) = stamp::leading(text).filter(|stamp| stamp.day.is_some()) else {
        return false;
    };
    let other = stamp::leading(without_number);
    if stamp.clock.is_some() {
        other.is_none_or(|other| other.clock.is_none())
    } else {
        let rest = text.get(stamp.length..).unwrap_or("");
        other.is_none() && rest.trim().is_empty()
    }
}
