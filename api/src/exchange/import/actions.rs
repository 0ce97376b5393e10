//! Recommendations: the list items and table rows of the sections that hold actions.
//!
//! A sub-heading, a bold line or a short line with a colon above a list is its group, and may say for all of its items
//! that they are done, when they are due and who has them. Prose stays prose and is handed back, with one exception: a
//! group whose only text is one paragraph is one action. Checklists about the report itself are no actions.

use super::action_state::{self, GroupState};
use super::action_table;
use super::action_text;
use super::blocks::{Block, Body, Item};
use super::document::Document;
use super::inline::Rich;
use super::model::{ImportWarning, ImportedRecommendation};
use super::names::{Topic, topic_of};
use super::outline::{Part, Style};
use super::pattern::Pattern;
use super::text::is_placeholder;

use chrono::NaiveDate;

static CHORE: Pattern = Pattern::new(
    r"(?i)^incident has been dealt with|\b(?:sections?|items?|title|fields?)\b.*\b(?:above|filled (?:out|in)|cleaned up)\b|\b(?:push|publish|share|finish|complete) this (?:document|report|post-?mortem)\b|\b(?:file|create|schedule)\b.*\b(?:for all|corrective actions)\b",
);
static EXAMPLES_BELOW: Pattern =
    Pattern::new(r"(?i)\bexamples? (?:below|follow)|\bfor example,?$|\bas in the examples?\b");
static CATEGORY: Pattern = Pattern::new(
    r"(?i)^(?:(?:short|medium|mid|long|near)[ -]term|(?:[\w-]+ ){1,2}(?:improvements|actions|items|tasks|changes|fixes|work|follow-?ups))$",
);
static EXPLICIT: Pattern = Pattern::new(r"(?i)^action items?\s*(?:\d+\s*)?:\s*\S");

pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
    pub(super) people: Vec<String>,
    /// What "the next two weeks" counts from.
    pub(super) today: Option<NaiveDate>,
    pub(super) found: Vec<ImportedRecommendation>,
    pub(super) warnings: Vec<ImportWarning>,
}

/// A section of actions while its parts are read.
struct Section {
    name: String,
    level: u8,
    line: usize,
    is_only_prose: bool,
    /// Something in it became a recommendation, or a warning of its own.
    has_more: bool,
}

impl Reader<'_> {
    pub(super) fn read(&mut self, parts: &mut [Part]) {
        let mut section: Option<Section> = None;
        for part in parts.iter_mut() {
            let is_actions = part.topic == Some(Topic::Actions);
            let is_below = section.as_ref().is_some_and(|section| part.level > section.level);
            if !is_actions || (part.own == Some(Topic::Actions) && !is_below) {
                self.finish(section.take());
            }
            if !is_actions {
                if part.topic != Some(Topic::Appendix) {
                    self.plans(part);
                }
                continue;
            }
            let section = section.get_or_insert_with(|| Section {
                name: part.name.clone(),
                level: part.level,
                line: part.line,
                is_only_prose: false,
                has_more: false,
            });
            let before = (self.found.len(), self.warnings.len());
            let is_group = part.level > section.level;
            let had_text = part.blocks.iter().any(|block| !is_nothing(block));
            self.part(part, is_group);
            let is_explained = before != (self.found.len(), self.warnings.len());
            section.has_more |= is_explained;
            section.is_only_prose |= had_text && !is_explained;
        }
        self.finish(section);
    }

    /// Tables of actions in a part that is about something else.
    fn plans(&mut self, part: &mut Part) {
        let group = GroupState::default();
        part.blocks.retain(|block| {
            let Body::Table(rows) = &block.body else {
                return true;
            };
            let rows = action_table::is_plan(rows)
                .then(|| action_table::read(rows, None, &group, self.document, self.today, &mut self.warnings))
                .flatten();
            let is_kept = rows.is_none();
            self.found.extend(rows.unwrap_or_default());
            is_kept
        });
    }

    /// Says so when a section held nothing but prose.
    fn finish(&mut self, section: Option<Section>) {
        if let Some(section) = section.filter(|section| section.is_only_prose && !section.has_more) {
            let name = section.name;
            self.warnings.push(ImportWarning::new(
                section.line,
                format!("\"{name}\" contains no list of actions, so its text was kept in the conclusion and no recommendation was made of it."),
            ));
        }
    }

    fn part(&mut self, part: &mut Part, is_group: bool) {
        let mut group = GroupState::default();
        // The name of a section may say as much about its items as the name of a group does.
        group.read(&part.name, &part.links, self.today);
        group.name = is_group.then(|| part.name.clone());
        let heading = group.clone();

        let blocks = std::mem::take(&mut part.blocks);
        let has_list = blocks
            .iter()
            .any(|block| matches!(block.body, Body::List(_) | Body::Table(_)));
        let mut is_sample = false;
        let mut prose: Vec<Block> = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let next = blocks.get(index + 1).map(|next| &next.body);
            let before_items = matches!(next, Some(Body::List(_) | Body::Table(_)));
            match &block.body {
                Body::List(items) if is_sample || is_checklist_about_the_report(items) => {
                    self.skip(block, is_sample);
                    prose.push(block.clone());
                }
                Body::List(items) => self.items(items, &group),
                Body::Table(rows) => {
                    let header = index.checked_sub(1).and_then(|before| blocks.get(before)?.paragraph());
                    let header = header.filter(|text| action_table::is_header_line(text));
                    let rows = action_table::read(rows, header, &group, self.document, self.today, &mut self.warnings);
                    match rows {
                        Some(rows) => self.found.extend(rows),
                        None => prose.push(block.clone()),
                    }
                }
                Body::Paragraph(text) if before_items && action_table::is_header_line(text) => {}
                Body::Paragraph(text) if EXPLICIT.is_match(&text.text()) => {
                    let item = paragraph_item(block);
                    self.item(&item, text, &group);
                }
                Body::Paragraph(text) if action_table::is_misplaced(text) => {
                    self.found.extend(action_table::read_misplaced(
                        text,
                        &group,
                        self.document,
                        self.today,
                        &mut self.warnings,
                    ));
                }
                Body::Paragraph(text) if before_items && is_group_label(text) => {
                    group = self.labelled_group(&heading, text, block.first);
                }
                Body::Paragraph(text) if !has_list && is_only_action(part, text, &blocks, is_group) => {
                    let item = paragraph_item(block);
                    self.item(&item, text, &group);
                }
                Body::Paragraph(text) => {
                    is_sample |= EXAMPLES_BELOW.is_match(&text.text());
                    prose.push(block.clone());
                }
                _ => prose.push(block.clone()),
            }
        }
        prose.retain(|block| !is_nothing(block));
        part.blocks = prose;
    }

    /// The group that a label above a list begins, inside the group of its heading.
    fn labelled_group(&mut self, heading: &GroupState, text: &Rich, line: usize) -> GroupState {
        let mut group = heading.clone();
        let name = text.text();
        group.read(&name, &text.links(), self.today);
        let label = name.trim_end_matches([':', ' ']).to_owned();
        if let Some(owner) = action_state::person_in(&label, &self.people).filter(|_| text.is_strong) {
            group.owner = Some(owner.to_owned());
            self.warnings.push(ImportWarning::new(
                line,
                format!("\"{label}\" above a list was read as the owner of its items."),
            ));
        }
        group.name = Some(label);
        group
    }

    fn skip(&mut self, block: &Block, is_sample: bool) {
        let what = if is_sample {
            "The text above this list calls it an example"
        } else {
            "This checklist is about the report itself"
        };
        self.warnings.push(ImportWarning::new(
            block.first,
            format!("{what}, so its items were kept as text and are no recommendations."),
        ));
    }

    fn items(&mut self, items: &[Item], group: &GroupState) {
        for item in items {
            let Some(lead) = item.lead() else {
                if let Some(nested) = item.blocks.first() {
                    self.items(nested.items(), group);
                }
                continue;
            };
            let text = lead.text();
            let nested: Vec<&Block> = item.blocks.iter().skip(1).collect();
            let only_lists = !nested.is_empty() && nested.iter().all(|block| matches!(block.body, Body::List(_)));
            let below: usize = nested.iter().map(|block| block.items().len()).sum();
            if only_lists && (is_group_item(lead) || (below >= 2 && is_category(lead))) {
                let mut inner = group.clone();
                inner.read(&text, &lead.links(), self.today);
                inner.name = Some(text.trim_end_matches([':', ' ']).to_owned());
                for block in nested {
                    self.items(block.items(), &inner);
                }
            } else if !(is_placeholder(&text) && nested.is_empty()) {
                self.item(item, lead, group);
            }
        }
    }

    fn item(&mut self, item: &Item, lead: &Rich, group: &GroupState) {
        let recommendation = action_text::recommendation(item, lead, group, self.document, &self.people, self.today);
        self.found.extend(recommendation);
    }
}

