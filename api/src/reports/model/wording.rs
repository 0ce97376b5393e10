//! Words that make a report blameful or a recommendation vague.
//!
//! The lists follow what is published on blameless writing and on actionable items: Google's SRE book, chapter 15, and
//! Atlassian's incident handbook. They match whole words, in any case.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

const BLAMEFUL: &[&str] = &[
    "human error",
    "operator error",
    "user error",
    "pilot error",
    "should have known",
    "should have been more careful",
    "careless(?:ness|ly)?",
    "negligen(?:t|ce)",
    "incompeten(?:t|ce)",
    "sloppy",
    "at fault",
    "to blame",
    "failed to follow",
    "forgot to",
    "his mistake",
    "her mistake",
    "their mistake",
];

const VAGUE: &[&str] = &[
    "be more careful",
    "be careful",
    "pay (?:more )?attention",
    "try harder",
    "do better",
    "improve communication",
    "raise awareness",
    "be aware",
    "think about",
    "look into",
    "keep in mind",
    "as appropriate",
    "if possible",
];

/// First words that promise to think, not to change anything.
const OPEN_ENDED: &[&str] = &[
    "investigate",
    "consider",
    "explore",
    "discuss",
    "evaluate",
    "research",
    "revisit",
    "examine",
];

/// First words that show that there is no verb.
const NOT_VERBS: &[&str] = &[
    "the", "a", "an", "our", "we", "more", "better", "no", "not", "all", "some", "lack", "there", "this", "that", "it",
    "new", "missing", "need", "needs", "needed", "improved", "for", "in", "on", "with",
];

fn any_of(phrases: &[&str]) -> Option<Regex> {
    RegexBuilder::new(&format!(r"\b(?:{})\b", phrases.join("|")))
        .case_insensitive(true)
        .build()
        .ok()
}

static BLAMEFUL_WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| any_of(BLAMEFUL));
static VAGUE_WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| any_of(VAGUE));

fn found<'t>(words: &LazyLock<Option<Regex>>, text: &'t str) -> Option<&'t str> {
    words.as_ref()?.find(text).map(|found| found.as_str())
}

/// The first blameful phrase of a text.
pub fn blameful(text: &str) -> Option<&str> {
    found(&BLAMEFUL_WORDS, text)
}

/// The first of these people that a text names, in full or by a first name of at least three letters.
pub fn named<'n>(text: &str, people: &'n [String]) -> Option<&'n str> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    people.iter().map(String::as_str).find(|person| {
        let parts: Vec<&str> = person.split_whitespace().collect();
        let full = parts.len() > 1 && words.windows(parts.len()).any(|window| window == parts.as_slice());
        full || parts
            .first()
            .is_some_and(|first| first.chars().count() >= 3 && words.contains(first))
    })
}

/// Why the title of a recommendation says too little; none when it says enough.
pub fn vague(title: &str) -> Option<String> {
    if let Some(phrase) = found(&VAGUE_WORDS, title) {
        return Some(format!("\"{phrase}\" cannot be finished"));
    }
    let first = title.split_whitespace().next().unwrap_or_default().to_lowercase();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric());
    if OPEN_ENDED.contains(&first) {
        return Some(format!("\"{first}\" promises to think, not to change anything"));
    }
    if NOT_VERBS.contains(&first) || title.split_whitespace().count() < 2 {
        return Some("it does not begin with what is to be done".to_owned());
    }
    None
}
