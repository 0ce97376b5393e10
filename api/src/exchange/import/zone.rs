//! Time zones as people write them: `UTC`, `CEST (UTC+2)`, `US/Pacific`, "Pacific Time".

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::pattern::Pattern;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Zone {
    Fixed(FixedOffset),
    Region(Tz),
}

impl Zone {
    /// `None` only for an instant that the zone skips.
    pub(super) fn to_utc(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Fixed(offset) => earliest(offset.from_local_datetime(&local)),
            Self::Region(region) => earliest(region.from_local_datetime(&local)),
        }
    }
}

fn earliest<Z: TimeZone>(local: LocalResult<DateTime<Z>>) -> Option<DateTime<Utc>> {
    local.earliest().map(|at| at.with_timezone(&Utc))
}

/// Abbreviations that mean one offset, and those that mean a region.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("BST", 60),
    ("CET", 60),
    ("WEST", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("SAST", 120),
    ("TRT", 180),
    ("EAT", 180),
    ("GST", 240),
    ("PKT", 300),
    ("IST", 330),
    ("ICT", 420),
    ("WIB", 420),
    ("HKT", 480),
    ("SGT", 480),
    ("PHT", 480),
    ("AWST", 480),
    ("KST", 540),
    ("JST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("BRT", -180),
    ("ART", -180),
    ("AST", -240),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("HST", -600),
];
const REGIONS: &[(&str, Tz)] = &[
    ("PT", chrono_tz::America::Los_Angeles),
    ("MT", chrono_tz::America::Denver),
    ("CT", chrono_tz::America::Chicago),
    ("ET", chrono_tz::America::New_York),
    ("PACIFIC", chrono_tz::America::Los_Angeles),
    ("MOUNTAIN", chrono_tz::America::Denver),
    ("CENTRAL", chrono_tz::America::Chicago),
    ("EASTERN", chrono_tz::America::New_York),
];

static NAME: Pattern = Pattern::new(
    r"(?x)^(?:
        (?P<offset>(?:UTC|GMT)\s?[+-]\s?\d{1,2}(?::?\d{2})?)
      | (?P<region>(?:US|[A-Z][A-Za-z]+)/[A-Z][A-Za-z_]+)
      | (?P<long>(?i:pacific|mountain|eastern|central)\s+(?i:standard\s+|daylight\s+)?(?i:time))
      | (?P<short>[A-Z]{2,4}|utc|gmt)
      | (?P<zulu>Z)
    )\b",
);
static AFTER_UTC: Pattern = Pattern::new(r"^\s*\((?:UTC|GMT)\s?[+-]\s?\d{1,2}(?::?\d{2})?\)");
static NUMBERS: Pattern = Pattern::new(r"([+-])\s?(\d{1,2}):?(\d{2})?");
static WORD: Pattern = Pattern::new(r"(?:US|[A-Z][a-z]+)/[A-Z][A-Za-z_]+|[A-Za-z]+(?:\s?[+-]\s?\d{1,2}(?::?\d{2})?)?");

/// The zone at the very start of a text, and how many bytes name it.
pub(super) fn leading(text: &str) -> Option<(Zone, usize)> {
    let found = NAME.captures(text)?;
    let length = found.get(0)?.end();
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    let zone = if let Some(offset) = part("offset") {
        fixed(offset)?
    } else if let Some(region) = part("region") {
        Zone::Region(region.parse().ok()?)
    } else if let Some(long) = part("long") {
        by_name(long.split_whitespace().next()?)?
    } else if part("zulu").is_some() {
        Zone::Fixed(offset_of(0)?)
    } else {
        by_name(part("short")?)?
    };
    let explained = AFTER_UTC.find(text.get(length..)?).map_or(0, |found| found.end());
    Some((zone, length + explained))
}

/// The first zone named anywhere in a text such as "All times in CET".
pub(super) fn within(text: &str) -> Option<Zone> {
    WORD.find_all(text).find_map(|word| {
        let (zone, length) = leading(text.get(word.start()..)?)?;
        // "CT scan" or "IST" are words; an abbreviation counts in capitals only, and "Central" only before "time".
        (length >= 2).then_some(zone)
    })
}

fn by_name(name: &str) -> Option<Zone> {
    let name = name.to_ascii_uppercase();
    if let Some((_, minutes)) = ABBREVIATIONS.iter().find(|(known, _)| *known == name) {
        return offset_of(*minutes).map(Zone::Fixed);
    }
    REGIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, region)| Zone::Region(*region))
}

fn fixed(text: &str) -> Option<Zone> {
    let found = NUMBERS.captures(text)?;
    let number = |group: usize| found.get(group).map_or(Ok(0), |part| part.as_str().parse::<i32>()).ok();
    let minutes = number(2)? * 60 + number(3)?;
    let sign = if found.get(1)?.as_str() == "-" { -1 } else { 1 };
    offset_of(sign * minutes).map(Zone::Fixed)
}

fn offset_of(minutes: i32) -> Option<FixedOffset> {
    FixedOffset::east_opt(minutes.checked_mul(60)?)
}
