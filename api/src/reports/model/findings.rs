//! What a report still lacks: deterministic rules over what is there. An ERROR blocks publishing, a WARNING informs.
//!
//! Every rule has a code that never changes and a message that says what to do. `docs/findings.md` is the table of them.

use chrono::{DateTime, Duration, Utc};
use entity::{
    enums::{RecommendationStatus, Strength, TimelineEventKind},
    ids::{RecommendationId, RootCauseId},
};

use super::{
    sections::{Section, Sections},
    wording,
};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Blocks publishing.
    Error,
    /// Informs.
    Warning,
}

/// What a finding is about, when it is not the report as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One root cause.
    RootCause(RootCauseId),
    /// One recommendation.
    Recommendation(RecommendationId),
}

/// One thing that keeps a report from being complete, blameless and actionable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// A stable code.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub message: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// The section it is about, spelt as the field of the API.
    pub section: Option<&'static str>,
}

/// All that the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The text.
    pub sections: Sections,
    /// The moments, in order of time.
    pub timeline: Vec<(DateTime<Utc>, TimelineEventKind)>,
    /// The root causes.
    pub causes: Vec<CauseFacts>,
    /// The recommendations that were first made here.
    pub recommendations: Vec<RecommendationFacts>,
    /// The names of the people who took part.
    pub people: Vec<String>,
    /// Whether an approver or stakeholder has approved.
    pub is_approved: bool,
    /// Whether somebody's request for changes stands.
    pub changes_requested: bool,
}

/// What the rules look at of a cause.
#[derive(Debug, Clone)]
pub struct CauseFacts {
    /// Which cause.
    pub id: RootCauseId,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Whether a reason for doing nothing is recorded.
    pub no_action: bool,
    /// Status and strength of every recommendation on it.
    pub treatments: Vec<(RecommendationStatus, Option<Strength>)>,
}

/// What the rules look at of a recommendation.
#[derive(Debug, Clone)]
pub struct RecommendationFacts {
    /// Which recommendation.
    pub id: RecommendationId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: RecommendationStatus,
    /// Whether it says how somebody else can check it.
    pub has_criterion: bool,
}

type Rule = fn(&Facts, &mut Vec<Finding>);

/// The table of rules, in the order in which findings are shown.
const RULES: &[Rule] = &[
    sections_written,
    timeline_detected,
    timeline_ended,
    has_root_cause,
    causes_covered,
    blameless,
    people_are_not_causes,
    only_weak,
    recommendations_clear,
    timeline_gaps,
    approved,
];

/// Applies every rule.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        rule(facts, &mut findings);
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// What can be said of one recommendation by itself.
pub fn of_recommendation(facts: &RecommendationFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facts.status == RecommendationStatus::Declined {
        return findings;
    }
    let mut warn = |code, message| {
        findings.push(Finding {
            level: Level::Warning,
            code,
            message,
            subject: Some(Subject::Recommendation(facts.id)),
            section: None,
        });
    };
    if let Some(why) = wording::vague(&facts.title) {
        warn(
            "RECOMMENDATION_VAGUE",
            format!(
                "\"{}\" is vague: {why}. Begin with a verb and say what will be different.",
                facts.title
            ),
        );
    }
    if !facts.has_criterion {
        warn(
            "RECOMMENDATION_WITHOUT_CRITERION",
            format!(
                "Give \"{}\" an acceptance criterion: an end state that somebody else can check.",
                facts.title
            ),
        );
    }
    findings
}

fn error(code: &'static str, section: Option<&'static str>, message: String) -> Finding {
    Finding {
        level: Level::Error,
        code,
        message,
        subject: None,
        section,
    }
}

fn warning(code: &'static str, section: Option<&'static str>, message: String) -> Finding {
    Finding {
        level: Level::Warning,
        code,
        message,
        subject: None,
        section,
    }
}

fn sections_written(facts: &Facts, findings: &mut Vec<Finding>) {
    for section in Section::ALL {
        if facts.sections.get(section).trim().is_empty() {
            let message = format!("Write the section \"{}\".", section.heading());
            findings.push(error("SECTION_EMPTY", Some(section.field()), message));
        }
    }
}

fn has(facts: &Facts, kinds: &[TimelineEventKind]) -> bool {
    facts.timeline.iter().any(|(_, kind)| kinds.contains(kind))
}

fn timeline_detected(facts: &Facts, findings: &mut Vec<Finding>) {
    if !has(facts, &[TimelineEventKind::Detection]) {
        let message = "Add a timeline entry of kind DETECTION: when and how it was noticed.".to_owned();
        findings.push(error("TIMELINE_NO_DETECTION", Some("timeline"), message));
    }
}

