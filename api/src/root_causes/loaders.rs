//! Root causes by id, the lists around them, and what is computed for many of them at once.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use entity::{
    enums::RecommendationStatus,
    ids::{RecommendationId, RootCauseId},
    incident, recommendation, recommendation_root_cause, recommendation_version, report, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, IntoColumnRef},
};

use super::{
    model::{RecurrenceKind, recurrence_kind},
    queries::order_added,
};
use crate::{
    auth::{Reads, Session, Viewer, scope},
    graphql::loaders::{Children, Row, ShortList},
    platform::{error::Error, page::Child},
};

impl Row for RootCauseId {
    type Entity = root_cause::Entity;
    fn id_column() -> root_cause::Column {
        root_cause::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<root_cause::Entity> {
        scope::root_causes(viewer)
    }
}

/// The causes of a report.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CausesOfReport;

impl Children for CausesOfReport {
    type Entity = root_cause::Entity;
    fn child(&self, session: &Session) -> Result<Child<root_cause::Entity>, Error> {
        Ok(Child {
            select: scope::root_causes(&session.viewer),
            parent: root_cause::Column::ReportId.as_column_ref().into(),
            order: order_added(),
        })
    }
}

/// The causes that a recommendation treats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CausesOfRecommendation;

impl Children for CausesOfRecommendation {
    type Entity = root_cause::Entity;
    fn child(&self, session: &Session) -> Result<Child<root_cause::Entity>, Error> {
        use recommendation_root_cause::{Column as Link, Entity as Links};
        let on = Expr::col((Links, Link::RootCauseId)).eq(Expr::col((root_cause::Entity, root_cause::Column::Id)));
        let mut select = scope::root_causes(&session.viewer);
        QuerySelect::query(&mut select).join(JoinType::InnerJoin, Links, on);
        Ok(Child {
            select,
            parent: (Links, Link::RecommendationId).into_column_ref(),
            order: order_added(),
        })
    }
}

/// The later occurrences of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecurrencesOfCause;

impl Children for RecurrencesOfCause {
    type Entity = root_cause::Entity;
    fn child(&self, session: &Session) -> Result<Child<root_cause::Entity>, Error> {
        Ok(Child {
            select: scope::root_causes(&session.viewer),
            parent: root_cause::Column::RecurrenceOfId.as_column_ref().into(),
            order: order_added(),
        })
    }
}

/// The causes that explain a cause.
pub struct ChildrenOfCause;

impl ShortList for ChildrenOfCause {
    type Entity = root_cause::Entity;
    fn parent_column() -> root_cause::Column {
        root_cause::Column::ParentId
    }
    fn select(session: &Session) -> Select<root_cause::Entity> {
        scope::root_causes(&session.viewer)
            .order_by_asc(root_cause::Column::CreatedAt)
            .order_by_asc(root_cause::Column::Id)
    }
}

/// Asks for the statuses of the recommendations on a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusesOn(pub RootCauseId);

impl Loader<StatusesOn> for Reads {
    type Value = Vec<RecommendationStatus>;
    type Error = Error;

    async fn load(&self, keys: &[StatusesOn]) -> Result<HashMap<StatusesOn, Self::Value>, Error> {
        use recommendation_root_cause::{Column as Link, Entity as Links};
        let on = Expr::col((Links, Link::RecommendationId))
            .eq(Expr::col((recommendation::Entity, recommendation::Column::Id)));
        let mut select = scope::recommendations(&self.0.viewer)
            .select_only()
            .column(Link::RootCauseId)
            .column(recommendation::Column::Status)
            .filter(Link::RootCauseId.is_in(keys.iter().map(|key| key.0)))
            .distinct();
        QuerySelect::query(&mut select).join(JoinType::InnerJoin, Links, on);
        let rows: Vec<(RootCauseId, RecommendationStatus)> = select.into_tuple().all(&self.0.db).await?;
        let mut statuses: HashMap<StatusesOn, Self::Value> = HashMap::with_capacity(keys.len());
        for (cause, status) in rows {
            statuses.entry(StatusesOn(cause)).or_default().push(status);
        }
        Ok(statuses)
    }
}

/// Asks how a recurrence stands to the earlier work. Absent for a first occurrence, and for a recurrence of what the viewer
/// may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecurrenceOf(pub RootCauseId);

/// One occurrence of a cause in a chain of recurrences.
struct Occurrence {
    cause: RootCauseId,
    first: Option<RootCauseId>,
    started_at: DateTime<Utc>,
}

impl Loader<RecurrenceOf> for Reads {
    type Value = RecurrenceKind;
    type Error = Error;

