//! The text sections of a report, in reading order.

use entity::report;
use serde::{Deserialize, Serialize};

/// One text section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// What happened, for everybody.
    ExecutiveSummary,
    /// The system that failed, its goals and objectives.
    Background,
    /// Why it happened.
    RootCauseAnalysis,
    /// What it did to whom.
    ImpactAnalysis,
    /// What went well, what went poorly, where we got lucky.
    LessonsLearned,
    /// What follows from it.
    Conclusion,
}

impl Section {
    /// All, in reading order.
    pub const ALL: [Self; 6] = [
        Self::ExecutiveSummary,
        Self::Background,
        Self::RootCauseAnalysis,
        Self::ImpactAnalysis,
        Self::LessonsLearned,
        Self::Conclusion,
    ];

    /// The field of the API.
    pub fn field(self) -> &'static str {
        match self {
            Self::ExecutiveSummary => "executiveSummary",
            Self::Background => "background",
            Self::RootCauseAnalysis => "rootCauseAnalysis",
            Self::ImpactAnalysis => "impactAnalysis",
            Self::LessonsLearned => "lessonsLearned",
            Self::Conclusion => "conclusion",
        }
    }

    /// The heading in a document.
    pub fn heading(self) -> &'static str {
        match self {
            Self::ExecutiveSummary => "Executive summary",
            Self::Background => "Background",
            Self::RootCauseAnalysis => "Root cause analysis",
            Self::ImpactAnalysis => "Impact analysis",
            Self::LessonsLearned => "Lessons learned",
            Self::Conclusion => "Conclusion",
        }
    }
}

/// The texts of all sections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sections {
    /// See [`Section::ExecutiveSummary`], and so on.
    pub executive_summary: String,
    pub background: String,
    pub root_cause_analysis: String,
    pub impact_analysis: String,
    pub lessons_learned: String,
    pub conclusion: String,
}

impl Sections {
    /// Those of a stored report.
    pub fn of(row: &report::Model) -> Self {
        Self {
            executive_summary: row.executive_summary.clone(),
            background: row.background.clone(),
            root_cause_analysis: row.root_cause_analysis.clone(),
            impact_analysis: row.impact_analysis.clone(),
            lessons_learned: row.lessons_learned.clone(),
            conclusion: row.conclusion.clone(),
        }
    }

    /// One text.
    pub fn get(&self, section: Section) -> &str {
        match section {
            Section::ExecutiveSummary => &self.executive_summary,
            Section::Background => &self.background,
            Section::RootCauseAnalysis => &self.root_cause_analysis,
            Section::ImpactAnalysis => &self.impact_analysis,
            Section::LessonsLearned => &self.lessons_learned,
            Section::Conclusion => &self.conclusion,
        }
    }

    /// One text, to change.
    pub fn get_mut(&mut self, section: Section) -> &mut String {
        match section {
            Section::ExecutiveSummary => &mut self.executive_summary,
            Section::Background => &mut self.background,
            Section::RootCauseAnalysis => &mut self.root_cause_analysis,
            Section::ImpactAnalysis => &mut self.impact_analysis,
            Section::LessonsLearned => &mut self.lessons_learned,
            Section::Conclusion => &mut self.conclusion,
        }
    }
}
