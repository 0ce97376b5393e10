//! The time at the start of a timeline entry: `[07:33]`, `~13:30-13:45`, `2018-07-08 ca. 18:30`, `June 14th, 10 AM:`.
//!
//! This reads what stands there and interprets nothing: the day may lack its year, the clock its day. `calendar`
//! turns a stamp into an instant.

use chrono::{DateTime, Timelike};

use super::date::{self, Day};
use super::pattern::Pattern;
use super::zone::{self, Zone};

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stamp {
    pub(super) day: Option<Day>,
    /// Hour, minute, second.
    pub(super) clock: Option<(u32, u32, u32)>,
    pub(super) zone: Option<Zone>,
    /// A range, an "about", or a time with unknown digits.
    pub(super) is_vague: bool,
    /// The time as written, without the punctuation around it.
    pub(super) text: String,
    /// Bytes up to where the description begins.
    pub(super) length: usize,
}

impl Stamp {
    pub(super) fn is_day_only(&self) -> bool {
        self.day.is_some() && self.clock.is_none() && !self.is_vague
    }
}

/// A name and its time fit in this many bytes; anything longer is a sentence that mentions a date.
const MAX_LABELLED: usize = 300;

/// What may be opened around a time.
const OPENING: [char; 13] = [' ', '\t', ',', '*', '_', '`', '"', '“', '”', '(', '[', '{', '|'];

static FILLER: Pattern = Pattern::new(
    r#"(?ix)^(?:[\s,*_`"“”~<>≈@(\[{|\x{2600}-\x{27bf}\x{2b50}\x{1f000}-\x{1faff}\x{fe0f}]
    | c\.\s
    | (?:ca|approx(?:imately)?|circa|around|about|from|between|at|kl|klokken|klokka)\b\.?
    | (?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?
    )+"#,
);
static VAGUE: Pattern = Pattern::new(r"(?i)[~<>≈]|\b(?:ca|approx|approximately|circa|around|about|between|from)\b");
static CLOCK: Pattern =
    Pattern::new(r"(?i)^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s?([ap])\.?m\b\.?|([ap])\b|)");
static RFC_3339: Pattern = Pattern::new(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})");
static DOT_CLOCK: Pattern = Pattern::new(r"^(\d{2})\.(\d{2})(?::?\s|:|$|-)");
static SHORT_DOTTED: Pattern =
    Pattern::new(r"(?i)^[\s*_(\[]*(~|(?:c|ca|circa|about|approx)\.?\s)?\s*(\d)\.([0-5]\d)(?:[\s:,–—-]|$)");
static HOUR: Pattern = Pattern::new(r"(?i)^(\d{1,2})\s?([ap])\.?m\b\.?");
static MILITARY: Pattern = Pattern::new(r"(?i)^([01]\d|2[0-3])([0-5]\d)\s?(?:hrs?\b|hours\b|(?:UTC|GMT|Z|CES?T)\b)");
/// Four digits between a day and a delimiter.
static AFTER_DAY: Pattern = Pattern::new(r"^([01]\d|2[0-3])([0-5]\d)\s*(?::|[-–—|]\s|$)");
static UNKNOWN: Pattern = Pattern::new(
    r"(?i)^(?:\?{2,}(?::\?{2})?|[\dx?]{1,2}:(?:xx|\?\?|[\dx?]x)|x{1,2}:\d{2}|(?:the |that |late |early |next |later )*(?:morning|afternoon|evening|night|midnight|noon)\])",
);
static RANGE: Pattern = Pattern::new(r"(?i)^\s*(?:-|–|—|\bto\b|\buntil\b|\btil\b|\band\b)\s*");
static SECONDS: Pattern = Pattern::new(r"^-\d{2}(?:\s|$)");
static APPROXIMATELY: Pattern =
    Pattern::new(r"(?i)^\s*\((?:approx(?:\.|imate(?:ly)?)?|ca\.?|circa|estimated|est\.?|roughly)\)");
