//! What makes an exported report sound: the same rules as for what people type, and that its parts fit together.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    enums::{ClosureReason, RecommendationStatus, ReportStatus},
    ids::RootCauseId,
};

use super::record::{ItemRecord, Named, Person, Record};
use crate::{
    incidents::model::{ExternalRef, Moments, check_refs},
    platform::{
        clock::{DAYS, kept},
        error::{Error, Problems},
        text,
    },
    reports::model::{inputs::NewTimelineEvent, sections::Section},
};

/// The most of anything in one report.
const PARTS: usize = 5_000;
/// The most of anything in one recommendation.
const PARTS_OF_ITEM: usize = 1_000;

/// A document on its way through the checks.
#[derive(Default)]
struct Check {
    problems: Problems,
}

impl Record {
    /// The document as it is kept, or all that is wrong with it.
    pub(super) fn checked(mut self) -> Result<Self, Error> {
        let mut check = Check::default();
        check.sizes(&self);
        check.incident(&mut self);
        check.report(&mut self);
        check.timeline(&mut self);
        check.causes(&mut self);
        for (index, item) in self.recommendations.iter_mut().enumerate() {
            check.item(&format!("recommendations.{index}"), item);
        }
        check.unique(&self);
        check.problems.finish()?;
        Ok(self)
    }
}

impl Check {
    fn bad(&mut self, path: impl Into<String>, message: impl std::fmt::Display) {
        self.problems.add(path, "MALFORMED_DOCUMENT", message);
    }

    fn sizes(&mut self, record: &Record) {
        for (path, count) in [
            ("timeline", record.timeline.len()),
            ("rootCauses", record.root_causes.len()),
            ("recommendations", record.recommendations.len()),
            ("report.participants", record.report.participants.len()),
            ("report.approvals", record.report.approvals.len()),
            ("incident.services", record.incident.services.len()),
        ] {
            if count > PARTS {
                self.problems.add(
                    path,
                    "TOO_MANY",
                    format!("There are {count} of these; at most {PARTS} can be imported."),
                );
            }
        }
    }

    fn at(&mut self, path: impl Into<String>, at: &mut DateTime<Utc>) {
        *at = kept(*at);
        if !DAYS.contains(&at.date_naive()) {
            self.bad(path, "This time is outside the years 1900 to 9999.");
        }
    }

    fn maybe_at(&mut self, path: impl Into<String>, at: &mut Option<DateTime<Utc>>) {
        if let Some(at) = at {
            self.at(path, at);
        }
    }

    fn day(&mut self, path: impl Into<String>, day: Option<NaiveDate>) {
        if day.is_some_and(|day| !DAYS.contains(&day)) {
            self.bad(path, "This day is outside the years 1900 to 9999.");
        }
    }

    fn title(&mut self, path: &str, title: &mut String) {
        if let Some(checked) = self.problems.take(text::title(path, title)) {
            *title = checked;
        }
    }

    fn markdown(&mut self, path: &str, given: &str) {
        self.problems.take(text::markdown(path, given));
    }

    fn note(&mut self, path: &str, note: &mut Option<String>) {
        if let Some(checked) = self.problems.take(text::optional_note(path, note.as_deref())) {
            *note = checked;
        }
    }

    fn labels(&mut self, path: &str, labels: &mut Vec<String>) {
        if let Some(checked) = self.problems.take(text::labels(path, labels)) {
            *labels = checked;
        }
    }

    fn url(&mut self, path: &str, url: &mut Option<String>) {
        if let Some(given) = url
            && let Some(checked) = self.problems.take(text::url(path, given))
        {
            *given = checked;
        }
    }

    fn person(&mut self, path: &str, person: &Option<Person>) {
        if let Some(person) = person {
            self.problems
                .take(text::line(&format!("{path}.name"), &person.name, 300));
            self.problems
                .take(text::line(&format!("{path}.email"), &person.email, 254));
        }
    }

    fn named(&mut self, path: &str, named: &Option<Named>) {
        if let Some(named) = named {
            self.problems
                .take(text::line(&format!("{path}.name"), &named.name, 300));
            self.problems.take(text::line(&format!("{path}.slug"), &named.slug, 60));
        }
    }

    fn incident(&mut self, record: &mut Record) {
        let incident = &mut record.incident;
        self.title("incident.title", &mut incident.title);
        self.named("incident.team", &incident.team);
        self.person("incident.createdBy", &incident.created_by);
        self.at("incident.startedAt", &mut incident.started_at);
        self.maybe_at("incident.detectedAt", &mut incident.detected_at);
        self.maybe_at("incident.mitigatedAt", &mut incident.mitigated_at);
        self.maybe_at("incident.resolvedAt", &mut incident.resolved_at);
        self.at("incident.createdAt", &mut incident.created_at);
        self.at("incident.updatedAt", &mut incident.updated_at);
        let moments = Moments {
            started_at: incident.started_at,
            detected_at: incident.detected_at,
            mitigated_at: incident.mitigated_at,
            resolved_at: incident.resolved_at,
        };
        moments.check(&mut self.problems);
        let references: Vec<ExternalRef> = incident
            .external_refs
            .iter()
            .map(|given| ExternalRef {
                system: given.system.clone(),
                id: given.id.clone(),
                url: given.url.clone(),
            })
            .collect();
        self.problems.take(check_refs(&references));
    }

