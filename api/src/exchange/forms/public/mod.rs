//! The edition of a published report for everybody: what was chosen of it, without what tells of people and of the inside.
//!
//! What is removed is found by rules ([`redact`]): everybody's name, addresses, mentions, links, hosts, keys of tickets. Rules do not
//! understand what they read, so somebody must read the result before it leaves; `docs/documents.md` says what they cannot find.

mod folded;
mod markdown;
pub mod redact;

use std::fmt::Write;

use self::redact::Redactor;
use super::{
    html::Page,
    markdown::{figures, instant},
    record::Record,
};
use crate::{platform::text, reports::model::sections::Section};

/// What can be chosen of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The executive summary.
    ExecutiveSummary,
    /// The background.
    Background,
    /// The timeline.
    Timeline,
    /// The analysis of root causes, as text.
    RootCauseAnalysis,
    /// The root causes.
    RootCauses,
    /// The impact, with its figures but the cost.
    ImpactAnalysis,
    /// The recommendations.
    Recommendations,
    /// What was learned.
    LessonsLearned,
    /// The conclusion.
    Conclusion,
}

impl Part {
    /// All, in reading order, with their names.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::ExecutiveSummary, "executiveSummary"),
        (Self::Background, "background"),
        (Self::Timeline, "timeline"),
        (Self::RootCauseAnalysis, "rootCauseAnalysis"),
        (Self::RootCauses, "rootCauses"),
        (Self::ImpactAnalysis, "impactAnalysis"),
        (Self::Recommendations, "recommendations"),
        (Self::LessonsLearned, "lessonsLearned"),
        (Self::Conclusion, "conclusion"),
    ];

    /// What is chosen when nobody chooses: what people outside ask for, and not how the inside looks.
    pub const USUAL: [Self; 5] = [
        Self::ExecutiveSummary,
        Self::Timeline,
        Self::RootCauses,
        Self::ImpactAnalysis,
        Self::Recommendations,
    ];

    /// The part of this name, in any case and with or without hyphens.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |name: &str| name.replace(['-', '_'], "").to_lowercase();
        let wanted = plain(name.trim());
        let found = Self::ALL.iter().find(|(_, known)| plain(known) == wanted);
        found.map(|(part, _)| *part)
    }

    fn section(self) -> Option<Section> {
        match self {
            Self::ExecutiveSummary => Some(Section::ExecutiveSummary),
            Self::Background => Some(Section::Background),
            Self::RootCauseAnalysis => Some(Section::RootCauseAnalysis),
            Self::ImpactAnalysis => Some(Section::ImpactAnalysis),
            Self::LessonsLearned => Some(Section::LessonsLearned),
            Self::Conclusion => Some(Section::Conclusion),
            Self::Timeline | Self::RootCauses | Self::Recommendations => None,
        }
    }
}

/// What is said under every public edition.
const REMARK: &str =
    "This edition leaves out names, addresses and internal links; ‹…› stands where something was removed.";

