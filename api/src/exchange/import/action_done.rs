//! Whether a text states that its action is done, or is not. Past tense alone states nothing.
//!
//! How much a word says depends on where it stands. "New" is a state in a status column and nothing in "New alerts for
//! the queue"; "(done)" is a state anywhere.

use super::pattern::Pattern;

/// Marks and words that state it anywhere in a text.
static DONE: Pattern = Pattern::new(
    r"(?ix)[(\[*_](?:already\s|all\s)?(?:done|completed?|finished|utført|gjort|ferdig|fullført)\b[^()\[\]]{0,60}[)\]*_]
    | [-–—:]\s*(?:done|completed|finished|utført|gjort|ferdig)[.!]?\s*$
    | \balready\s(?:been\s)?(?:done|completed|fixed|implemented)\b
    | \bDONE[.!]?\s*$
    | [-–—:]\s*(?-i:DONE)\b
    | \s[-–—]\s(?:already\s|all\s)?done\b
    | ^\s*(?:✅|✔|☑)
    | (?:✅|✔️?|☑️?)\s*$",
);
static NOT_DONE: Pattern = Pattern::new(
    r"(?ix)[(\[*_](?:to[\s-]?do|in[\s-]prog(?:ress)?|pending|not\s(?:started|done)|ongoing|wip|pågår)\b[^()\[\]]{0,60}[)\]*_]
    | [-–—:]\s*(?:to[\s-]?do|in[\s-]progress|pending)[.!]?\s*$
    | \b(?-i:TODO)[.!]?\s*$
    | ^\s*(?:🚧|⏳|⌛|🔄|🔜|❌|⬜|🔲)",
);
/// Words that state it at the start of a heading or label.
static DONE_LABEL: Pattern =
    Pattern::new(r"(?i)^\W*(?:already )?(?:done|completed?|finished|utført|gjort|ferdig|fullført)\b");
static NOT_DONE_LABEL: Pattern = Pattern::new(
    r"(?i)^\W*(?:to[\s-]?do|in[\s-]progress|pending|not (?:started|done)|ongoing|outstanding|remaining|pågår|pågående|tiltak|gjenstår)\b",
);
/// Words that state it as the first of a cell.
static DONE_CELL: Pattern =
    Pattern::new(r"(?i)^\W*(?:closed|fixed|resolved|merged|implemented|deployed|shipped|løst|lukket|✅|✔|☑)");
static NOT_DONE_CELL: Pattern = Pattern::new(
    r"(?i)^\W*(?:open(?:ed)?|planned|new|blocked|started|assigned|backlog|wip|accepted|ikke (?:startet|påbegynt)|åpen)\b",
);

/// In the text of an item.
pub(super) fn in_text(text: &str) -> Option<bool> {
    pick(text, &NOT_DONE, &DONE)
}

/// In the heading or the label above some items.
pub(super) fn in_label(text: &str) -> Option<bool> {
    in_text(text).or_else(|| pick(text, &NOT_DONE_LABEL, &DONE_LABEL))
}

/// In a cell that holds a status, or a reference and a status.
pub(super) fn in_cell(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "x" | "[x]" | "ja" => Some(true),
        "no" | "n" | "[ ]" | "nei" => Some(false),
        _ => in_label(text).or_else(|| pick(text, &NOT_DONE_CELL, &DONE_CELL)),
    }
}

fn pick(text: &str, not_done: &Pattern, done: &Pattern) -> Option<bool> {
    if not_done.is_match(text) {
        Some(false)
    } else if done.is_match(text) {
        Some(true)
    } else {
        None
    }
}
