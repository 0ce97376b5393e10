//! The title of the report.

use super::front_matter::FrontMatter;
use super::metadata::is_field;
use super::names::{Topic, normalise, topic_of};
use super::outline::{Part, Style};
use super::pattern::Pattern;
use super::stamp;
use super::text::{is_placeholder, shorten};

const MAX_TITLE: usize = 300;
const PLACEHOLDERS: &[&str] = &[
    "title",
    "incident title",
    "issue name",
    "title of the incident",
    "name of the incident",
    "postmortem",
    "post-mortem",
    "postmortem template",
    "template for reports",
    "incident report",
    "post mortem",
    "template",
    "tbd",
    "untitled",
];

static EXTENSION: Pattern = Pattern::new(r"(?i)(?:\.(?:md|markdown|mdx|html|erb|txt|rst))+$");
static DATE_IN_NAME: Pattern = Pattern::new(r"^\d{4}[-_]\d{2}[-_]\d{2}[-_ ]+(?:[-_]+)?");
static TEMPLATE_FIELD: Pattern = Pattern::new(r"\{\{.*\}\}|^\[[^\]]*\](?::\s*\[[^\]]*\])?$");

pub(super) struct Title {
    pub(super) text: String,
    /// The part whose heading is the title, so that it is not repeated in the text.
    pub(super) part: Option<usize>,
    /// The title is the first paragraph.
    pub(super) is_first_paragraph: bool,
    pub(super) is_from_file_name: bool,
}

pub(super) fn pick(parts: &[Part], front: &FrontMatter, file_name: &str) -> Title {
    let heading = from_heading(parts);
    if let Some((index, text)) = &heading
        && !is_empty_title(text)
    {
        return Title {
            text: shorten(text, MAX_TITLE),
            part: Some(*index),
            is_first_paragraph: false,
            is_from_file_name: false,
        };
    }
    let part = heading.as_ref().map(|(index, _)| *index);
    let front = front.text("title").filter(|title| !is_empty_title(title));
    if let Some(text) = front {
        return Title {
            text: shorten(&text, MAX_TITLE),
            part,
            is_first_paragraph: false,
            is_from_file_name: false,
        };
    }
    // "# Title:" with the title itself as the next heading.
    let below = part.and_then(|index| {
        let next = parts.get(index + 1)?;
        let is_title = parts.get(index)?.blocks.is_empty()
            && next.own.is_none()
            && next.style == Style::Heading
            && !is_empty_title(&next.name);
        is_title.then(|| (index + 1, next.name.clone()))
    });
    if let Some(text) = from_bold_line(parts).filter(|_| part.is_none()) {
        return Title {
            text: shorten(&text, MAX_TITLE),
            part: None,
            is_first_paragraph: true,
            is_from_file_name: false,
        };
    }
    match below.or_else(|| from_first_heading(parts).filter(|_| part.is_none())) {
        Some((index, text)) => Title {
            text: shorten(&text, MAX_TITLE),
            part: Some(index),
            is_first_paragraph: false,
            is_from_file_name: false,
        },
        None => Title {
            text: from_file_name(file_name),
            part,
            is_first_paragraph: false,
            is_from_file_name: true,
        },
    }
}

/// The first heading of level 1 that is no section of the report.
fn from_heading(parts: &[Part]) -> Option<(usize, String)> {
    let (index, part) = parts
        .iter()
        .enumerate()
        .find(|(_, part)| part.style == Style::Heading && part.level == 1 && topic_of(&part.name).is_none())?;
    // Sections before it: the document has no title, and this is one more section.
    let is_late = parts
        .iter()
        .take(index)
        .any(|before| before.style == Style::Heading && before.own.is_some_and(|own| own != Topic::Metadata));
    let text = part.name.trim().to_owned();
    // "# Template for reports" above the real first heading.
    if is_empty_title(&text) {
        let next = parts
            .iter()
            .enumerate()
            .skip(index + 1)
            .find(|(_, next)| next.style == Style::Heading && next.level == 1 && next.own.is_none());
        if let Some((index, next)) = next.filter(|(_, next)| !is_empty_title(&next.name)) {
            return Some((index, next.name.trim().to_owned()));
        }
    }
    (!is_late).then_some((index, text))
}

/// The heading a document without one of level 1 begins with, when sections that are known follow it.
fn from_first_heading(parts: &[Part]) -> Option<(usize, String)> {
    let (opening, rest) = parts.split_first()?;
    let (first, rest) = rest.split_first()?;
    let is_title = opening.blocks.is_empty()
        && first.style == Style::Heading
        && first.own.is_none()
        && stamp::leading(&first.name).is_none()
        && !is_fact(&first.name)
        && first.name.split_whitespace().count() >= 3
        && !is_empty_title(&first.name)
        && rest.iter().all(|part| part.level >= first.level)
        && rest.iter().any(|part| part.own.is_some() || is_fact(&part.name));
    is_title.then(|| (1, first.name.trim().to_owned()))
}

/// A bold line above everything, in a document that has no headings.
fn from_bold_line(parts: &[Part]) -> Option<String> {
    let text = parts.first()?.blocks.first()?.paragraph()?;
    let name = text.text();
    let is_title = text.is_strong
        && text.lines.len() == 1
        && name.split_whitespace().count() >= 2
        && !is_empty_title(&name)
        && !is_fact(&name)
        && parts.iter().all(|part| part.style != Style::Heading);
    is_title.then_some(name)
}

/// "Owner: Ada" as a heading.
fn is_fact(name: &str) -> bool {
    name.split_once(':').is_some_and(|(label, _)| is_field(label)) || is_field(name)
}

fn is_empty_title(text: &str) -> bool {
    is_placeholder(text) || TEMPLATE_FIELD.is_match(text.trim()) || PLACEHOLDERS.contains(&normalise(text).as_str())
}

/// `2021-05-26-website-outage.md` as "Website outage".
pub(super) fn from_file_name(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = EXTENSION.replace_all(name, "");
    let without_date = DATE_IN_NAME.replace_all(&stem, "");
    let chosen = if without_date.trim().is_empty() {
        &stem
    } else {
        &without_date
    };
    let spaced = chosen.replace(['_', '-'], " ");
    let words: Vec<&str> = if chosen.chars().all(|c| c.is_ascii_digit() || c == '-') {
        vec![chosen.as_str()]
    } else {
        spaced.split_whitespace().collect()
    };
    let text = words.join(" ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => shorten(
            &(first.to_uppercase().collect::<String>() + letters.as_str()),
            MAX_TITLE,
        ),
        None => "Untitled report".to_owned(),
    }
}