    fn report(&mut self, record: &mut Record) {
        let report = &mut record.report;
        self.title("report.title", &mut report.title);
        self.labels("report.labels", &mut report.labels);
        self.person("report.owner", &report.owner);
        self.person("report.createdBy", &report.created_by);
        self.named("report.team", &report.team);
        self.day("report.dueOn", report.due_on);
        self.day("report.originalDueOn", report.original_due_on);
        self.maybe_at("report.publishedAt", &mut report.published_at);
        self.at("report.createdAt", &mut report.created_at);
        self.at("report.updatedAt", &mut report.updated_at);
        for section in Section::ALL {
            let path = format!("report.sections.{}", section.field());
            self.markdown(&path, report.sections.get(section));
        }
        report.impact.check(&mut self.problems);
        for (index, part) in report.participants.iter().enumerate() {
            self.person(&format!("report.participants.{index}.user"), &Some(part.user.clone()));
        }
        for (index, approval) in report.approvals.iter_mut().enumerate() {
            let path = format!("report.approvals.{index}");
            self.person(&format!("{path}.user"), &Some(approval.user.clone()));
            self.note(&format!("{path}.comment"), &mut approval.comment);
            self.at(format!("{path}.decidedAt"), &mut approval.decided_at);
        }
        let fits = match report.status {
            ReportStatus::Published => report.published_at.is_some(),
            ReportStatus::Draft | ReportStatus::InReview => report.published_at.is_none(),
            ReportStatus::Archived => true,
        };
        if !fits {
            self.bad(
                "report.publishedAt",
                "A report has this time exactly when it has been published.",
            );
        }
    }

    fn timeline(&mut self, record: &mut Record) {
        for (index, moment) in record.timeline.iter_mut().enumerate() {
            let path = format!("timeline.{index}");
            self.at(format!("{path}.occurredAt"), &mut moment.occurred_at);
            self.url(&format!("{path}.sourceUrl"), &mut moment.source_url);
            let new = NewTimelineEvent {
                occurred_at: moment.occurred_at,
                kind: moment.kind,
                description: moment.description.clone(),
                source_url: None,
            };
            match new.check() {
                Ok(checked) => moment.description = checked.description,
                Err(problem) => self.bad(format!("{path}.description"), problem),
            }
        }
    }

    fn causes(&mut self, record: &mut Record) {
        for (index, cause) in record.root_causes.iter_mut().enumerate() {
            let path = format!("rootCauses.{index}");
            self.title(&format!("{path}.title"), &mut cause.title);
            self.markdown(&format!("{path}.description"), &cause.description);
            self.note(&format!("{path}.noActionReason"), &mut cause.no_action_reason);
            self.person(&format!("{path}.createdBy"), &cause.created_by);
            self.at(format!("{path}.createdAt"), &mut cause.created_at);
            self.at(format!("{path}.updatedAt"), &mut cause.updated_at);
        }
        let parents: HashMap<RootCauseId, Option<RootCauseId>> = record
            .root_causes
            .iter()
            .map(|cause| (cause.id, cause.parent))
            .collect();
        // Whoever was walked over once leads nowhere bad.
        let mut sound = HashSet::new();
        for (index, cause) in record.root_causes.iter().enumerate() {
            let path = format!("rootCauses.{index}.parent");
            let mut walked = HashSet::from([cause.id]);
            let mut above = cause.parent;
            while let Some(id) = above.filter(|id| !sound.contains(id)) {
                match parents.get(&id) {
                    None => {
                        self.bad(&path, "The parent must be a root cause of the same report.");
                        break;
                    }
                    Some(_) if !walked.insert(id) => {
                        self.bad(&path, "This cause would explain itself; give it another parent.");
                        break;
                    }
                    Some(parent) => above = *parent,
                }
            }
            sound.extend(walked);
        }
    }

    fn item(&mut self, path: &str, item: &mut ItemRecord) {
        self.title(&format!("{path}.title"), &mut item.title);
        self.markdown(&format!("{path}.description"), &item.description);
        self.note(&format!("{path}.acceptanceCriterion"), &mut item.acceptance_criterion);
        self.note(&format!("{path}.blockedReason"), &mut item.blocked_reason);
        self.note(&format!("{path}.closureNote"), &mut item.closure_note);
        self.labels(&format!("{path}.labels"), &mut item.labels);
        for (name, person) in [
            ("owner", &item.owner),
            ("verifiedBy", &item.verified_by),
            ("createdBy", &item.created_by),
        ] {
            self.person(&format!("{path}.{name}"), person);
        }
        self.named(&format!("{path}.team"), &item.team);
        for (name, day) in [
            ("dueOn", item.due_on),
            ("originalDueOn", item.original_due_on),
            ("riskAcceptedUntil", item.risk_accepted_until),
        ] {
            self.day(format!("{path}.{name}"), day);
        }
        for (name, at) in [
            ("acceptedAt", &mut item.accepted_at),
            ("implementedAt", &mut item.implemented_at),
            ("completedAt", &mut item.completed_at),
            ("verifiedAt", &mut item.verified_at),
        ] {
            self.maybe_at(format!("{path}.{name}"), at);
        }
        self.at(format!("{path}.createdAt"), &mut item.created_at);
        self.at(format!("{path}.updatedAt"), &mut item.updated_at);
        if !(0..=1_000_000).contains(&item.due_moves) {
            self.bad(format!("{path}.dueMoves"), "Give a number from 0 to 1000000.");
        }
        self.parts(path, item);
        self.standing(path, item);
    }

