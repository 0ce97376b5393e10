//! One list item as a recommendation.

use chrono::NaiveDate;

use super::action_done;
use super::action_kind;
use super::action_owner::{is_somebody, owner_in};
use super::action_state::{self, GroupState};
use super::blocks::{Block, Body, Item};
use super::document::Document;
use super::inline::{Rich, is_web};
use super::model::ImportedRecommendation;
use super::pattern::Pattern;
use super::text::{is_placeholder, shorten};

pub(super) const MAX_TITLE: usize = 300;

static BARE_BOX: Pattern = Pattern::new(r"^\[([xX*✓✔☑ ]?)\]\s*");
static STATUS_SIGN: Pattern = Pattern::new(r"^(?:✅|✔️?|☑️?|🚧|⏳)\s*");

pub(super) fn recommendation(
    item: &Item,
    lead: &Rich,
    group: &GroupState,
    document: &Document,
    people: &[String],
    today: Option<NaiveDate>,
) -> Option<ImportedRecommendation> {
    let shown = lead.text();
    // `- []` is no checkbox to Markdown, but is to its author.
    let bare_box = BARE_BOX.captures(&shown).and_then(|found| found.get(1));
    let ticked = item
        .ticked
        .or_else(|| bare_box.map(|mark| !mark.as_str().trim().is_empty()));
    let text = BARE_BOX.replace_all(&shown, "");
    let title = STATUS_SIGN.replace_all(&text, "");
    if is_placeholder(&title) && item.blocks.len() <= 1 {
        return None;
    }
    let markdown = document.item_markdown(item);
    let due = action_state::due_in(&text, today).or_else(|| group.due.clone());
    let mut links = links_of(&item.blocks);
    links.extend(group.links.iter().filter(|link| is_web(link)).cloned());
    let mut unique: Vec<String> = Vec::new();
    for link in links {
        if !unique.contains(&link) {
            unique.push(link);
        }
    }
    Some(ImportedRecommendation {
        kind: action_kind::by_words(&title),
        priority: action_kind::priority_in(&text),
        owner: owner_in(&text, &markdown, people)
            .filter(|owner| !is_placeholder(owner))
            .or_else(|| group.owner.clone())
            .or_else(|| known_prefix(&text, people)),
        due_on: due.as_ref().and_then(|due| due.on),
        due_text: due.map(|due| due.text),
        done: ticked.or_else(|| action_done::in_text(&text)).or(group.done),
        links: unique,
        group: group.name.clone(),
        line: item.first,
        description: description(&markdown, &title),
        title: title_of(&title),
    })
}

/// "Ada: rotate the keys", when Ada is known from elsewhere in the document; "Attic team: …" at once.
fn known_prefix(text: &str, people: &[String]) -> Option<String> {
    let (name, _) = text.split_once(':')?;
    let name = name.trim();
    is_somebody(name, people).then(|| name.to_owned())
}

pub(super) fn title_of(text: &str) -> String {
    if text.trim().is_empty() {
        return "Untitled action".to_owned();
    }
    shorten(text.trim(), MAX_TITLE)
}

/// The Markdown, unless the title already says all of it.
fn description(markdown: &str, title: &str) -> String {
    let is_said = title.chars().count() <= MAX_TITLE && markdown.split_whitespace().eq(title.split_whitespace());
    if is_said { String::new() } else { markdown.to_owned() }
}

fn links_of(blocks: &[Block]) -> Vec<String> {
    let mut links = Vec::new();
    for block in blocks {
        match &block.body {
            Body::Paragraph(text) | Body::Heading { text, .. } => links.extend(text.links()),
            Body::List(items) => links.extend(items.iter().flat_map(|item| links_of(&item.blocks))),
            Body::Table(rows) => links.extend(rows.iter().flat_map(|row| row.cells.iter().flat_map(Rich::links))),
            Body::Verbatim => {}
        }
    }
    links
}
