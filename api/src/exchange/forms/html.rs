//! A report as one HTML page that stands alone: one style sheet inside, no script, nothing from anywhere else, readable on a phone
//! and on paper.
//!
//! Every text is rendered and sanitised by itself, so that none can end what it stands in.

use std::fmt::Write;

use super::{
    markdown::{cause_facts, facts, instant, item_facts, item_links},
    record::{CauseRecord, ItemRecord, MomentRecord, Record},
};
use crate::{
    platform::{
        markdown::{escaped, to_part},
        text,
    },
    reports::model::sections::Section,
};

const STYLE: &str = include_str!("../../../assets/document/style.css");

/// What a page may do, for those who open it from a disk.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page under construction.
pub(super) struct Page {
    out: String,
    /// Of the last heading.
    level: u8,
}

impl Page {
    /// The beginning of a page, up to its heading.
    pub(super) fn new(title: &str) -> Self {
        let title = escaped(title);
        let out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        Self { out, level: 1 }
    }

    fn push(&mut self, html: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(html);
    }

    /// A heading of level 2 or 3.
    pub(super) fn heading(&mut self, level: u8, text: &str) {
        self.level = level;
        self.push(format_args!("<h{level}>{}</h{level}>\n", escaped(text)));
    }

    /// Names and values.
    pub(super) fn facts<'f>(&mut self, facts: impl IntoIterator<Item = (&'f str, &'f str)>) {
        let rows: String = facts
            .into_iter()
            .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value)))
            .collect();
        if !rows.is_empty() {
            self.push(format_args!("<dl>\n{rows}</dl>\n"));
        }
    }

    /// A text in Markdown. Its headings are below the one that it stands under.
    pub(super) fn markdown(&mut self, markdown: &str) {
        if !markdown.trim().is_empty() {
            let part = to_part(markdown, self.level + 1);
            self.push(format_args!("<div class=\"text\">\n{part}</div>\n"));
        }
    }

    /// A sentence of ours.
    pub(super) fn remark(&mut self, text: &str) {
        self.push(format_args!("<p class=\"remark\">{}</p>\n", escaped(text)));
    }

    fn link(&mut self, name: &str, url: &str, note: &str) {
        let (name, url, note) = (escaped(name), escaped(url), escaped(note));
        self.push(format_args!(
            "<p class=\"link\">{name}: <a href=\"{url}\" rel=\"noopener noreferrer nofollow\">{url}</a> {note}</p>\n"
        ));
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        self.out.push_str("</main>\n</body>\n</html>\n");
        self.out
    }
}

impl Record {
    /// The document for reading.
    pub fn to_html(&self) -> String {
        let report = &self.report;
        let mut page = Page::new(&format!("{}: {}", report.key, report.title));
        let facts = facts(self);
        page.facts(facts.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.section(&mut page, Section::ExecutiveSummary);
        self.section(&mut page, Section::Background);
        if !self.timeline.is_empty() {
            page.heading(2, "Timeline");
        }
        for moment in &self.timeline {
            write_moment(&mut page, moment);
        }
        self.section(&mut page, Section::RootCauseAnalysis);
        if !self.root_causes.is_empty() {
            page.heading(2, "Root causes");
        }
        for cause in &self.root_causes {
            write_cause(&mut page, cause, &self.root_causes);
        }
        self.section(&mut page, Section::ImpactAnalysis);
        if !self.recommendations.is_empty() {
            page.heading(2, "Recommendations");
        }
        for item in &self.recommendations {
            write_item(&mut page, item);
        }
        self.section(&mut page, Section::LessonsLearned);
        self.section(&mut page, Section::Conclusion);
        page.finish()
    }

    fn section(&self, page: &mut Page, section: Section) {
        let text = self.report.sections.get(section);
        if !text.trim().is_empty() {
            page.heading(2, section.heading());
            page.markdown(text);
        }
    }
}

fn write_moment(page: &mut Page, moment: &MomentRecord) {
    let kind = text::words(moment.kind.as_str());
    page.heading(3, &format!("{}, {kind}", instant(moment.occurred_at)));
    page.markdown(&moment.description);
    if let Some(url) = &moment.source_url {
        page.link("Source", url, "");
    }
}

fn write_cause(page: &mut Page, cause: &CauseRecord, all: &[CauseRecord]) {
    page.heading(3, &cause.title);
    let facts = cause_facts(cause, all);
    page.facts(facts.iter().map(|(name, value)| (*name, value.as_str())));
    page.markdown(&cause.description);
    if let Some(reason) = &cause.no_action_reason {
        page.remark("No action is taken:");
        page.markdown(reason);
    }
}

fn write_item(page: &mut Page, item: &ItemRecord) {
    page.heading(3, &format!("{}: {}", item.key, item.title));
    let facts = item_facts(item);
    page.facts(facts.iter().map(|(name, value)| (*name, value.as_str())));
    page.markdown(&item.description);
    if let Some(criterion) = &item.acceptance_criterion {
        page.remark("Accepted when:");
        page.markdown(criterion);
    }
    for (name, url, note) in item_links(item) {
        page.link(name, url, note);
    }
}