static ISH: Pattern = Pattern::new(r"(?i)^\s?ish\b");
static JOINER: Pattern = Pattern::new(r"(?i)^(?:T|\s*[,:–—-]\s*|\s*\bat\b\s*|\s+kl\.?\s*)");
static CLOSE: Pattern = Pattern::new(r#"^[\s\])}*_`"“”~?+]+"#);
static DELIMITER: Pattern = Pattern::new(r"^\s*(?:->|=>|→|[:|,;–—-])*\s*");
static DOUBT: Pattern = Pattern::new(r"(?i)^\(?(?:maybe|not sure|or |approx|roughly|ish)");

enum Token {
    Day(Day),
    Clock(Option<(u32, u32, u32)>),
    Zone(Zone),
}

/// The stamp a text begins with.
pub(super) fn leading(text: &str) -> Option<Stamp> {
    if let Some(stamp) = machine_written(text) {
        return Some(stamp);
    }
    let mut stamp = Stamp::default();
    let mut at = 0;
    let mut is_empty = true;
    loop {
        let rest = text.get(at..)?;
        let Some((token, begin, end)) = next_token(rest, &stamp) else {
            break;
        };
        let between = rest.get(..begin).unwrap_or("");
        match token {
            Token::Zone(_) if is_empty => return None,
            Token::Zone(zone) => stamp.zone = Some(zone),
            Token::Day(day) => match stamp.day {
                None => stamp.day = Some(day),
                Some(_) => stamp.is_vague = true,
            },
            Token::Clock(clock) => match (stamp.clock, clock) {
                (None, Some(clock)) => stamp.clock = Some(clock),
                _ => stamp.is_vague = true,
            },
        }
        stamp.is_vague |= VAGUE.is_match(between);
        is_empty = false;
        at += end;
        if let Some(found) = ISH.find(text.get(at..)?).filter(|_| stamp.clock.is_some()) {
            stamp.is_vague = true;
            at += found.end();
        }
    }
    if is_empty {
        return None;
    }
    for tail in [&SECONDS, &APPROXIMATELY] {
        if let Some(found) = tail.find(text.get(at..)?) {
            stamp.is_vague = true;
            at += found.as_str().trim_end().len();
        }
    }
    let rest = text.get(at..)?;
    // "12:30pm" is a time, "12:30x" or "8 May-flies" are not.
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '%') {
        return None;
    }
    // "about" and "~" are part of what was written; brackets and emphasis are not.
    let written = text.get(..at)?.trim_start_matches(OPENING);
    stamp.text = written.trim().to_owned();
    if let Some(close) = CLOSE.find(rest) {
        stamp.is_vague |= close.as_str().contains('?');
        at += close.end();
    }
    at += DELIMITER.find(text.get(at..)?).map_or(0, |found| found.end());
    stamp.is_vague |= DOUBT.is_match(text.get(at..)?);
    stamp.length = at;
    Some(stamp)
}

/// Whether a text begins with a time such as "10.05".
pub(super) fn is_dotted(text: &str) -> bool {
    DOT_CLOCK.is_match(text.trim_start_matches(OPENING)) && leading(text).is_some()
}

/// "9.05 the alarm rang", in a timeline that writes its times with a dot.
pub(super) fn short_dotted(text: &str) -> Option<Stamp> {
    let found = SHORT_DOTTED.captures(text)?;
    let minutes = found.get(3)?;
    let at = minutes.end();
    let delimiter = DELIMITER.find(text.get(at..)?).map_or(0, |found| found.end());
    Some(Stamp {
        clock: Some((number(&found, 2)?, number(&found, 3)?, 0)),
        is_vague: found.get(1).is_some(),
        text: text.get(found.get(1).or(found.get(2))?.start()..at)?.to_owned(),
        length: at + delimiter,
        ..Stamp::default()
    })
}

/// RFC 3339, where the offset would otherwise look like the end of a range.
fn machine_written(text: &str) -> Option<Stamp> {
    let found = RFC_3339.find(text)?;
    let at = DateTime::parse_from_rfc3339(&found.as_str().replacen(' ', "T", 1)).ok()?;
    let after = DELIMITER.find(text.get(found.end()..)?).map_or(0, |found| found.end());
    Some(Stamp {
        day: Some(Day::Full(at.date_naive())),
        clock: Some((at.hour(), at.minute(), at.second())),
        zone: Some(Zone::Fixed(*at.offset())),
        is_vague: false,
        text: found.as_str().to_owned(),
        length: found.end() + after,
    })
}

