//! Small readings of visible text that several parts share.

use super::pattern::Pattern;

pub(super) static MARKER: Pattern = Pattern::new(r"^(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)(?:\[[ xX]?\](?:[ \t]+|$))?");
static SHORTCODE: Pattern = Pattern::new(r":[a-z0-9_+-]+:");
/// An address behind a name; alone it is the name.
static EMAIL: Pattern = Pattern::new(r"(\S)\s+[(<]?[\w.+-]+@[\w-]+\.[\w.]+[)>]?$");
static PLACEHOLDER: Pattern = Pattern::new(
    r"(?i)^[\s\-–—.:]*(?:n/?a|none(?: yet)?|nil|tbd|tba|tbc|todo|unknown|ukjent|ingen|\?+|x{3}|y{3}|z{3}|\.\.\.|…|(?:\{\{.*\}\}|<[^<>]*>|\[[^\[\]]*\])(?:\s*\[[^\[\]]*\])?)?[\s\-–—.:]*$",
);

/// Nothing a person wrote: empty, "n/a", "TBD", or the placeholder of a template.
pub(super) fn is_placeholder(text: &str) -> bool {
    PLACEHOLDER.is_match(text)
}

/// The text of at most `limit` characters, cut at a word with an ellipsis.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    let at_word = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut.get(..at_word).unwrap_or(&cut).trim_end())
}

/// The first sentence, or all of it when there is no second one.
pub(super) fn first_sentence(text: &str) -> &str {
    let mut ends = text.match_indices(['.', '!', '?']).map(|(at, mark)| at + mark.len());
    ends.find(|end| {
        let rest = text.get(*end..).unwrap_or("");
        *end >= 20 && rest.starts_with(' ') && rest.trim_start().starts_with(|c: char| c.is_uppercase() || c == '`')
    })
    .and_then(|end| text.get(..end))
    .unwrap_or(text)
}

/// Without emoji, `:shortcodes:` and the white space they leave.
pub(super) fn without_emoji(text: &str) -> String {
    SHORTCODE
        .replace_all(text, " ")
        .chars()
        .filter(|c| !is_emoji(*c))
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{2b00}'..='\u{2bff}')
}

/// The names in a list such as "Ada, Grace and @linus".
pub(super) fn names(text: &str) -> Vec<String> {
    text.split([',', ';', '/', '\n'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" og "))
        .flat_map(|part| part.split(" & "))
        .map(|name| {
            EMAIL
                .replace_all(name.trim(), "$1")
                .trim()
                .trim_end_matches('.')
                .trim()
                .to_owned()
        })
        .filter(|name| !is_placeholder(name))
        .collect()
}

/// `markdown` without the part of it that shows as `shown`, which must be at its start.
///
/// Markup that was opened before the cut and is closed behind it is opened again.
pub(super) fn after_shown(markdown: &str, shown: &str) -> String {
    let mut opened = String::new();
    let mut rest = markdown;
    for wanted in shown.chars().filter(|c| !c.is_whitespace()) {
        loop {
            let Some(next) = rest.chars().next() else {
                return String::new();
            };
            rest = rest.get(next.len_utf8()..).unwrap_or("");
            if next == wanted {
                break;
            }
            match next {
                '*' | '_' | '`' => opened.push(next),
                '\\' => {}
                _ if next.is_whitespace() => {}
                _ => return markdown.to_owned(),
            }
        }
    }
    let mut rest = rest.trim_start();
    if opened.is_empty() {
        return rest.to_owned();
    }
    if opened.matches("**").count().is_multiple_of(2) && opened.len() > 2 {
        // Opened and closed within what was cut.
        opened.truncate(0);
    }
    while let Some(mark) = opened.chars().last() {
        let stripped = rest.strip_prefix(mark);
        match stripped {
            Some(shorter) => {
                rest = shorter;
                opened.pop();
            }
            None => break,
        }
    }
    let rest = rest.trim_start_matches([' ', ':', '-', '–', '—', '|']);
    if opened.is_empty() || !rest.contains(opened.as_str()) {
        rest.trim_start().to_owned()
    } else {
        format!("{opened}{rest}")
    }
}
