//! What kind of action, and how urgent: from a column, else from its first words.

use super::model::{ImportedKind as Kind, ImportedPriority as Priority};
use super::pattern::Pattern;

static COLUMN: [(Pattern, Kind); 6] = [
    (Pattern::new(r"(?i)\bdetect|monitor|varsl|overvåk|alert"), Kind::Detect),
    (Pattern::new(r"(?i)\bmitigat|reduce|redusere"), Kind::Mitigate),
    (
        Pattern::new(r"(?i)\binvestigat|research|spike|analy[sz]|analyse|undersøk"),
        Kind::Investigate,
    ),
    (
        Pattern::new(r"(?i)\brepair|bug ?fix|\bfix|feilretting|\brett|correct"),
        Kind::Repair,
    ),
    (
        Pattern::new(r"(?i)\bprocess|prosess|document|training|oppgave|\btask|rutine|policy"),
        Kind::Process,
    ),
    (
        Pattern::new(r"(?i)\bprevent|forhindre|forebygg|forbedring|improve"),
        Kind::Prevent,
    ),
];
static WORDS: [(Pattern, Kind); 5] = [
    (
        Pattern::new(
            r"(?i)\b(?:alert(?:s|ing)?|alarms?|monitor(?:s|ing)?|notif(?:y|ied|ication|ications)|dashboards?|metrics|health ?checks?|uptime|observability|detect(?:s|ion)?|overvåke|varsl(?:e|ing|er)|alarm)\b",
        ),
        Kind::Detect,
    ),
    (
        Pattern::new(
            r"(?i)^(?:\W*\w+ ){0,2}?(?:investigate|research|spike|find out|explore|analy[sz]e|evaluate|look into|figure out|finne ut|undersøke|assess|determine|understand)\b",
        ),
        Kind::Investigate,
    ),
    (
        Pattern::new(
            r"(?i)\b(?:document(?:ation)?|runbooks?|playbooks?|process(?:es)?|training|policy|policies|communicat\w+|drills?|guidelines?|rutiner?|on-?call|checklist|user guide)\b",
        ),
        Kind::Process,
    ),
    (
        Pattern::new(
            r"(?i)\b(?:roll ?backs?|fail ?over|mitigate|circuit breakers?|rate limit\w*|kill switch|retry|retries|fallback|recover(?:y)?|backups?|restore)\b",
        ),
        Kind::Mitigate,
    ),
    (
        Pattern::new(r"(?i)^(?:\W*)(?:fix|repair|patch|clean up|delete|remove|restore|rette|fjerne)\b"),
        Kind::Repair,
    ),
];
static PRIORITY: Pattern = Pattern::new(r"\b[Pp]([0-4])\b");
static PRIORITY_WORD: Pattern =
    Pattern::new(r"(?i)^\W*(critical|urgent|blocker|highest|high|medium|normal|low|lowest|kritisk|høy|middels|lav)\b");
static PRIORITY_NOTE: Pattern = Pattern::new(r"(?i)(?:\bpriority\s*[:=]?\s*|[(\[])P([0-4])\b");

pub(super) fn by_column(text: &str) -> Option<Kind> {
    COLUMN
        .iter()
        .find(|(pattern, _)| pattern.is_match(text))
        .map(|(_, kind)| *kind)
}

pub(super) fn by_words(title: &str) -> Kind {
    WORDS
        .iter()
        .find(|(pattern, _)| pattern.is_match(title))
        .map_or(Kind::Prevent, |(_, kind)| *kind)
}

pub(super) fn priority_cell(text: &str) -> Option<Priority> {
    if let Some(digit) = PRIORITY.group(text).or(text
        .trim()
        .chars()
        .next()
        .filter(char::is_ascii_digit)
        .map(|_| text.trim()))
    {
        return level(digit);
    }
    match PRIORITY_WORD.group(text)?.to_lowercase().as_str() {
        "critical" | "urgent" | "blocker" | "highest" | "kritisk" => Some(Priority::P0),
        "high" | "høy" => Some(Priority::P1),
        "medium" | "normal" | "middels" => Some(Priority::P2),
        "low" | "lav" => Some(Priority::P3),
        _ => Some(Priority::P4),
    }
}

/// "(P1)" or "Priority: P2" in the text of an item.
pub(super) fn priority_in(text: &str) -> Option<Priority> {
    PRIORITY_NOTE.group(text).and_then(level)
}

fn level(digit: &str) -> Option<Priority> {
    match digit {
        "0" => Some(Priority::P0),
        "1" => Some(Priority::P1),
        "2" => Some(Priority::P2),
        "3" => Some(Priority::P3),
        "4" => Some(Priority::P4),
        _ => None,
    }
}