/// The text before a stamp that ends it: "First detected: 2023-09-18 13:42".
pub(super) fn trailing(text: &str) -> Option<(String, Stamp)> {
    if text.len() > MAX_LABELLED {
        return None;
    }
    date::within(text).into_iter().find_map(|(_, range)| {
        let label = text.get(..range.start)?;
        let stamp = leading(text.get(range.start..)?)?;
        let after = text
            .get(range.start + stamp.length..)?
            .trim_matches(['.', ' ', '(', ')']);
        let words = label.split_whitespace().count();
        let label = label
            .trim_end_matches([' ', ':', '-', '–', '(', '@'])
            .trim_end_matches(" at")
            .trim();
        ((1..=8).contains(&words) && after.split_whitespace().count() <= 3 && stamp.clock.is_some()).then(|| {
            let label = if after.is_empty() {
                label.to_owned()
            } else {
                format!("{label} ({after})")
            };
            (label, stamp)
        })
    })
}

/// The next part of a stamp: what it is, and from where to where it stands.
fn next_token(text: &str, stamp: &Stamp) -> Option<(Token, usize, usize)> {
    let is_first = stamp.day.is_none() && stamp.clock.is_none() && !stamp.is_vague;
    let filler = FILLER.find(text).map_or(0, |found| found.end());
    let mut starts = vec![filler];
    if !is_first {
        let separator = if stamp.clock.is_some() { &RANGE } else { &JOINER };
        for separator in [separator, &RANGE] {
            if let Some(found) = separator.find(text).filter(|found| found.end() > 0) {
                let after = text.get(found.end()..).unwrap_or("");
                starts.push(found.end() + FILLER.find(after).map_or(0, |filler| filler.end()));
            }
        }
    }
    starts.into_iter().enumerate().find_map(|(attempt, start)| {
        let rest = text.get(start..)?;
        let is_range = attempt > 0 && stamp.clock.is_some();
        let (token, length) = token(rest, stamp, is_range)?;
        Some((token, start, start + length))
    })
}

fn token(text: &str, stamp: &Stamp, is_range: bool) -> Option<(Token, usize)> {
    let may_be_day = is_range || stamp.day.is_none() || stamp.clock.is_none();
    if let Some((day, length)) = date::leading(text).filter(|_| may_be_day) {
        return Some((Token::Day(day), length));
    }
    let may_be_clock = stamp.clock.is_none() || is_range || stamp.is_vague;
    if may_be_clock {
        if let Some((clock, length)) = clock(text) {
            return Some((Token::Clock(Some(clock)), length));
        }
        if let Some(found) = AFTER_DAY.captures(text).filter(|_| stamp.day.is_some()) {
            let clock = (number(&found, 1)?, number(&found, 2)?, 0);
            return Some((Token::Clock(Some(clock)), found.get(2)?.end()));
        }
        if let Some(found) = UNKNOWN.find(text) {
            let length = found.end() - usize::from(found.as_str().ends_with(']'));
            return Some((Token::Clock(None), length));
        }
    }
    if stamp.zone.is_none() && !is_range {
        return zone::leading(text).map(|(zone, length)| (Token::Zone(zone), length));
    }
    None
}

fn clock(text: &str) -> Option<((u32, u32, u32), usize)> {
    if let Some(found) = CLOCK.captures(text) {
        let half = found.get(4).or_else(|| found.get(5)).map(|part| part.as_str());
        let hour = hour(number(&found, 1)?, half);
        let (minute, second) = (number(&found, 2)?, number(&found, 3).unwrap_or(0));
        return (hour < 24 && minute < 60 && second < 60).then_some(((hour, minute, second), found.get(0)?.end()));
    }
    if let Some(found) = MILITARY.captures(text) {
        return Some(((number(&found, 1)?, number(&found, 2)?, 0), found.get(2)?.end()));
    }
    if let Some(found) = DOT_CLOCK.captures(text) {
        let (hour, minute) = (number(&found, 1)?, number(&found, 2)?);
        return (hour < 24 && minute < 60).then_some(((hour, minute, 0), found.get(2)?.end()));
    }
    let found = HOUR.captures(text)?;
    let hour = hour(number(&found, 1)?, found.get(2).map(|part| part.as_str()));
    (hour < 24).then_some(((hour, 0, 0), found.get(0)?.end()))
}

fn hour(hour: u32, half: Option<&str>) -> u32 {
    match half {
        Some("p" | "P") if hour < 12 => hour + 12,
        Some("a" | "A") if hour == 12 => 0,
        _ => hour,
    }
}

fn number(found: &regex::Captures<'_>, group: usize) -> Option<u32> {
    found.get(group)?.as_str().parse().ok()
}
