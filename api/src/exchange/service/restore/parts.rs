//! The root causes and recommendations of a report that was exported.

use std::collections::HashSet;

use entity::{cause_category, due_change, effectiveness_review, evidence, recommendation, report, root_cause};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{OTHER_REPORT_FIRST, Restoring};
use crate::{
    exchange::{
        forms::record::{CauseRecord, EvidenceRecord, ItemRecord, Record},
        service::place::Unplaced,
    },
    platform::error::Error,
    recommendations::service as recommendations,
    root_causes::service as root_causes,
    trackers::service::links::link_found,
};

impl Restoring<'_> {
    /// Parents first: a cause explains one that is there.
    pub(super) async fn causes(&mut self, document: &Record, report: &report::Model) -> Result<(), Error> {
        let mut waiting: Vec<&CauseRecord> = document.root_causes.iter().collect();
        let mut there = HashSet::new();
        while !waiting.is_empty() {
            let (ready, rest): (Vec<_>, Vec<_>) = waiting
                .iter()
                .copied()
                .partition(|cause| cause.parent.is_none_or(|parent| there.contains(&parent)));
            if ready.is_empty() {
                return Err(Error::internal("a chain of causes without a beginning"));
            }
            for cause in ready {
                self.cause(cause, report).await?;
                there.insert(cause.id);
            }
            waiting = rest;
        }
        Ok(())
    }

    async fn cause(&mut self, given: &CauseRecord, report: &report::Model) -> Result<(), Error> {
        let now = self.session.now();
        let category = match &given.category {
            None => None,
            Some(slug) => {
                let row = cause_category::Entity::find()
                    .filter(cause_category::Column::Slug.eq(slug))
                    .one(&**self.tx)
                    .await?;
                if row.is_none() {
                    self.warn(format!(
                        "There is no category {slug:?}; the cause {:?} has none.",
                        given.title
                    ));
                }
                row.map(|row| row.id)
            }
        };
        let first = match &given.recurrence_of {
            None => None,
            Some(link) => {
                let first = root_cause::Entity::find_by_id(link.id).one(&**self.tx).await?;
                if first.is_none() {
                    self.warn(format!(
                        "The cause {:?} is a recurrence of {:?} in {}, which is not here; import that, and they are linked.",
                        given.title, link.title, link.report
                    ));
                }
                first.map(|first| first.recurrence_of_id.unwrap_or(first.id))
            }
        };
        let row = root_cause::Model {
            id: given.id,
            report_id: report.id,
            title: given.title.clone(),
            description: given.description.clone(),
            role: given.role,
            category_id: category,
            parent_id: given.parent,
            no_action_reason: given.no_action_reason.clone(),
            recurrence_of_id: first.filter(|first| *first != given.id),
            created_by_id: self.places.quietly(given.created_by.as_ref()),
            created_at: given.created_at.min(now),
            updated_at: given.updated_at.min(now),
            version: 1,
        };
        let event = root_causes::restore(self.session, self.tx, &row).await?;
        self.events.push(event);
        // What came back before this did now finds it.
        for link in &given.recurrences {
            let later = root_cause::Entity::find_by_id(link.id).one(&**self.tx).await?;
            if let Some(later) = later.filter(|later| later.recurrence_of_id.is_none() && later.report_id != report.id)
            {
                root_causes::restore_recurrence(self.session, self.tx, &later, &row).await?;
            }
        }
        for link in &given.treated_elsewhere {
            if recommendation::Entity::find_by_id(link.id)
                .one(&**self.tx)
                .await?
                .is_some()
            {
                recommendations::treat_too(self.session, self.tx, link.id, given.id).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn item(&mut self, given: &ItemRecord, report: &report::Model) -> Result<(), Error> {
        let known = root_cause::Entity::find()
            .filter(root_cause::Column::Id.is_in(given.treats.iter().map(|link| link.id)))
            .all(&**self.tx)
            .await?;
        let causes: Vec<_> = given
            .treats
            .iter()
            .map(|link| link.id)
            .filter(|id| known.iter().any(|cause| cause.id == *id))
            .collect();
        for link in given.treats.iter().filter(|link| !causes.contains(&link.id)) {
            if causes.is_empty() {
                return Err(Error::invalid(
                    "markdown",
                    OTHER_REPORT_FIRST,
                    format!(
                        "{} treats only causes of {}, which is not here; import that report first.",
                        given.key, link.report
                    ),
                ));
            }
            self.warn(format!(
                "{} also treats {:?} of {}, which is not here; import that, and they are linked.",
                given.key, link.title, link.report
            ));
        }
        let mut unplaced = Unplaced::default();
        let row = self.item_row(given, report, &mut unplaced);
        let (mut evidence, mut unlinked) = (Vec::new(), Vec::new());
        for one in &given.evidence {
            evidence.push(self.evidence(given, one));
        }
        for issue in &given.issues {
            unlinked.extend(issue.url.clone());
        }
        let session = self.session;
        let restored = recommendations::Restored {
            labels: given.labels.clone(),
            causes,
            evidence,
            due_changes: given
                .due_changes
                .iter()
                .map(|one| due_change::Model {
                    id: session.mint(),
                    recommendation_id: given.id,
                    from_on: one.from_on,
                    to_on: one.to_on,
                    reason: one.reason.clone(),
                    changed_by_id: self.places.quietly(one.changed_by.as_ref()),
                    changed_at: one.changed_at,
                })
                .collect(),
            reviews: given
                .effectiveness_reviews
                .iter()
                .map(|one| effectiveness_review::Model {
                    id: session.mint(),
                    recommendation_id: given.id,
                    due_on: one.due_on,
                    outcome: one.outcome,
                    note: one.note.clone(),
                    reviewed_by_id: self.places.quietly(one.reviewed_by.as_ref()),
                    reviewed_at: one.reviewed_at,
                })
                .collect(),
            row,
        };
        let (row, event) = recommendations::restore(session, self.tx, restored).await?;
        self.events.push(event);
        self.warnings.extend(unplaced.warnings());
        if row.key != given.key {
            self.warn(format!(
                "{} is the key of another item here; this one is {}.",
                given.key, row.key
            ));
        }
        if link_found(session, self.tx, &self.projects, &row, &unlinked)
            .await?
            .is_none()
        {
            for url in unlinked {
                self.warn(format!(
                    "{} is not kept in step with {url} here; link it with linkTrackerIssue.",
                    row.key
                ));
            }
        }
        Ok(())
    }

    fn item_row(&self, given: &ItemRecord, report: &report::Model, unplaced: &mut Unplaced) -> recommendation::Model {
        let now = self.session.now();
        let owner = self.places.person(unplaced, "Owner", given.owner.as_ref());
        let team = self.places.team(unplaced, "Team", given.team.as_ref());
        let verified_by = self.places.person(unplaced, "Verified by", given.verified_by.as_ref());
        let mut description = given.description.clone();
        for line in &unplaced.lines {
            if !description.is_empty() {
                description.push_str("\n\n");
            }
            description.push_str(&format!("In the document: {line}"));
        }
        recommendation::Model {
            id: given.id,
            key: given.key.clone(),
            report_id: report.id,
            title: given.title.clone(),
            description,
            status: given.status,
            kind: given.kind,
            strength: given.strength,
            priority: given.priority,
            owner_id: owner,
            team_id: team,
            due_on: given.due_on,
            original_due_on: given.original_due_on,
            due_moves: given.due_moves,
            due_policy_id: None,
            acceptance_criterion: given.acceptance_criterion.clone(),
            blocked_reason: given.blocked_reason.clone(),
            accepted_at: given.accepted_at,
            accepted_on: None,
            implemented_at: given.implemented_at,
            implemented_on: None,
            implement_micros: None,
            completed_at: given.completed_at,
            verified_at: given.verified_at,
            verified_by_id: verified_by,
            closure_reason: given.closure_reason,
            closure_note: given.closure_note.clone(),
            risk_accepted_until: given.risk_accepted_until,
            created_by_id: self.places.quietly(given.created_by.as_ref()),
            created_at: given.created_at.min(now),
            updated_at: given.updated_at.min(now),
            version: 1,
        }
    }

    fn evidence(&self, item: &ItemRecord, one: &EvidenceRecord) -> evidence::Model {
        evidence::Model {
            id: self.session.mint(),
            recommendation_id: item.id,
            url: one.url.clone(),
            note: one.note.clone(),
            added_by_id: self.places.quietly(one.added_by.as_ref()),
            added_at: one.added_at,
        }
    }
}
