//! Reads a postmortem written in Markdown into a record.
//!
//! No two teams write the same template, so nothing here knows a template. The document is parsed as CommonMark and cut
//! into parts by its headings and labels (`outline`); the name of a part says what it is about (`names`, `topics`); and
//! readers take from the parts what they understand: labelled facts (`facts`), the timeline, the root causes, the
//! recommendations. What is left becomes the text of the report (`sections`), in the words and the Markdown of its
//! author.
//!
//! Three promises hold for any input, including binary garbage:
//! - it never fails, and never takes more than linear time in the length of the text (`source` sees to the depth);
//! - nothing is lost: text that became no record stands in one of the sections;
//! - nothing is invented: what is not stated is `None`, and what was guessed is a warning with its line.
//!
//! Not here: reading files and archives, creating anything, deciding whether a report is a duplicate.

mod action_done;
mod action_kind;
mod action_owner;
mod action_state;
mod action_table;
mod action_text;
mod actions;
mod blocks;
mod boilerplate;
mod calendar;
mod causes;
mod date;
mod definitions;
mod document;
mod facts;
mod front_matter;
mod inline;
mod metadata;
mod model;
mod moments;
mod names;
mod outline;
mod pattern;
mod sections;
mod source;
mod stamp;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod timeline_days;
mod timeline_entries;
mod timeline_kind;
mod timeline_table;
mod title;
mod topics;
mod zone;

use chrono::NaiveDate;

use self::blocks::{Block, Body};
use self::calendar::Calendar;
use self::date::Order;
use self::document::Document;
use self::metadata::Facts;
use self::outline::{Part, Style};
use self::pattern::Pattern;
use self::source::Source;
use self::title::Title;
use self::zone::Zone;

static ALL_TIMES: Pattern = Pattern::new(r"(?i)\ball (?:of the )?times\b[^.\n]{0,60}");

pub use self::model::{
    ImportWarning, ImportedKind, ImportedPriority, ImportedRecommendation, ImportedReport, ImportedRootCause,
    ImportedSections, ImportedSeverity, ImportedTimelineEvent, ImportedTimelineKind,
};

/// Parse one document. Never fails and never panics, on any input.
pub fn parse(file_name: &str, text: &str) -> ImportedReport {
    let mut source = Source::new(text);
    let mut warnings = Vec::new();
    if source.is_blank() {
        warnings.push(ImportWarning::new(
            1,
            "The document is empty; its title was taken from the file name.",
        ));
    }
    if let Some(line) = source.flattened {
        warnings.push(ImportWarning::new(
            line,
            "This line is nested deeper than anybody reads, so its nesting was flattened.",
        ));
    }
    let front = front_matter::take(&mut source);
    if front.is_unreadable {
        warnings.push(ImportWarning::new(
            1,
            "The front matter is not valid YAML, so it was kept as text.",
        ));
    }
    let (blocks, definitions) = blocks::parse(&mut source);
    let mut parts = outline::parts(blocks, &source);
    let title = title::pick(&parts, &front, file_name);
    if let Some(part) = title.part.and_then(|index| parts.get_mut(index)) {
        // A title such as "Preventive actions for 2024-01-01" is no section and no timeline.
        part.style = Style::Title;
        part.own = None;
    }
    if let Some(opening) = parts.first_mut().filter(|_| title.is_first_paragraph) {
        opening.blocks.remove(0);
    }
    topics::assign(&mut parts);
    for part in &mut parts {
        let mut is_first = true;
        part.blocks.retain(|block| {
            let is_boilerplate = boilerplate::is_boilerplate(block, is_first);
            is_first = false;
            !is_boilerplate
        });
    }
    let document = Document { source, definitions };

    if title.is_from_file_name && !document.source.is_blank() {
        warnings.push(ImportWarning::new(
            1,
            "The document has no title; it was taken from the file name.",
        ));
    }
    let facts = facts::read(&front, &mut parts);
    let order = order(&title, &parts);
    let date = stated_date(&facts, &title, order, file_name);

    let mut timeline = timeline::Reader::new(&document, calendar(&facts, date, order, &parts));
    timeline.read(&mut parts);
    let timeline::Reader {
        mut events, calendar, ..
    } = timeline;
    timeline_kind::keep_one_of_each(&mut events);
    warnings.extend(timeline_warnings(&events, &calendar));
    let date = date.or_else(|| events.iter().find_map(|event| event.at).map(|at| at.date_naive()));

    let root_causes = causes::read(&parts, &document);
    let mut actions = actions::Reader {
        document: &document,
        people: facts::people(&facts, &parts),
        today: date,
        found: Vec::new(),
        warnings: Vec::new(),
    };
    actions.read(&mut parts);
    let actions::Reader {
        found: recommendations,
        warnings: action_warnings,
        ..
    } = actions;

    let mut sections = sections::assemble(&parts, &document);
    keep_front_matter(&facts.unheld, &title, &mut sections);
    for line in document.definitions.unused() {
        sections::append(&mut sections.conclusion, line);
    }
    let date = date.or_else(|| date::first_full(&sections.executive_summary));

    let moments = moments::of(&facts, &calendar, &events);
    warnings.extend(facts.warnings);
    warnings.extend(action_warnings);
    warnings.sort_by_key(|warning| warning.line);
    ImportedReport {
        title: title.text,
        date,
        severity: facts.severity,
        started_at: moments.started,
        detected_at: moments.detected,
        mitigated_at: moments.mitigated,
        resolved_at: moments.resolved,
        labels: facts.labels,
        authors: facts.authors,
        responders: facts.responders,
        owner: facts.owner,
        services: facts.services,
        source_url: facts.source_url,
        sections,
        timeline: events,
        root_causes,
        recommendations,
        warnings,
    }
}