fn timeline_ended(facts: &Facts, findings: &mut Vec<Finding>) {
    if !has(facts, &[TimelineEventKind::Resolution, TimelineEventKind::Mitigation]) {
        let message = "Add a timeline entry of kind RESOLUTION or MITIGATION: when the impact ended.".to_owned();
        findings.push(error("TIMELINE_NO_RESOLUTION", Some("timeline"), message));
    }
}

fn has_root_cause(facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.causes.is_empty() {
        findings.push(error(
            "NO_ROOT_CAUSE",
            Some("rootCauses"),
            "Add at least one root cause.".to_owned(),
        ));
    }
}

fn causes_covered(facts: &Facts, findings: &mut Vec<Finding>) {
    for cause in &facts.causes {
        let treated = cause
            .treatments
            .iter()
            .any(|(status, _)| *status != RecommendationStatus::Declined);
        if !treated && !cause.no_action {
            let message = format!(
                "Recommend something against \"{}\", or record why nothing will be done.",
                cause.title
            );
            let finding = error("CAUSE_UNCOVERED", Some("rootCauses"), message);
            findings.push(Finding {
                subject: Some(Subject::RootCause(cause.id)),
                ..finding
            });
        }
    }
}

fn blameless(facts: &Facts, findings: &mut Vec<Finding>) {
    for section in Section::ALL {
        if let Some(phrase) = wording::blameful(facts.sections.get(section)) {
            let message = format!("\"{phrase}\" assigns blame. Say what made the action seem right at the time.");
            findings.push(warning("BLAMEFUL_WORDING", Some(section.field()), message));
        }
    }
    for cause in &facts.causes {
        let phrase = wording::blameful(&cause.title).or_else(|| wording::blameful(&cause.description));
        if let Some(phrase) = phrase {
            let message = format!(
                "\"{}\" says \"{phrase}\". A person's slip is where the analysis begins: name what allowed it.",
                cause.title
            );
            let finding = warning("BLAMEFUL_WORDING", Some("rootCauses"), message);
            findings.push(Finding {
                subject: Some(Subject::RootCause(cause.id)),
                ..finding
            });
        }
    }
}

fn people_are_not_causes(facts: &Facts, findings: &mut Vec<Finding>) {
    for cause in &facts.causes {
        let person =
            wording::named(&cause.title, &facts.people).or_else(|| wording::named(&cause.description, &facts.people));
        if let Some(person) = person {
            let message = format!(
                "\"{}\" names {person}. Name the role or the system instead.",
                cause.title
            );
            let finding = warning("PERSON_AS_CAUSE", Some("rootCauses"), message);
            findings.push(Finding {
                subject: Some(Subject::RootCause(cause.id)),
                ..finding
            });
        }
    }
}

fn only_weak(facts: &Facts, findings: &mut Vec<Finding>) {
    for cause in &facts.causes {
        let live = cause
            .treatments
            .iter()
            .filter(|(status, _)| *status != RecommendationStatus::Declined);
        let strengths: Vec<Option<Strength>> = live.map(|(_, strength)| *strength).collect();
        if !strengths.is_empty() && strengths.iter().all(|strength| *strength == Some(Strength::Weak)) {
            let message = format!(
                "Everything against \"{}\" is WEAK: it relies on people remembering. Look for a measure that does not.",
                cause.title
            );
            let finding = warning("ONLY_WEAK_MEASURES", Some("recommendations"), message);
            findings.push(Finding {
                subject: Some(Subject::RootCause(cause.id)),
                ..finding
            });
        }
    }
}

fn recommendations_clear(facts: &Facts, findings: &mut Vec<Finding>) {
    for recommendation in &facts.recommendations {
        findings.extend(of_recommendation(recommendation));
    }
}

/// A silence of at least an hour that is more than a third of the whole timeline.
fn timeline_gaps(facts: &Facts, findings: &mut Vec<Finding>) {
    let (Some((first, _)), Some((last, _))) = (facts.timeline.first(), facts.timeline.last()) else {
        return;
    };
    for (before, after) in facts.timeline.iter().zip(facts.timeline.iter().skip(1)) {
        let gap = after.0 - before.0;
        if gap >= Duration::hours(1) && gap * 3 > *last - *first {
            let message = format!(
                "Nothing is recorded for {} minutes after {}. Say what happened, or that nothing did.",
                gap.num_minutes(),
                before.0.format("%Y-%m-%d %H:%M UTC"),
            );
            findings.push(warning("TIMELINE_GAP", Some("timeline"), message));
        }
    }
}

fn approved(facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.changes_requested {
        let message = "A reviewer has asked for changes; make them, or ask for another review.".to_owned();
        findings.push(warning("CHANGES_REQUESTED", None, message));
    }
    if !facts.is_approved {
        let message = "No approver or stakeholder has approved this report; ask one to review it.".to_owned();
        findings.push(warning("NO_STAKEHOLDER_APPROVAL", None, message));
    }
}
