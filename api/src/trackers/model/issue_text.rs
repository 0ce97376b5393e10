//! What a new issue says. It is written once: afterwards the text belongs to those who work on it.

use std::fmt::Write;

use chrono::NaiveDate;
use entity::{enums::Priority, ids::TrackerLinkId};

use super::harmless::harmless;

/// What an issue is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The key of the recommendation.
    pub key: String,
    /// Where it is seen.
    pub url: String,
    /// What to do, as Markdown.
    pub description: String,
    /// How to tell that it is done.
    pub acceptance_criterion: Option<String>,
    /// The titles of what it treats.
    pub causes: Vec<String>,
    /// The report: its key, title and address.
    pub report: (String, String, String),
    /// How urgent it is.
    pub priority: Priority,
    /// Who does it.
    pub owner: Option<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// What a tracker takes texts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Markdown.
    Markdown,
    /// A language of its own, in which stars make bold.
    Own,
}

/// What stands in an issue that we made, and in no other. By it an issue is found whose creation nobody recorded. No character of
/// it means anything in any markup: some trackers keep what they are given as something else, and give it back escaped.
pub fn marker(link: TrackerLinkId) -> String {
    format!("postmortem:{link}").replace('_', "-")
}

/// How long a text is for the strictest of trackers.
fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// A text and its end, where both together are too long only as much of the text as there is room for. The end is always whole: by
/// it the issue is found.
fn fitted(text: &str, end: &str, url: &str, most: usize) -> String {
    if units(text) + units(end) <= most {
        return format!("{text}{end}");
    }
    let rest = format!("…\n\nThis is not all, since it is too long for here. The rest is at {url}\n\n");
    let room = most.saturating_sub(units(&rest) + units(end));
    let mut used = 0;
    let fits = |c: &char| {
        used += c.len_utf16();
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}{rest}{end}", kept.trim_end())
}

/// The text, of so many units at most, which reads well as plain text too. What people have written calls nobody there and commands
/// nothing.
pub fn write(facts: &Facts, link: TrackerLinkId, markup: Markup, most: usize) -> String {
    let mut text = String::new();
    let heading = |title: &str| match markup {
        Markup::Markdown => format!("## {title}"),
        Markup::Own => format!("*{title}*"),
    };
    let mut part = |title: &str, body: &str| {
        if !body.trim().is_empty() {
            let _ = write!(text, "{}\n\n{}\n\n", heading(title), body.trim());
        }
    };
    part("What to do", &harmless(&facts.description));
    part(
        "Done when",
        &harmless(facts.acceptance_criterion.as_deref().unwrap_or_default()),
    );
    let causes: Vec<String> = facts
        .causes
        .iter()
        .map(|cause| format!("- {}", harmless(cause)))
        .collect();
    part("Root causes", &causes.join("\n"));
    let (key, title, url) = &facts.report;
    part("Report", &format!("{key}: {}\n{url}", harmless(title)));
    let mut about = format!("Priority {}", facts.priority);
    if let Some(owner) = &facts.owner {
        let _ = write!(about, ", owned by {}", harmless(owner));
    }
    if let Some(due_on) = facts.due_on {
        let _ = write!(about, ", due on {due_on}");
    }
    let end = format!(
        "{about}.\n\nThis issue is kept in step with {} ({}).\n{}\n",
        facts.key,
        facts.url,
        marker(link)
    );
    fitted(&text, &end, &facts.url, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://pm.example/recommendations/REC-1";

    #[test]
    fn what_fits_is_whole() {
        assert_eq!(fitted("Text.\n", "End.\n", URL, 11), "Text.\nEnd.\n");
        assert_eq!(fitted("Text.\n", "End.\n", URL, usize::MAX), "Text.\nEnd.\n");
    }

    #[test]
    fn what_is_too_long_is_cut_before_its_end() {
        for (letter, most) in [("a", 300), ("ä", 301), ("\u{1f4a5}", 302), ("\u{1f4a5}", 303)] {
            let text = fitted(&letter.repeat(400), "End.\npostmortem:lnk-1\n", URL, most);
            assert!(
                units(&text) <= most && units(&text) + 2 > most,
                "{} of {most}",
                units(&text)
            );
            assert!(text.starts_with(letter), "{text}");
            assert!(text.ends_with(&format!("{URL}\n\nEnd.\npostmortem:lnk-1\n")), "{text}");
        }
    }
}
