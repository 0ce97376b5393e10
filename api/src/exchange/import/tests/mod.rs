//! The notations of the template families, each in a short document of its own.
//!
//! All documents here are made up. No test quotes a real postmortem.

mod actions;
mod evidence;
mod facts;
mod hostile;
mod outline;
mod spellings;
mod timeline;

use super::{ImportedRecommendation, ImportedReport, parse};

fn read(text: &str) -> ImportedReport {
    parse("2024-03-01-lamp-outage.md", text)
}

fn titles(report: &ImportedReport) -> Vec<&str> {
    report
        .recommendations
        .iter()
        .map(|action| action.title.as_str())
        .collect()
}

/// The only recommendation of a document.
#[track_caller]
fn only_action(text: &str) -> ImportedRecommendation {
    let mut actions = read(text).recommendations;
    assert_eq!(actions.len(), 1, "expected one recommendation, got {actions:#?}");
    actions.remove(0)
}

fn instants(report: &ImportedReport) -> Vec<String> {
    report
        .timeline
        .iter()
        .map(|event| {
            event
                .at
                .map_or("-".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string())
        })
        .collect()
}
