//! Recommendations by id, and the lists they stand in.

use entity::{
    due_change, effectiveness_review, evidence, ids::RecommendationId, recommendation, recommendation_label,
    recommendation_root_cause,
};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, IntoColumnRef},
};

use super::queries::{RecommendationFilter, RecommendationOrder, order};
use crate::{
    auth::{Session, Viewer, scope},
    graphql::{
        filters::FilterEnv,
        keyed::Keyed,
        loaders::{Children, Row, ShortList},
    },
    platform::{error::Error, keys, page::Child, sql},
};

impl Row for RecommendationId {
    type Entity = recommendation::Entity;
    fn id_column() -> recommendation::Column {
        recommendation::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<recommendation::Entity> {
        scope::recommendations(viewer)
    }
}

impl Keyed for RecommendationId {
    fn text_column() -> recommendation::Column {
        recommendation::Column::Key
    }
    fn stored(text: &str) -> String {
        keys::normalise(text)
    }
}

fn listed(session: &Session, filter: Option<&RecommendationFilter>) -> Result<Select<recommendation::Entity>, Error> {
    Ok(scope::recommendations(&session.viewer).filter(FilterEnv::new(session).all_of(filter)?))
}

/// The recommendations first made in a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RecommendationsOfReport {
    /// Which of them.
    pub filter: Option<RecommendationFilter>,
    /// In which order.
    pub order_by: Option<RecommendationOrder>,
}

impl Children for RecommendationsOfReport {
    type Entity = recommendation::Entity;
    fn child(&self, session: &Session) -> Result<Child<recommendation::Entity>, Error> {
        Ok(Child {
            select: listed(session, self.filter.as_ref())?,
            parent: recommendation::Column::ReportId.as_column_ref().into(),
            order: order(self.order_by),
        })
    }
}

/// The recommendations that treat a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RecommendationsOnCause {
    /// Which of them.
    pub filter: Option<RecommendationFilter>,
    /// In which order.
    pub order_by: Option<RecommendationOrder>,
}

impl Children for RecommendationsOnCause {
    type Entity = recommendation::Entity;
    fn child(&self, session: &Session) -> Result<Child<recommendation::Entity>, Error> {
        use recommendation_root_cause::{Column as Link, Entity as Links};
        let on = Expr::col((Links, Link::RecommendationId))
            .eq(Expr::col((recommendation::Entity, recommendation::Column::Id)));
        let mut select = listed(session, self.filter.as_ref())?;
        QuerySelect::query(&mut select).join(JoinType::InnerJoin, Links, on);
        Ok(Child {
            select,
            parent: (Links, Link::RootCauseId).into_column_ref(),
            order: order(self.order_by),
        })
    }
}

/// The labels of a recommendation.
pub struct Labels;

impl ShortList for Labels {
    type Entity = recommendation_label::Entity;
    fn parent_column() -> recommendation_label::Column {
        recommendation_label::Column::RecommendationId
    }
    fn select(session: &Session) -> Select<recommendation_label::Entity> {
        recommendation_label::Entity::find()
            .order_by_asc(sql::in_bytes(recommendation_label::Column::Label, &session.db))
    }
}

macro_rules! short_list {
    ($(#[$doc:meta])* $name:ident, $table:ident, $($order:ident),+) => {
        $(#[$doc])*
        pub struct $name;

        impl ShortList for $name {
            type Entity = $table::Entity;
            fn parent_column() -> $table::Column {
                $table::Column::RecommendationId
            }
            fn select(_: &Session) -> Select<$table::Entity> {
                $table::Entity::find()$(.order_by_asc($table::Column::$order))+
            }
        }
    };
}
short_list!(/// The moves of a due date, in order of time.
    DueChanges, due_change, ChangedAt, Id);
short_list!(/// The evidence of a recommendation, in order of time.
    EvidenceOf, evidence, AddedAt, Id);
short_list!(/// The effectiveness reviews of a recommendation, planned and held.
    EffectivenessReviews, effectiveness_review, DueOn, Id);
