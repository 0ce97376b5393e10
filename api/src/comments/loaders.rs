//! Comments by id, and those on a subject.

use entity::{comment, ids::CommentId, recommendation, report};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Children, Row},
    platform::{
        error::Error,
        page::{Child, Order},
        sql,
    },
};

fn visible(viewer: &Viewer) -> Select<comment::Entity> {
    let reports = scope::only_id(scope::reports(viewer), report::Column::Id);
    let items = scope::only_id(scope::recommendations(viewer), recommendation::Column::Id);
    comment::Entity::find().filter(
        Condition::any()
            .add(sql::among(comment::Column::ReportId, reports))
            .add(sql::among(comment::Column::RecommendationId, items)),
    )
}

impl Row for CommentId {
    type Entity = comment::Entity;
    fn id_column() -> comment::Column {
        comment::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<comment::Entity> {
        visible(viewer)
    }
}

/// In order of time.
pub fn order() -> Order<comment::Entity> {
    Order::new(comment::Column::CreatedAt, comment::Column::Id, false)
}

macro_rules! comments_of {
    ($(#[$doc:meta])* $name:ident, $column:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name;

        impl Children for $name {
            type Entity = comment::Entity;
            fn child(&self, session: &Session) -> Result<Child<comment::Entity>, Error> {
                let parent = comment::Column::$column.as_column_ref().into();
                Ok(Child { select: visible(&session.viewer), parent, order: order() })
            }
        }
    };
}
comments_of!(/// Comments on a report.
    CommentsOfReport, ReportId);
comments_of!(/// Comments on a recommendation.
    CommentsOfRecommendation, RecommendationId);
