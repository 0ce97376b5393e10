//! Facts about the incident and the report that stand beside a label: in front matter, in bold labels, in headings with
//! a value, in "Label: value" lines, in bullets and in two-column tables.
//!
//! All of them come to `Facts::state` with a name and a text, so that a new notation needs no new field and a new field
//! no new notation. The first statement of a fact wins.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;

use super::date;
use super::model::{ImportWarning, ImportedSeverity as Severity};
use super::names::{by_name, normalise};
use super::pattern::Pattern;
use super::stamp::{self, Stamp};
use super::text::{is_placeholder, names};
use super::zone::{self, Zone};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Date,
    Started,
    Detected,
    Mitigated,
    Resolved,
    Severity,
    Authors,
    Owner,
    Responders,
    Labels,
    Services,
    SourceUrl,
    Zone,
}

const FIELDS: &[(Field, &str)] = &[
    (
        Field::Date,
        "date | dato | incident date | date of incident | postmortem date | incident from | dates | \
         report date | source_published_at | when",
    ),
    (
        Field::Started,
        "start | started | started at | start time | start_time | start date/time | incident start | \
         fault occurs | impact start | incident from | begin | reported on slack",
    ),
    (
        Field::Detected,
        "detected | detected at | detection time | first detected | fault detected | time of detection",
    ),
    (
        Field::Mitigated,
        "mitigated | mitigated at | mitigation time | repaired | mitigation",
    ),
    (
        Field::Resolved,
        "resolved | resolved at | resolution time | end | ended | end time | end_time | end date/time | \
         incident until | incident end | solution completed",
    ),
    (
        Field::Severity,
        "severity | incident severity | sev | severity level | alvorlighetsgrad | severity rating",
    ),
    (
        Field::Authors,
        "author | authors | by | av | created by | written by | author(s) | name(s) | names | \
         prepared by",
    ),
    (
        Field::Owner,
        "owner | incident lead | incident owner | report owner | postmortem owner | postmortem lead | \
         incident commander | incident mgmt lead | lead | eier",
    ),
    (
        Field::Responders,
        "involved | responders | attendees | team | participants | deltakere | people involved | \
         retro attendees | on call | on-call",
    ),
    (
        Field::Labels,
        "category | categories | tags | keywords | labels | kategori",
    ),
    (
        Field::Services,
        "service | services | systems | system | affected services | affected systems | \
         services affected | product | company | component | components",
    ),
    (Field::SourceUrl, "url | source | source url | archive_url"),
    (Field::Zone, "timezone | time zone | tz | tidssone"),
];

static BY_NAME: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| by_name(FIELDS));

/// A number counts where it is called a level or begins the text; "2 of 3 lamps" is none.
static LEVEL: Pattern = Pattern::new(r"(?i)(?:\b(?:sev(?:erity)?|s|p|prio(?:rity)?|level)[\s#:-]{0,2}|^\W*)([0-5])\b");
static WORD: Pattern = Pattern::new(
    r"(?i)^\W*(critical|blocker|emergency|major|high|severe|moderate|medium|minor|low|cosmetic|informational|info|trivial|kritisk|høy|middels|lav)\b",
);
static URL: Pattern = Pattern::new(r"(https?://[^\s<>)\]]+)");

pub(super) fn field_of(label: &str) -> Option<Field> {
    let name = normalise(label).replace("post-mortem", "postmortem");
    BY_NAME.get(name.as_str()).copied()
}

pub(super) fn is_field(label: &str) -> bool {
    field_of(label).is_some()
}

#[derive(Default)]
pub(super) struct Facts {
    pub(super) date: Option<NaiveDate>,
    pub(super) severity: Option<Severity>,
    pub(super) authors: Vec<String>,
    pub(super) responders: Vec<String>,
    pub(super) owner: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) services: Vec<String>,
    pub(super) source_url: Option<String>,
    pub(super) zone: Option<Zone>,
    pub(super) moments: Vec<(Field, Stamp)>,
    /// Front matter that no field holds in full.
    pub(super) unheld: Vec<(String, String)>,
    pub(super) warnings: Vec<ImportWarning>,
}

