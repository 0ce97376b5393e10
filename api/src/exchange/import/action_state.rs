//! What a group of actions has in common, and when an action is due and whose it is, in a cell or a note.

use chrono::{Days, NaiveDate};

use super::action_done;
use super::action_owner::{is_somebody, split_names};
use super::date::{self, Day};
use super::pattern::Pattern;
use super::text::is_placeholder;

static QUARTER: Pattern = Pattern::new(r"(?i)\bQ([1-4])[\s/-]*((?:20)\d{2})\b|\b(20\d{2})[\s/-]*Q([1-4])\b");
static WITHIN: Pattern = Pattern::new(
    r"(?i)\b(?:with)?in\s(?:the\s)?next\s(\d{1,3}|one|two|three|four|six|few)\s(day|week|month)s?\b|\bnext\s(\d{1,3}|one|two|three|four|six)?\s?(day|week|month)s?\b",
);
static DUE: Pattern = Pattern::new(
    r"(?i)(?:\b(?:due(?:\s(?:date|by|on))?|deadline|eta|target(?:\sdate)?|frist|by)\b\s*[:=]?\s*)(\d[^\s,;)\]]*(?:\s[A-Za-z]{3,9}\.?(?:,?\s\d{4})?)?|[A-Z][a-z]{2,8}\.?\s\d{1,2}(?:st|nd|rd|th)?(?:,?\s\d{4})?|Q[1-4]\s?\d{4})",
);
static LAST: Pattern = Pattern::new(
    r"(?:\s[-–—|]\s*|[(,]\s*)(\d[^-–—|(,]{0,20}(?:-\d{2}-\d{2})?|[A-Z][a-z]{2,8}\.?\s\d{1,2}(?:,?\s\d{4})?)\)?\.?$",
);
static LONG_NAME: Pattern =
    Pattern::new(r"^@?[\p{Lu}][\p{L}'.-]*(?:\s(?:(?:van|de|der|von|la)\s)?[\p{Lu}][\p{L}'.-]*){0,2}$");
static INITIALS: Pattern = Pattern::new(r"^(?:[A-Z]{2,3}|[A-Z]{1,2}[a-z][A-Z]?)$");
static REMARK: Pattern = Pattern::new(r"\s*\(|\s+[-–—]\s");
/// Given names that end like the name of a topic.
static GIVEN_NAME: Pattern = Pattern::new(
    r"(?i)^(?:agnes|alexis|anders|andreas|angus|carlos|charity|charles|chris|clarence|claus|clement|constance|curtis|denis|dennis|doris|douglas|elias|felicity|florence|frances|francis|gus|hans|ines|iris|irving|james|janis|jens|jess|jesus|jonas|julius|klaus|lars|laurence|lawrence|linus|louis|lucas|luis|lukas|mads|magnus|marcos|marcus|markus|mathias|matthias|nicholas|nicolas|niels|nikolas|nils|phyllis|prudence|rasmus|ross|russ|sage|silas|terence|tess|thomas|tobias|tomas|travis|trinity|wes|yannis)$",
);
/// Endings of words for a topic rather than for a person.
static TOPIC_WORD: Pattern = Pattern::new(
    r"(?i)(?:ings?|tions?|ments?|ity|ies|ance|ence|ics|ware|work|base|ture|age|ops|tests?|docs?|term|end|ups?|fix(?:es)?|actions?|items?|tasks?|process|general|infra|other|misc|errata|upstream|technical|people|product|platform|alerts?|short|medium|long|high|low|now|later|next|team|kubernetes|database|hub|future|critical|backlog|optional|immediate|urgent|nice|s)$",
);

/// What the heading or label above some actions says for all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupState {
    pub(super) name: Option<String>,
    pub(super) done: Option<bool>,
    pub(super) due: Option<Due>,
    pub(super) owner: Option<String>,
    pub(super) links: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) on: Option<NaiveDate>,
    pub(super) text: String,
}

impl GroupState {
    pub(super) fn read(&mut self, name: &str, links: &[String], today: Option<NaiveDate>) {
        self.done = action_done::in_label(name).or(self.done);
        if let Some(due) = period(name, today) {
            self.due = Some(due);
        }
        self.links.extend(links.iter().cloned());
    }
}

/// The content of a due date column.
pub(super) fn due_cell(text: &str, today: Option<NaiveDate>) -> Option<Due> {
    let text = text.trim();
    if is_placeholder(text) {
        return None;
    }
    let on = match date::leading(text) {
        Some((day, _)) => day_on(day, today),
        None => None,
    };
    let on = on
        .or_else(|| date::first_full(text))
        .or_else(|| period(text, today)?.on);
    Some(Due {
        on,
        text: text.to_owned(),
    })
}