fn timeline_warnings(events: &[ImportedTimelineEvent], calendar: &Calendar) -> Vec<ImportWarning> {
    let mut warnings = Vec::new();
    let line = events.first().map_or(1, |event| event.line);
    if calendar.has_assumed_zone {
        warnings.push(ImportWarning::new(
            line,
            "The timeline states no time zone, so its times were taken as UTC.",
        ));
    }
    if calendar.has_ambiguous_day {
        warnings.push(ImportWarning::new(
            line,
            "A date of the timeline can be read with the day or with the month first, so its entry has no instant.",
        ));
    }
    let undated = events.iter().filter(|event| event.at.is_none()).count();
    if let Some(first) = events.iter().find(|event| event.at.is_none()) {
        warnings.push(ImportWarning::new(
            first.line,
            format!(
                "The day or the time of {undated} of {} timeline entries could not be read; it was kept as written.",
                events.len()
            ),
        ));
    }
    warnings
}

fn stated_date(facts: &Facts, title: &Title, order: Option<Order>, file_name: &str) -> Option<NaiveDate> {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    facts
        .date
        .or_else(|| date::first_ordered(&title.text, order))
        .or_else(|| date::leading(name).and_then(|_| date::first_full(name)))
}

/// The order of day and month in numeric dates: one that can be read in one way only tells, else how close together
/// they lie.
fn order(title: &Title, parts: &[Part]) -> Option<Order> {
    let told = parts
        .iter()
        .find_map(|part| date::order_of(&part.name).or_else(|| part.blocks.iter().find_map(order_of)));
    told.or_else(|| {
        let mut days = Vec::new();
        let names = parts.iter().map(|part| part.name.as_str());
        for text in names.chain([title.text.as_str()]) {
            days.extend(date::within(text).into_iter().map(|(day, _)| day));
        }
        for block in parts.iter().flat_map(|part| &part.blocks) {
            leading_days(block, &mut days);
        }
        date::order_by_spread(&days)
    })
}

/// The days that lines, items and rows begin with.
fn leading_days(block: &Block, days: &mut Vec<date::Day>) {
    let mut add = |text: &str| days.extend(stamp::leading(text).and_then(|stamp| stamp.day));
    match &block.body {
        Body::Paragraph(text) | Body::Heading { text, .. } => text.lines.iter().for_each(|line| add(&line.text)),
        Body::List(items) => items.iter().for_each(|item| add(&item.lead_text())),
        Body::Table(rows) => rows
            .iter()
            .filter_map(|row| row.cells.first())
            .for_each(|cell| add(&cell.text())),
        Body::Verbatim => {}
    }
}

fn calendar(facts: &Facts, date: Option<NaiveDate>, order: Option<Order>, parts: &[Part]) -> Calendar {
    let zone = facts
        .zone
        .or_else(|| parts.iter().flat_map(|part| &part.blocks).find_map(zone_of_all));
    Calendar::new(zone, order, date)
}

/// "All times PDT." holds for the whole document, wherever it stands.
fn zone_of_all(block: &Block) -> Option<Zone> {
    let Body::Paragraph(text) = &block.body else {
        return None;
    };
    let text = text.text();
    ALL_TIMES.find_all(&text).find_map(|found| zone::within(found.as_str()))
}

fn order_of(block: &Block) -> Option<Order> {
    match &block.body {
        Body::Paragraph(text) | Body::Heading { text, .. } => date::order_of(&text.text()),
        Body::List(items) => items.iter().flat_map(|item| &item.blocks).find_map(order_of),
        Body::Table(rows) => rows
            .iter()
            .flat_map(|row| &row.cells)
            .find_map(|cell| date::order_of(&cell.text())),
        Body::Verbatim => None,
    }
}

/// Front matter that no field holds is kept: a summary as the summary, the rest in the background.
fn keep_front_matter(unheld: &[(String, String)], title: &Title, sections: &mut ImportedSections) {
    for (key, value) in unheld {
        match key.as_str() {
            "summary" | "description" | "excerpt" => {
                if !sections.executive_summary.contains(value.trim()) {
                    let text = std::mem::replace(&mut sections.executive_summary, value.clone());
                    if !text.is_empty() {
                        sections::append(&mut sections.executive_summary, &text);
                    }
                }
            }
            "title" if value.contains(title.text.trim()) => {}
            _ => sections::append(&mut sections.background, &format!("**{key}:** {value}")),
        }
    }
}
