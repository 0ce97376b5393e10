//! Gathers all that is recorded of a report.

use std::collections::{HashMap, HashSet};

use entity::{
    due_change, effectiveness_review,
    enums::SyncState,
    evidence,
    ids::{RecommendationId, ReportId, RootCauseId, UserId},
    incident, recommendation, recommendation_label, recommendation_root_cause, report, report_approval,
    report_participant, root_cause, tracker_connection, tracker_link,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use super::parts::{Book, incident_record, report_record, timeline};
use crate::{
    auth::{Session, scope},
    exchange::forms::record::{
        CauseLink, CauseRecord, DueChangeRecord, EffectivenessRecord, EvidenceRecord, IssueRecord, ItemLink,
        ItemRecord, Record, SCHEMA, VERSION,
    },
    platform::error::Error,
};

/// A report that may be seen. What stands in it of other reports is only what may be seen too.
pub async fn record(session: &Session, db: &impl ConnectionTrait, row: &report::Model) -> Result<Record, Error> {
    let incident = incident::Entity::find_by_id(row.incident_id)
        .one(db)
        .await?
        .ok_or_else(|| Error::internal(format!("{} has no incident", row.key)))?;
    let rows = Rows::gather(session, db, row).await?;
    let book = Book::gather(db, row, &incident, &rows).await?;
    Ok(Record {
        schema: SCHEMA.to_owned(),
        version: VERSION,
        incident: incident_record(db, &incident, &book).await?,
        report: report_record(db, row, &rows, &book).await?,
        timeline: timeline(db, row.id).await?,
        root_causes: rows.causes.iter().map(|cause| rows.cause(cause, &book)).collect(),
        recommendations: rows.items.iter().map(|item| rows.item(item, &book)).collect(),
    })
}

/// What stands under a report, and what that leads to in other reports.
pub(super) struct Rows {
    pub(super) participants: Vec<report_participant::Model>,
    pub(super) approvals: Vec<report_approval::Model>,
    pub(super) causes: Vec<root_cause::Model>,
    pub(super) items: Vec<recommendation::Model>,
    links: Vec<recommendation_root_cause::Model>,
    labels: Vec<recommendation_label::Model>,
    evidence: Vec<evidence::Model>,
    moves: Vec<due_change::Model>,
    reviews: Vec<effectiveness_review::Model>,
    issues: Vec<(tracker_link::Model, Option<tracker_connection::Model>)>,
    other_causes: Vec<root_cause::Model>,
    other_items: Vec<recommendation::Model>,
    reports: HashMap<ReportId, String>,
}

impl Rows {
    async fn gather(session: &Session, db: &impl ConnectionTrait, row: &report::Model) -> Result<Self, Error> {
        let causes = root_cause::Entity::find()
            .filter(root_cause::Column::ReportId.eq(row.id))
            .order_by_asc(root_cause::Column::CreatedAt)
            .order_by_asc(root_cause::Column::Id)
            .all(db)
            .await?;
        let items = recommendation::Entity::find()
            .filter(recommendation::Column::ReportId.eq(row.id))
            .order_by_asc(recommendation::Column::CreatedAt)
            .order_by_asc(recommendation::Column::Id)
            .all(db)
            .await?;
        let (cause_ids, item_ids) = (
            causes.iter().map(|cause| cause.id).collect::<Vec<RootCauseId>>(),
            items.iter().map(|item| item.id).collect::<Vec<RecommendationId>>(),
        );
        let of_items = || item_ids.iter().copied();
        let of_causes = || cause_ids.iter().copied();
        use recommendation_root_cause::Column as Link;
        let links = recommendation_root_cause::Entity::find()
            .filter(
                Link::RecommendationId
                    .is_in(of_items())
                    .or(Link::RootCauseId.is_in(of_causes())),
            )
            .order_by_asc(Link::RootCauseId)
            .order_by_asc(Link::RecommendationId)
            .all(db)
            .await?;
        let elsewhere = links.iter().map(|link| link.root_cause_id);
        let first = causes.iter().filter_map(|cause| cause.recurrence_of_id);
        let other_causes = scope::root_causes(&session.viewer)
            .filter(root_cause::Column::ReportId.ne(row.id))
            .filter(
                root_cause::Column::Id
                    .is_in(elsewhere.chain(first).collect::<HashSet<_>>())
                    .or(root_cause::Column::RecurrenceOfId.is_in(of_causes())),
            )
            .order_by_asc(root_cause::Column::Id)
            .all(db)
            .await?;
        let other_items = scope::recommendations(&session.viewer)
            .filter(recommendation::Column::ReportId.ne(row.id))
            .filter(recommendation::Column::Id.is_in(links.iter().map(|link| link.recommendation_id)))
            .order_by_asc(recommendation::Column::Id)
            .all(db)
            .await?;
        session.note_shown::<root_cause::Entity>(other_causes.iter());
        session.note_shown::<recommendation::Entity>(other_items.iter());
        let reports = report::Entity::find()
            .filter(report::Column::Id.is_in(other_causes.iter().map(|cause| cause.report_id)))
            .all(db)
            .await?;
        let mut reports: HashMap<ReportId, String> = reports.into_iter().map(|row| (row.id, row.key)).collect();
        reports.insert(row.id, row.key.clone());
        Ok(Self {
            participants: report_participant::Entity::find()
                .filter(report_participant::Column::ReportId.eq(row.id))
                .all(db)
                .await?,
            approvals: report_approval::Entity::find()
                .filter(report_approval::Column::ReportId.eq(row.id))
                .order_by_asc(report_approval::Column::DecidedAt)
                .all(db)
                .await?,
            labels: recommendation_label::Entity::find()
                .filter(recommendation_label::Column::RecommendationId.is_in(of_items()))
                .all(db)
                .await?,
            evidence: evidence::Entity::find()
                .filter(evidence::Column::RecommendationId.is_in(of_items()))
                .order_by_asc(evidence::Column::Id)
                .all(db)
                .await?,
            moves: due_change::Entity::find()
                .filter(due_change::Column::RecommendationId.is_in(of_items()))
                .order_by_asc(due_change::Column::ChangedAt)
                .order_by_asc(due_change::Column::Id)
                .all(db)
                .await?,
            reviews: effectiveness_review::Entity::find()
                .filter(effectiveness_review::Column::RecommendationId.is_in(of_items()))
                .order_by_asc(effectiveness_review::Column::DueOn)
                .order_by_asc(effectiveness_review::Column::Id)
                .all(db)
                .await?,
            issues: issues(db, &item_ids).await?,
            causes,
            items,
            links,
            other_causes,
            other_items,
            reports,
        })
    }

    pub(super) fn people(&self) -> impl Iterator<Item = UserId> + '_ {
        let items = self
            .items
            .iter()
            .flat_map(|item| [item.owner_id, item.verified_by_id, item.created_by_id]);
        let participants = self.participants.iter().map(|part| Some(part.user_id));
        let approvals = self.approvals.iter().map(|approval| Some(approval.user_id));
        let causes = self.causes.iter().map(|cause| cause.created_by_id);
        let evidence = self.evidence.iter().map(|one| one.added_by_id);
        let moves = self.moves.iter().map(|one| one.changed_by_id);
        let reviews = self.reviews.iter().map(|one| one.reviewed_by_id);
        let all = items.chain(participants).chain(approvals).chain(causes);
        all.chain(evidence).chain(moves).chain(reviews).flatten()
    }

    fn link(&self, cause: &root_cause::Model) -> CauseLink {
        CauseLink {
            id: cause.id,
            report: self.reports.get(&cause.report_id).cloned().unwrap_or_default(),
            title: cause.title.clone(),
        }
    }

    fn all_causes(&self) -> impl Iterator<Item = &root_cause::Model> {
        self.causes.iter().chain(&self.other_causes)
    }

    fn cause(&self, cause: &root_cause::Model, book: &Book) -> CauseRecord {
        let treats = |item: &&recommendation::Model| {
            self.links
                .iter()
                .any(|link| link.root_cause_id == cause.id && link.recommendation_id == item.id)
        };
        CauseRecord {
            id: cause.id,
            title: cause.title.clone(),
            description: cause.description.clone(),
            role: cause.role,
            category: cause.category_id.and_then(|id| book.categories.get(&id).cloned()),
            parent: cause.parent_id,
            no_action_reason: cause.no_action_reason.clone(),
            recurrence_of: cause
                .recurrence_of_id
                .and_then(|id| self.all_causes().find(|other| other.id == id))
                .map(|first| self.link(first)),
            recurrences: self
                .other_causes
                .iter()
                .filter(|later| later.recurrence_of_id == Some(cause.id))
                .map(|later| self.link(later))
                .collect(),
            treated_elsewhere: self
                .other_items
                .iter()
                .filter(treats)
                .map(|item| ItemLink {
                    id: item.id,
                    key: item.key.clone(),
                    title: item.title.clone(),
                })
                .collect(),
            created_by: book.person(cause.created_by_id),
            created_at: cause.created_at,
            updated_at: cause.updated_at,
        }
    }

    fn item(&self, item: &recommendation::Model, book: &Book) -> ItemRecord {
        ItemRecord {
            id: item.id,
            key: item.key.clone(),
            title: item.title.clone(),
            description: item.description.clone(),
            status: item.status,
            kind: item.kind,
            strength: item.strength,
            priority: item.priority,
            owner: book.person(item.owner_id),
            team: book.team(item.team_id),
            due_on: item.due_on,
            original_due_on: item.original_due_on,
            due_moves: item.due_moves,
            acceptance_criterion: item.acceptance_criterion.clone(),
            labels: {
                // Each database sorts text in its own way.
                let own = self.labels.iter().filter(|label| label.recommendation_id == item.id);
                let mut labels: Vec<String> = own.map(|label| label.label.clone()).collect();
                labels.sort();
                labels
            },
            treats: self
                .links
                .iter()
                .filter(|link| link.recommendation_id == item.id)
                .filter_map(|link| self.all_causes().find(|cause| cause.id == link.root_cause_id))
                .map(|cause| self.link(cause))
                .collect(),
            evidence: self
                .evidence
                .iter()
                .filter(|one| one.recommendation_id == item.id)
                .map(|one| EvidenceRecord {
                    url: one.url.clone(),
                    note: one.note.clone(),
                    added_by: book.person(one.added_by_id),
                    added_at: one.added_at,
                })
                .collect(),
            due_changes: self
                .moves
                .iter()
                .filter(|one| one.recommendation_id == item.id)
                .map(|one| DueChangeRecord {
                    from_on: one.from_on,
                    to_on: one.to_on,
                    reason: one.reason.clone(),
                    changed_by: book.person(one.changed_by_id),
                    changed_at: one.changed_at,
                })
                .collect(),
            effectiveness_reviews: self
                .reviews
                .iter()
                .filter(|one| one.recommendation_id == item.id)
                .map(|one| EffectivenessRecord {
                    due_on: one.due_on,
                    outcome: one.outcome,
                    note: one.note.clone(),
                    reviewed_by: book.person(one.reviewed_by_id),
                    reviewed_at: one.reviewed_at,
                })
                .collect(),
            issues: self
                .issues
                .iter()
                .filter(|(link, _)| link.recommendation_id == item.id)
                .map(|(link, connection)| IssueRecord {
                    tracker: connection.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
                    key: link.external_key.clone(),
                    url: link.url.clone(),
                })
                .collect(),
            blocked_reason: item.blocked_reason.clone(),
            accepted_at: item.accepted_at,
            implemented_at: item.implemented_at,
            completed_at: item.completed_at,
            verified_at: item.verified_at,
            verified_by: book.person(item.verified_by_id),
            closure_reason: item.closure_reason,
            closure_note: item.closure_note.clone(),
            risk_accepted_until: item.risk_accepted_until,
            created_by: book.person(item.created_by_id),
            created_at: item.created_at,
            updated_at: item.updated_at,
        }
    }
}

/// Issues that exist and are kept in step.
async fn issues(
    db: &impl ConnectionTrait,
    items: &[RecommendationId],
) -> Result<Vec<(tracker_link::Model, Option<tracker_connection::Model>)>, Error> {
    let links = tracker_link::Entity::find()
        .filter(tracker_link::Column::RecommendationId.is_in(items.iter().copied()))
        .filter(tracker_link::Column::Url.is_not_null())
        .filter(tracker_link::Column::State.ne(SyncState::Unlinked))
        .order_by_asc(tracker_link::Column::Id)
        .all(db)
        .await?;
    let connections = tracker_connection::Entity::find()
        .filter(tracker_connection::Column::Id.is_in(links.iter().map(|link| link.connection_id)))
        .all(db)
        .await?;
    let of = |link: tracker_link::Model| {
        let connection = connections.iter().find(|one| one.id == link.connection_id).cloned();
        (link, connection)
    };
    Ok(links.into_iter().map(of).collect())
}