    fn parts(&mut self, path: &str, item: &mut ItemRecord) {
        let lengths = [
            item.evidence.len(),
            item.due_changes.len(),
            item.effectiveness_reviews.len(),
            item.treats.len(),
            item.issues.len(),
        ];
        if lengths.iter().any(|length| *length > PARTS_OF_ITEM) {
            self.problems.add(
                path,
                "TOO_MANY",
                format!("A recommendation has at most {PARTS_OF_ITEM} links, moves, reviews and causes each."),
            );
        }
        for (index, evidence) in item.evidence.iter_mut().enumerate() {
            let path = format!("{path}.evidence.{index}");
            let mut url = Some(std::mem::take(&mut evidence.url));
            self.url(&format!("{path}.url"), &mut url);
            evidence.url = url.unwrap_or_default();
            self.note(&format!("{path}.note"), &mut evidence.note);
            self.person(&format!("{path}.addedBy"), &evidence.added_by);
            self.at(format!("{path}.addedAt"), &mut evidence.added_at);
        }
        for (index, change) in item.due_changes.iter_mut().enumerate() {
            let path = format!("{path}.dueChanges.{index}");
            self.day(format!("{path}.fromOn"), change.from_on);
            self.day(format!("{path}.toOn"), change.to_on);
            self.problems
                .take(text::note(&format!("{path}.reason"), &change.reason));
            self.person(&format!("{path}.changedBy"), &change.changed_by);
            self.at(format!("{path}.changedAt"), &mut change.changed_at);
        }
        for (index, review) in item.effectiveness_reviews.iter_mut().enumerate() {
            let path = format!("{path}.effectivenessReviews.{index}");
            self.day(format!("{path}.dueOn"), Some(review.due_on));
            self.note(&format!("{path}.note"), &mut review.note);
            self.person(&format!("{path}.reviewedBy"), &review.reviewed_by);
            self.maybe_at(format!("{path}.reviewedAt"), &mut review.reviewed_at);
        }
        for (index, issue) in item.issues.iter_mut().enumerate() {
            self.url(&format!("{path}.issues.{index}.url"), &mut issue.url);
        }
    }

    /// Status and what goes with it.
    fn standing(&mut self, path: &str, item: &ItemRecord) {
        use RecommendationStatus as S;
        let is_done = matches!(item.status, S::Implemented | S::Verified);
        let rules = [
            (
                "blockedReason",
                (item.status == S::Blocked) == item.blocked_reason.is_some(),
                "A recommendation has a reason of this kind exactly while it is BLOCKED.",
            ),
            (
                "closureReason",
                (item.status == S::Declined) == item.closure_reason.is_some(),
                "A recommendation has a reason of this kind exactly while it is DECLINED.",
            ),
            (
                "riskAcceptedUntil",
                (item.closure_reason == Some(ClosureReason::RiskAccepted)) == item.risk_accepted_until.is_some(),
                "A recommendation has this day exactly when its closureReason is RISK_ACCEPTED.",
            ),
            (
                "verifiedAt",
                (item.status == S::Verified) == item.verified_at.is_some(),
                "A recommendation has this time exactly while it is VERIFIED.",
            ),
            (
                "acceptedAt",
                !item.status.is_open() || item.accepted_at.is_some(),
                "Say when this was accepted: its status says that it was.",
            ),
            (
                "implementedAt",
                !is_done || item.implemented_at.is_some(),
                "Say when this was implemented: its status says that it was.",
            ),
            (
                "completedAt",
                !(is_done || item.status == S::Declined) || item.completed_at.is_some(),
                "Say when this was done or declined: its status says that it was.",
            ),
            (
                "treats",
                !item.treats.is_empty(),
                "Name at least one root cause that this treats.",
            ),
        ];
        for (field, is_so, message) in rules {
            if !is_so {
                self.bad(format!("{path}.{field}"), message);
            }
        }
    }

    fn unique(&mut self, record: &Record) {
        fn once<T: std::hash::Hash + Eq>(ids: impl Iterator<Item = T>) -> bool {
            let mut seen = HashSet::new();
            ids.into_iter().all(|id| seen.insert(id))
        }
        for (path, is_so) in [
            ("timeline", once(record.timeline.iter().map(|part| part.id))),
            ("rootCauses", once(record.root_causes.iter().map(|part| part.id))),
            (
                "recommendations",
                once(record.recommendations.iter().map(|part| part.id)),
            ),
        ] {
            if !is_so {
                self.bad(path, "Two of these have the same id; each must have its own.");
            }
        }
    }
}