    async fn load(&self, keys: &[RecurrenceOf]) -> Result<HashMap<RecurrenceOf, RecurrenceKind>, Error> {
        let asked = self
            .occurrences(Condition::all().add(root_cause::Column::Id.is_in(keys.iter().map(|key| key.0))))
            .await?;
        let firsts: Vec<RootCauseId> = asked.iter().filter_map(|occurrence| occurrence.first).collect();
        let of_chain = Condition::any()
            .add(root_cause::Column::Id.is_in(firsts.clone()))
            .add(root_cause::Column::RecurrenceOfId.is_in(firsts));
        let chain = self.occurrences(of_chain).await?;
        let work = self.work_on(chain.iter().map(|occurrence| occurrence.cause)).await?;
        let mut kinds = HashMap::with_capacity(asked.len());
        for occurrence in &asked {
            let Some(first) = occurrence.first else { continue };
            if !chain.iter().any(|other| other.cause == first) {
                continue;
            }
            let earlier = chain.iter().filter(|other| {
                (other.cause == first || other.first == Some(first)) && other.started_at < occurrence.started_at
            });
            let then: Vec<RecommendationStatus> = earlier
                .flat_map(|other| work.statuses(other.cause, occurrence.started_at))
                .collect();
            kinds.insert(RecurrenceOf(occurrence.cause), recurrence_kind(&then));
        }
        Ok(kinds)
    }
}

/// The recommendations on some causes, with their history.
struct Work {
    links: Vec<recommendation_root_cause::Model>,
    versions: HashMap<RecommendationId, Vec<recommendation_version::Model>>,
}

impl Work {
    /// What the recommendations that treated `cause` at `at` were then.
    fn statuses(&self, cause: RootCauseId, at: DateTime<Utc>) -> impl Iterator<Item = RecommendationStatus> {
        self.links
            .iter()
            .filter(move |link| link.root_cause_id == cause && link.created_at <= at)
            .filter_map(|link| self.versions.get(&link.recommendation_id))
            .filter_map(move |versions| {
                versions
                    .iter()
                    .find(|row| row.valid_from <= at && row.valid_to.is_none_or(|to| at < to))
            })
            .map(|row| row.status)
    }
}

impl Reads {
    async fn occurrences(&self, condition: Condition) -> Result<Vec<Occurrence>, Error> {
        let of_report = Expr::col((root_cause::Entity, root_cause::Column::ReportId))
            .eq(Expr::col((report::Entity, report::Column::Id)));
        let of_incident = Expr::col((report::Entity, report::Column::IncidentId))
            .eq(Expr::col((incident::Entity, incident::Column::Id)));
        let mut select = scope::root_causes(&self.0.viewer)
            .select_only()
            .column(root_cause::Column::Id)
            .column(root_cause::Column::RecurrenceOfId)
            .column(incident::Column::StartedAt)
            .filter(condition);
        QuerySelect::query(&mut select)
            .join(JoinType::InnerJoin, report::Entity, of_report)
            .join(JoinType::InnerJoin, incident::Entity, of_incident);
        let rows: Vec<(RootCauseId, Option<RootCauseId>, DateTime<Utc>)> = select.into_tuple().all(&self.0.db).await?;
        Ok(rows
            .into_iter()
            .map(|(cause, first, started_at)| Occurrence {
                cause,
                first,
                started_at,
            })
            .collect())
    }

    async fn work_on(&self, causes: impl Iterator<Item = RootCauseId>) -> Result<Work, Error> {
        let links = recommendation_root_cause::Entity::find()
            .filter(recommendation_root_cause::Column::RootCauseId.is_in(causes))
            .filter(scope::treatments(&self.0.viewer))
            .all(&self.0.db)
            .await?;
        let rows = recommendation_version::Entity::find()
            .filter(
                recommendation_version::Column::RecommendationId.is_in(links.iter().map(|link| link.recommendation_id)),
            )
            .all(&self.0.db)
            .await?;
        let mut versions: HashMap<RecommendationId, Vec<recommendation_version::Model>> = HashMap::new();
        for row in rows {
            versions.entry(row.recommendation_id).or_default().push(row);
        }
        Ok(Work { links, versions })
    }
}
