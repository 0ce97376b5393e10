//! Calendar feeds by id.

use entity::{calendar_feed, ids::CalendarFeedId};
use sea_orm::Select;

use crate::{
    auth::{Viewer, scope},
    graphql::loaders::Row,
};

impl Row for CalendarFeedId {
    type Entity = calendar_feed::Entity;
    fn id_column() -> calendar_feed::Column {
        calendar_feed::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<calendar_feed::Entity> {
        scope::calendar_feeds(viewer)
    }
}
