//! Root causes by id, the lists around them, and what is computed for many of them at once.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{enums::RecommendationStatus, ids::RootCauseId, recommendation, recommendation_root_cause, root_cause};
use sea_orm::{
    ColumnTrait, Condition, JoinType, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, IntoColumnRef},
};

use super::{
    model::RecurrenceKind,
    queries::{order_added, recurrence},
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

impl Loader<RecurrenceOf> for Reads {
    type Value = RecurrenceKind;
    type Error = Error;

    async fn load(&self, keys: &[RecurrenceOf]) -> Result<HashMap<RecurrenceOf, RecurrenceKind>, Error> {
        let asked = Condition::all().add(root_cause::Column::Id.is_in(keys.iter().map(|key| key.0)));
        let kinds = recurrence::kinds(&self.0, asked).await?;
        Ok(kinds
            .into_iter()
            .map(|(cause, kind)| (RecurrenceOf(cause), kind))
            .collect())
    }
}
