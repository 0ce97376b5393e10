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

/// The text, which reads well as plain text too. What people have written calls nobody there and commands nothing.
pub fn write(facts: &Facts, link: TrackerLinkId, markup: Markup) -> String {
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
    let _ = write!(
        text,
        "{about}.\n\nThis issue is kept in step with {} ({}).\n{}\n",
        facts.key,
        facts.url,
        marker(link)
    );
    text
}
