//! Reads the timeline: headings, list items, paragraphs, hard-wrapped lines and table rows that begin with a time.
//!
//! What stands between two entries (images, quotes, code, untimed bullets) belongs to the entry before it. What stands
//! before the first entry is handed back as prose. A day on its own line dates the entries below it and is none itself.

use super::blocks::{Block, Body};
use super::calendar::Calendar;
use super::document::Document;
use super::model::ImportedTimelineEvent;
use super::names::Topic;
use super::outline::{Part, Style};
use super::pattern::Pattern;
use super::stamp::{self, Stamp};
use super::text::after_shown;
use super::timeline_days;
use super::timeline_kind;
use super::{date, zone};

static ZONE_SENTENCE: Pattern = Pattern::new(
    r"(?i)\b(?:times?|timestamps?|timezone|klokkeslett|tider)\b[^.\n]{0,60}|\(([^()]{2,40})\)|[-–—]\s*([A-Z]{2,4})$",
);
static LOOSE_TIME: Pattern = Pattern::new(
    r"(?i)\b(?:week(?:end)?|days?|morning|afternoon|evening|night|earlier|later|before|after|meanwhile|hours?|minutes?|[\dx]x:xx)\b|\?",
);
static APPROXIMATE: Pattern = Pattern::new(r"(?i)\btimes\b[^.\n]{0,20}\bapprox|\bapprox\w* times\b");
static YEAR: Pattern = Pattern::new(r"\b((?:19|20)\d{2})\b");

/// How many labels below a heading are looked at for a timeline.
const MAX_LABELS: usize = 6;

pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
    pub(super) calendar: Calendar,
    pub(super) events: Vec<ImportedTimelineEvent>,
    /// Times are written with a dot, so that "9.30" is one too.
    pub(super) is_dotted: bool,
    /// The labels below a heading that is a day tell of that day.
    is_dated_by_heading: bool,
}