impl Facts {
    /// Takes what a label says. Returns whether the facts now hold all of the text.
    pub(super) fn state(&mut self, label: &str, text: &str, line: usize) -> bool {
        let Some(field) = field_of(label) else {
            return false;
        };
        let text = text.trim().trim_matches(['*', '_']).trim();
        if is_placeholder(text) && date::first_full(text).is_none() {
            return true;
        }
        match field {
            Field::Date => self.date(text),
            Field::Started | Field::Detected | Field::Mitigated | Field::Resolved => self.moment(field, text),
            Field::Severity => self.severity(text, line),
            Field::Authors => add(&mut self.authors, text),
            Field::Responders => add(&mut self.responders, text),
            Field::Labels => add(&mut self.labels, text),
            Field::Services => add(&mut self.services, text),
            Field::Owner => {
                let is_name = text.split_whitespace().count() <= 6;
                if is_name {
                    self.owner.get_or_insert_with(|| text.to_owned());
                }
                is_name
            }
            Field::SourceUrl => match URL.group(text) {
                Some(url) => {
                    self.source_url.get_or_insert_with(|| url.to_owned());
                    self.source_url.as_deref() == Some(text)
                }
                None => false,
            },
            Field::Zone => {
                self.zone = self.zone.or_else(|| zone::within(text));
                self.zone.is_some()
            }
        }
    }

    fn date(&mut self, text: &str) -> bool {
        let Some((date::Day::Full(day), range)) = date::within(text)
            .into_iter()
            .find(|(day, _)| matches!(day, date::Day::Full(_)))
        else {
            return false;
        };
        self.date.get_or_insert(day);
        let after = text.get(range.end..).unwrap_or("");
        let is_first = self.date == Some(day);
        is_first
            && after.trim_matches([']', ' ', '.']).is_empty()
            && text
                .get(..range.start)
                .unwrap_or("")
                .trim_matches(['[', ' '])
                .is_empty()
    }

    fn moment(&mut self, field: Field, text: &str) -> bool {
        let Some(stamp) = stamp::leading(text).filter(|stamp| stamp.day.is_some() || stamp.clock.is_some()) else {
            return false;
        };
        if let (Field::Started, Some(date::Day::Full(day))) = (field, stamp.day) {
            self.date.get_or_insert(day);
        }
        let is_all = text.get(stamp.length..).is_none_or(|rest| rest.trim().is_empty()) && stamp.clock.is_some();
        self.moments.push((field, stamp));
        is_all
    }

    fn severity(&mut self, text: &str, line: usize) -> bool {
        if self.severity.is_some() {
            return false;
        }
        let by_number = LEVEL.group(text).and_then(|digit| digit.parse::<u8>().ok());
        let by_word = WORD.group(text).map(str::to_lowercase);
        let level = match (by_number, by_word.as_deref()) {
            (Some(level), _) => level,
            (None, Some("critical" | "blocker" | "emergency" | "kritisk")) => 1,
            (None, Some("major" | "high" | "severe" | "høy")) => 2,
            (None, Some("moderate" | "medium" | "middels")) => 3,
            (None, Some("minor" | "low" | "lav")) => 4,
            (None, Some(_)) => 5,
            (None, None) => {
                self.warnings.push(ImportWarning::new(
                    line,
                    format!("The severity \"{text}\" is not known, so the report has none."),
                ));
                return false;
            }
        };
        let severity = match level {
            0 | 1 => Severity::Sev1,
            2 => Severity::Sev2,
            3 => Severity::Sev3,
            4 => Severity::Sev4,
            _ => Severity::Sev5,
        };
        if by_number.is_none() || level == 0 {
            let name = level.max(1);
            self.warnings.push(ImportWarning::new(
                line,
                format!("The severity \"{text}\" was read as SEV{name}."),
            ));
        }
        self.severity = Some(severity);
        by_number.is_some()
    }
}

fn add(list: &mut Vec<String>, text: &str) -> bool {
    let found = names(text);
    // A sentence is no list of names.
    let is_list = found.iter().all(|name| name.split_whitespace().count() <= 5);
    if is_list {
        for name in found {
            if !list.contains(&name) {
                list.push(name);
            }
        }
    }
    is_list
}
