//! The importer of Markdown documents, and the reader of what was exported.
//!
//! Any text becomes a report with a title, the same one each time; warnings and records say lines that are there; and what is
//! written out of an exported report reads back as the same.

use postmortem_api::exchange::{
    forms::read::exported,
    import::{ImportedReport, parse},
};

/// The first line is the name of the file, the rest its text.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (name, text) = text.split_once('\n').unwrap_or(("", &text));
    let report = parse(name, text);
    assert!(!report.title.trim().is_empty(), "a report without a title");
    let lines = text.split('\n').count() + text.matches('\r').count();
    for line in lines_of(&report) {
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
    }
    assert_eq!(
        said(&report),
        said(&parse(name, text)),
        "another reading of the same text"
    );
    again(text);
}

fn lines_of(report: &ImportedReport) -> impl Iterator<Item = usize> {
    let warnings = report.warnings.iter().map(|warning| warning.line);
    let moments = report.timeline.iter().map(|moment| moment.line);
    let causes = report.root_causes.iter().map(|cause| cause.line);
    let items = report.recommendations.iter().map(|item| item.line);
    warnings.chain(moments).chain(causes).chain(items)
}

fn said(report: &ImportedReport) -> String {
    serde_json::to_string(report).expect("a report is JSON")
}

/// A document of our own, in each of its forms.
fn again(text: &str) {
    let Some(Ok(record)) = exported(text) else { return };
    let json = record.to_json().expect("a record is JSON");
    let markdown = record.to_markdown().expect("a record is Markdown");
    for form in [json, markdown] {
        let read = exported(&form)
            .expect("what was exported says so")
            .expect("what was exported is read");
        assert_eq!(read, record, "lost on the way: {form}");
    }
    super::markdown::is_harmless(&record.to_html(), false);
}
