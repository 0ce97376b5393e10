//! Reports by id, what stands under them, and what is computed for many of them at once.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::{
    ids::{ReportId, TimelineEventId},
    report, report_approval, report_label, report_participant, report_revision, timeline_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::{
    model::{
        document::Document,
        findings::{Finding, findings},
    },
    queries::{documents::documents, facts::facts, filter::order},
};
use crate::{
    auth::{Reads, Session, Viewer, scope},
    graphql::{
        keyed::Keyed,
        loaders::{Children, Row, ShortList},
    },
    platform::{
        error::Error,
        keys,
        page::{Child, Order},
        sql,
    },
};

impl Row for ReportId {
    type Entity = report::Entity;
    fn id_column() -> report::Column {
        report::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<report::Entity> {
        scope::reports(viewer)
    }
}

impl Keyed for ReportId {
    fn text_column() -> report::Column {
        report::Column::Key
    }
    fn stored(text: &str) -> String {
        keys::normalise(text)
    }
}

impl Row for TimelineEventId {
    type Entity = timeline_event::Entity;
    fn id_column() -> timeline_event::Column {
        timeline_event::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<timeline_event::Entity> {
        scope::timeline_events(viewer)
    }
}

/// The reports on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReportsOfIncident;

impl Children for ReportsOfIncident {
    type Entity = report::Entity;
    fn child(&self, session: &Session) -> Result<Child<report::Entity>, Error> {
        Ok(Child {
            select: scope::reports(&session.viewer),
            parent: report::Column::IncidentId.as_column_ref().into(),
            order: order(None),
        })
    }
}

/// The timeline of a report, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimelineOfReport;

/// In order of time.
pub fn timeline_order() -> Order<timeline_event::Entity> {
    Order::new(timeline_event::Column::OccurredAt, timeline_event::Column::Id, false)
}

impl Children for TimelineOfReport {
    type Entity = timeline_event::Entity;
    fn child(&self, session: &Session) -> Result<Child<timeline_event::Entity>, Error> {
        Ok(Child {
            select: scope::timeline_events(&session.viewer),
            parent: timeline_event::Column::ReportId.as_column_ref().into(),
            order: timeline_order(),
        })
    }
}

/// The revisions of a report, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RevisionsOfReport;

impl Children for RevisionsOfReport {
    type Entity = report_revision::Entity;
    fn child(&self, session: &Session) -> Result<Child<report_revision::Entity>, Error> {
        let visible = scope::of_visible_report(&session.viewer, report_revision::Column::ReportId);
        Ok(Child {
            select: report_revision::Entity::find().filter(visible),
            parent: report_revision::Column::ReportId.as_column_ref().into(),
            order: Order::new(report_revision::Column::Number, report_revision::Column::Id, true),
        })
    }
}

/// The labels of a report.
pub struct Labels;

impl ShortList for Labels {
    type Entity = report_label::Entity;
    fn parent_column() -> report_label::Column {
        report_label::Column::ReportId
    }
    fn select(session: &Session) -> Select<report_label::Entity> {
        report_label::Entity::find().order_by_asc(sql::in_bytes(report_label::Column::Label, &session.db))
    }
}

/// The participants of a report.
pub struct Participants;

impl ShortList for Participants {
    type Entity = report_participant::Entity;
    fn parent_column() -> report_participant::Column {
        report_participant::Column::ReportId
    }
    fn select(_: &Session) -> Select<report_participant::Entity> {
        report_participant::Entity::find()
            .order_by_asc(report_participant::Column::Role)
            .order_by_asc(report_participant::Column::UserId)
    }
}

/// The decisions on a report.
pub struct Approvals;

impl ShortList for Approvals {
    type Entity = report_approval::Entity;
    fn parent_column() -> report_approval::Column {
        report_approval::Column::ReportId
    }
    fn select(_: &Session) -> Select<report_approval::Entity> {
        report_approval::Entity::find().order_by_asc(report_approval::Column::DecidedAt)
    }
}

/// Asks for the findings of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FindingsOf(pub ReportId);

impl Loader<FindingsOf> for Reads {
    type Value = Arc<Vec<Finding>>;
    type Error = Error;

    async fn load(&self, keys: &[FindingsOf]) -> Result<HashMap<FindingsOf, Self::Value>, Error> {
        let ids: Vec<ReportId> = keys.iter().map(|key| key.0).collect();
        let facts = facts(&self.0.db, &self.0.viewer, &ids).await?;
        Ok(facts
            .into_iter()
            .map(|(id, facts)| (FindingsOf(id), Arc::new(findings(&facts))))
            .collect())
    }
}

/// Asks for a report as a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentOf(pub ReportId);

impl Loader<DocumentOf> for Reads {
    type Value = Arc<Document>;
    type Error = Error;

    async fn load(&self, keys: &[DocumentOf]) -> Result<HashMap<DocumentOf, Self::Value>, Error> {
        let rows = scope::reports(&self.0.viewer)
            .filter(report::Column::Id.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        let documents = documents(&self.0.db, &rows).await?;
        Ok(documents
            .into_iter()
            .map(|(id, document)| (DocumentOf(id), Arc::new(document)))
            .collect())
    }
}