/// A piece of the edition. All texts in it are safe to leave.
enum Piece {
    Heading(u8, String),
    Facts(Vec<(&'static str, String)>),
    Markdown(String),
}

/// A public edition.
pub struct Edition {
    title: String,
    pieces: Vec<Piece>,
}

impl Edition {
    /// Of a report, what was chosen of it. Whether there may be one is decided by the caller.
    pub fn new(record: &Record, parts: &[Part], redactor: &Redactor) -> Self {
        let mut edition = Self {
            title: redactor.line(&record.report.title),
            pieces: Vec::new(),
        };
        edition.facts(record, redactor);
        for (part, _) in Part::ALL.iter().filter(|(part, _)| parts.contains(part)) {
            edition.part(*part, record, redactor);
        }
        edition
    }

    fn facts(&mut self, record: &Record, redactor: &Redactor) {
        let incident = &record.incident;
        let mut facts = vec![
            ("Severity", incident.severity.to_string()),
            ("Started", instant(incident.started_at)),
        ];
        for (name, at) in [
            ("Detected", incident.detected_at),
            ("Mitigated", incident.mitigated_at),
            ("Resolved", incident.resolved_at),
            ("Published", record.report.published_at),
        ] {
            facts.extend(at.map(|at| (name, instant(at))));
        }
        let team = record.report.team.as_ref().map(|team| redactor.line(&team.name));
        facts.extend(team.map(|team| ("Team", team)));
        self.pieces.push(Piece::Facts(facts));
    }

    fn part(&mut self, part: Part, record: &Record, redactor: &Redactor) {
        match part {
            Part::Timeline => self.timeline(record, redactor),
            Part::RootCauses => self.causes(record, redactor),
            Part::Recommendations => self.items(record, redactor),
            _ => {
                let Some(section) = part.section() else { return };
                let text = redactor.markdown(record.report.sections.get(section));
                let figures: Vec<_> = figures(record)
                    .into_iter()
                    .filter(|(name, _)| part == Part::ImpactAnalysis && *name != "Cost")
                    .collect();
                if text.trim().is_empty() && figures.is_empty() {
                    return;
                }
                self.pieces.push(Piece::Heading(2, section.heading().to_owned()));
                self.pieces.push(Piece::Facts(figures));
                self.pieces.push(Piece::Markdown(text));
            }
        }
    }

    fn heading_of(&mut self, heading: &str, is_empty: bool) {
        if !is_empty {
            self.pieces.push(Piece::Heading(2, heading.to_owned()));
        }
    }

    fn timeline(&mut self, record: &Record, redactor: &Redactor) {
        self.heading_of("Timeline", record.timeline.is_empty());
        for moment in &record.timeline {
            let kind = text::words(moment.kind.as_str());
            let heading = format!("{}, {kind}", instant(moment.occurred_at));
            self.pieces.push(Piece::Heading(3, heading));
            self.pieces
                .push(Piece::Markdown(redactor.markdown(&moment.description)));
        }
    }

    fn causes(&mut self, record: &Record, redactor: &Redactor) {
        self.heading_of("Root causes", record.root_causes.is_empty());
        for cause in &record.root_causes {
            self.pieces.push(Piece::Heading(3, redactor.line(&cause.title)));
            let role = text::words(cause.role.as_str());
            self.pieces.push(Piece::Facts(vec![("Role", role)]));
            self.pieces.push(Piece::Markdown(redactor.markdown(&cause.description)));
        }
    }

    fn items(&mut self, record: &Record, redactor: &Redactor) {
        self.heading_of("Recommendations", record.recommendations.is_empty());
        for item in &record.recommendations {
            self.pieces.push(Piece::Heading(3, redactor.line(&item.title)));
            let mut facts = vec![("Status", text::words(item.status.as_str()))];
            let team = item.team.as_ref().map(|team| redactor.line(&team.name));
            facts.extend(team.map(|team| ("Team", team)));
            self.pieces.push(Piece::Facts(facts));
            self.pieces.push(Piece::Markdown(redactor.markdown(&item.description)));
        }
    }

    /// The edition as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# {}\n\n", text::escape(&self.title));
        for piece in &self.pieces {
            // Writing to a String cannot fail.
            let _ = match piece {
                Piece::Heading(level, heading) => {
                    let marks = "#".repeat(usize::from(*level));
                    writeln!(out, "{marks} {}\n", text::escape(heading))
                }
                Piece::Facts(facts) if facts.is_empty() => Ok(()),
                Piece::Facts(facts) => {
                    let lines = facts
                        .iter()
                        .map(|(name, value)| format!("- {name}: {}\n", text::escape(value)));
                    writeln!(out, "{}", lines.collect::<String>())
                }
                Piece::Markdown(text) if text.trim().is_empty() => Ok(()),
                Piece::Markdown(text) => writeln!(out, "{}\n", text.trim_end()),
            };
        }
        let _ = writeln!(out, "---\n\n{REMARK}");
        out
    }

    /// The edition as a page.
    pub fn to_html(&self) -> String {
        let mut page = Page::new(&self.title);
        for piece in &self.pieces {
            match piece {
                Piece::Heading(level, heading) => page.heading(*level, heading),
                Piece::Facts(facts) => page.facts(facts.iter().map(|(name, value)| (*name, value.as_str()))),
                Piece::Markdown(text) => page.markdown(text),
            }
        }
        page.remark(REMARK);
        page.finish()
    }
}