/// A paragraph in the place of a list item.
fn paragraph_item(block: &Block) -> Item {
    Item {
        first: block.first,
        last: block.last,
        column: block.column,
        ticked: None,
        blocks: vec![block.clone()],
    }
}

fn is_only_action(part: &Part, text: &Rich, blocks: &[Block], is_group: bool) -> bool {
    let on_the_label = part.style == Style::Label && blocks.first().is_some_and(|block| block.first == part.line);
    let paragraphs = blocks.iter().filter(|block| block.paragraph().is_some()).count();
    let content = text.text();
    paragraphs == 1 && (is_group || on_the_label) && !is_placeholder(&content) && !content.contains('?')
}

/// A line above a list that names it: all bold, or short and ending in a colon.
fn is_group_label(text: &Rich) -> bool {
    let name = text.text();
    let words = name.split_whitespace().count();
    text.lines.len() == 1 && (text.is_strong || (words <= 4 && name.ends_with(':')))
}

/// A bullet that only names the bullets nested in it.
fn is_group_item(lead: &Rich) -> bool {
    let name = lead.text();
    let is_named = lead.is_strong
        || name.ends_with(':') && (name.split_whitespace().count() <= 2 || topic_of(&name) == Some(Topic::Actions));
    lead.lines.len() == 1 && is_named
}

/// One word, or the name of a kind of work, above several items.
fn is_category(lead: &Rich) -> bool {
    let name = lead.text();
    lead.lines.len() == 1
        && lead.links().is_empty()
        && !name.ends_with(['.', '!', '?'])
        && (CATEGORY.is_match(&name) || (name.len() > 1 && name.chars().all(char::is_alphabetic)))
}

fn is_checklist_about_the_report(items: &[Item]) -> bool {
    let chores = items.iter().filter(|item| CHORE.is_match(&item.lead_text())).count();
    chores * 2 > items.len()
}

fn is_nothing(block: &Block) -> bool {
    match &block.body {
        Body::Paragraph(text) => is_placeholder(&text.text()),
        Body::List(items) => items
            .iter()
            .all(|item| item.blocks.len() <= 1 && is_placeholder(&item.lead_text())),
        Body::Table(rows) => rows
            .iter()
            .skip(1)
            .all(|row| row.cells.iter().all(|cell| is_placeholder(&cell.text()))),
        _ => false,
    }
}