/// "due: 2024-05-01" or "by May 3" in the text of an item.
pub(super) fn due_in(text: &str, today: Option<NaiveDate>) -> Option<Due> {
    let stated = DUE.group(text).and_then(|written| {
        let on = due_cell(written, today)?.on?;
        Some(Due {
            on: Some(on),
            text: written.to_owned(),
        })
    });
    // A day set off at the end; behind "done" it says when that was.
    let at_end = || {
        let written = LAST.group(text)?;
        let (day, length) = date::leading(written)?;
        let is_all = written.get(length..)?.trim().is_empty() && action_done::in_text(text).is_none();
        Some(Due {
            on: Some(day_on(day, today)?),
            text: written.trim().to_owned(),
        })
        .filter(|_| is_all)
    };
    stated.or_else(at_end).or_else(|| {
        // A quarter counts only in brackets; elsewhere it may be history.
        let open = text.rfind('(')?;
        period(text.get(open..)?, today)
    })
}

/// A quarter or a number of weeks. A quarter means its last day, a range its end.
pub(super) fn period(text: &str, today: Option<NaiveDate>) -> Option<Due> {
    let mut quarters = QUARTER.captures_all(text).peekable();
    if let Some(first) = quarters.peek().and_then(|found| found.get(0)) {
        let start = first.start();
        let last = quarters.last()?;
        let group = |number: usize| last.get(number).map(|part| part.as_str());
        let quarter = group(1).or(group(4))?.parse().ok()?;
        let year = group(2).or(group(3))?.parse().ok()?;
        return Some(Due {
            on: date::last_of_quarter(year, quarter),
            text: text.get(start..last.get(0)?.end())?.to_owned(),
        });
    }
    let found = WITHIN.captures(text)?;
    let group = |number: usize| found.get(number).map(|part| part.as_str());
    let count = match group(1).or(group(3)).map(str::to_lowercase).as_deref() {
        Some("few") => return None,
        Some("two") => 2,
        Some("three") => 3,
        Some("four") => 4,
        Some("six") => 6,
        Some("one") | None => 1,
        Some(digits) => digits.parse::<u64>().ok()?,
    };
    let days = match group(2).or(group(4)).map(str::to_lowercase).as_deref() {
        Some("day") => 1,
        Some("week") => 7,
        _ => 30,
    };
    Some(Due {
        on: today.and_then(|today| today.checked_add_days(Days::new(count * days))),
        text: found.get(0)?.as_str().to_owned(),
    })
}

fn day_on(day: Day, today: Option<NaiveDate>) -> Option<NaiveDate> {
    use chrono::Datelike;
    match day {
        Day::Full(day) => Some(day),
        Day::Yearless(month, day) => {
            let today = today?;
            let on = NaiveDate::from_ymd_opt(today.year(), month, day)?;
            // A due date lies ahead: "by 10 January" in a report of December is in the next year.
            if on < today {
                NaiveDate::from_ymd_opt(today.year() + 1, month, day)
            } else {
                Some(on)
            }
        }
        Day::Either { .. } | Day::Unreadable => None,
    }
}

/// Whether a bold label above a list is somebody's name rather than a subject.
///
/// Several names may share it: "Ada / Grace". What follows in brackets or behind a dash is a remark.
pub(super) fn person_in<'l>(label: &'l str, people: &[String]) -> Option<&'l str> {
    let name = REMARK
        .find(label)
        .and_then(|found| label.get(..found.start()))
        .unwrap_or(label)
        .trim();
    let is_person = |name: &str| {
        is_somebody(name, people)
            || INITIALS.is_match(name)
            || (LONG_NAME.is_match(name)
                && name
                    .split_whitespace()
                    .all(|word| GIVEN_NAME.is_match(word) || !TOPIC_WORD.is_match(word)))
    };
    let is_named = split_names(name).next().is_some() && split_names(name).all(is_person);
    (is_named && !is_placeholder(name) && action_done::in_label(label).is_none()).then_some(name)
}

/// The content of an owner column or an "Owner:" note.
pub(super) fn owner_cell(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['.', ',', ';']).trim();
    (!is_placeholder(text) && !text.eq_ignore_ascii_case("unassigned") && text.chars().count() <= 120)
        .then(|| text.to_owned())
}