/// The entry later blocks are added to: its heading level, or none while no entry is open.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Open {
    None,
    Entry,
    Heading(u8),
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document, calendar: Calendar) -> Self {
        Self {
            document,
            calendar,
            events: Vec::new(),
            is_dotted: false,
            is_dated_by_heading: false,
        }
    }

    /// Takes the entries out of all parts that have any. What remains in the parts is prose.
    pub(super) fn read(&mut self, parts: &mut Vec<Part>) {
        let may_have_entries = |part: &&mut Part| matches!(part.topic, Some(Topic::Timeline | Topic::Background));
        for part in parts.iter_mut().filter(may_have_entries) {
            timeline_days::put_back(&mut part.blocks, &self.document.source);
        }
        self.is_dotted = parts
            .iter()
            .filter(|part| part.topic == Some(Topic::Timeline))
            .flat_map(|part| &part.blocks)
            .any(has_dotted_time);
        let upcoming: Vec<Upcoming> = (0..parts.len()).map(|index| Upcoming::of(parts, index)).collect();
        let mut open = Open::None;
        let mut upcoming = upcoming.iter();
        parts.retain_mut(|part| {
            let is_taken = match (part.topic, upcoming.next()) {
                (Some(Topic::Timeline), Some(upcoming)) => self.part(part, upcoming, &mut open),
                (topic, _) => {
                    open = Open::None;
                    if topic == Some(Topic::Background) {
                        self.story(part);
                    }
                    false
                }
            };
            !is_taken
        });
    }

    /// Returns whether the whole part became entries.
    fn part(&mut self, part: &mut Part, upcoming: &Upcoming, open: &mut Open) -> bool {
        if part.style == Style::Label && !self.is_dated_by_heading {
            self.calendar.start_over();
        }
        if part.own == Some(Topic::Timeline) {
            self.learn_zone(&part.name);
            self.learn_year(&part.name);
            *open = Open::None;
        }
        let stamp = stamp::leading(&part.name).filter(|_| part.style == Style::Heading);
        if part.style == Style::Heading {
            self.is_dated_by_heading = stamp.as_ref().is_some_and(|stamp| stamp.day.is_some());
        }
        if let Some(stamp) = stamp {
            let has_entries_below = part.blocks.is_empty() && upcoming.has_times || upcoming.has_timeline;
            let is_day = stamp.is_day_only() && (has_entries_below || self.has_entries(&part.blocks));
            if is_day {
                self.calendar.turn_to(&stamp);
                *open = Open::None;
                self.blocks(&mut part.blocks, open);
                return part.blocks.is_empty() && part.name.len() <= stamp.length;
            }
            let shown = part.name.get(..stamp.length).unwrap_or("");
            let heading = after_shown(&part.markdown, shown);
            self.push(stamp, heading, part.line, part.links.first().cloned());
            *open = Open::Heading(part.level);
            if self.is_phase(&part.blocks) {
                self.blocks(&mut part.blocks, open);
            }
            let blocks = std::mem::take(&mut part.blocks);
            self.append(&blocks);
            return true;
        }
        let is_sub_heading = part.own.is_none() && part.style == Style::Heading;
        if is_sub_heading && upcoming.siblings_are_timed && LOOSE_TIME.is_match(&part.name) {
            let stamp = Stamp {
                text: part.name.clone(),
                length: part.name.len(),
                is_vague: true,
                ..Stamp::default()
            };
            self.push(stamp, String::new(), part.line, None);
            *open = Open::Heading(part.level);
            let blocks = std::mem::take(&mut part.blocks);
            self.append(&blocks);
            return true;
        }
        if let (true, Open::Heading(level)) = (is_sub_heading, *open)
            && part.level > level
        {
            self.append_text(&format!("#### {}", part.markdown));
            let blocks = std::mem::take(&mut part.blocks);
            self.append(&blocks);
            return true;
        }
        *open = Open::None;
        self.blocks(&mut part.blocks, open);
        false
    }

    /// Several timed items below a timed heading are entries of their own.
    fn is_phase(&self, blocks: &[Block]) -> bool {
        let items = blocks.iter().flat_map(Block::items);
        items.filter(|item| has_clock(&item.lead_text())).count() >= 2
    }

    /// Prose that tells what happened may contain a timeline without saying so.
    fn story(&mut self, part: &mut Part) {
        let (timed, all) = part
            .blocks
            .iter()
            .fold((0, 0), |(timed, all), block| match &block.body {
                Body::List(items) => {
                    let hits = items.iter().filter(|item| has_clock(&item.lead_text())).count();
                    (timed + hits, all + items.len())
                }
                Body::Paragraph(text) => (timed + usize::from(has_clock(&text.text())), all + 1),
                _ => (timed, all),
            });
        if timed >= 2 && timed * 2 >= all {
            self.calendar.start_over();
            self.blocks(&mut part.blocks, &mut Open::None);
        }
    }

    pub(super) fn push(&mut self, stamp: Stamp, description: String, line: usize, source_url: Option<String>) {
        let placed = self.calendar.place(&stamp);
        let description = description.trim().to_owned();
        self.events.push(ImportedTimelineEvent {
            at: placed.at,
            time_text: stamp.text,
            is_exact: placed.is_exact,
            kind: timeline_kind::guess(&description),
            description,
            source_url,
            line,
        });
    }

    /// Adds blocks to the last entry.
    pub(super) fn append(&mut self, blocks: &[Block]) {
        let text = self.document.markdown_of(blocks);
        self.append_text(&text);
    }

    fn append_text(&mut self, text: &str) {
        if let Some(event) = self.events.last_mut().filter(|_| !text.trim().is_empty()) {
            if !event.description.is_empty() {
                event.description.push_str("\n\n");
            }
            event.description.push_str(text.trim_end());
            event.kind = timeline_kind::guess(&event.description);
        }
    }

    /// Takes the zone from a heading or a sentence about the times.
    pub(super) fn learn_zone(&mut self, text: &str) {
        self.calendar.is_approximate |= APPROXIMATE.is_match(text);
        if let Some(zone) = ZONE_SENTENCE
            .find_all(text)
            .find_map(|part| zone::within(part.as_str()))
        {
            self.calendar.zone = Some(zone);
        }
    }

    /// Takes the year and the first day from the heading of a timeline.
    fn learn_year(&mut self, heading: &str) {
        if let Some(day) = date::first_full(heading) {
            self.calendar.document = Some(day);
        }
        if let Some(year) = YEAR.group(heading).and_then(|year| year.parse().ok()) {
            self.calendar.year = Some(year);
        }
    }
}

/// What follows a part, as far as it decides what the part is.
struct Upcoming {
    /// The next part is an entry with a clock time.
    has_times: bool,
    /// A label below this heading begins a timeline of its own.
    has_timeline: bool,
    /// Another heading of the same level, close by, is an entry.
    siblings_are_timed: bool,
}

impl Upcoming {
    fn of(parts: &[Part], index: usize) -> Self {
        let is_timed = |part: &Part| stamp::leading(&part.name).is_some();
        let level = parts.get(index).map(|part| part.level);
        let previous = index.checked_sub(1).and_then(|before| parts.get(before));
        let next = parts.get(index + 1).filter(|next| next.topic == Some(Topic::Timeline));
        Self {
            has_times: next.is_some_and(is_timed),
            has_timeline: parts
                .iter()
                .skip(index + 1)
                .take(MAX_LABELS)
                .take_while(|below| below.style == Style::Label)
                .any(|below| below.own == Some(Topic::Timeline)),
            siblings_are_timed: next
                .into_iter()
                .chain(previous)
                .any(|other| Some(other.level) == level && is_timed(other)),
        }
    }
}

fn has_clock(text: &str) -> bool {
    stamp::leading(text).is_some_and(|stamp| stamp.clock.is_some())
}

fn has_dotted_time(block: &Block) -> bool {
    match &block.body {
        Body::Paragraph(text) => text.lines.iter().any(|line| stamp::is_dotted(&line.text)),
        Body::List(items) => items.iter().any(|item| stamp::is_dotted(&item.lead_text())),
        _ => false,
    }
}
