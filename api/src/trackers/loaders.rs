//! Connections and links by id, and the links of a recommendation.

use entity::{
    ids::{TrackerConnectionId, TrackerLinkId},
    tracker_connection, tracker_link,
};
use sea_orm::{QueryOrder, Select};

use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Row, ShortList},
};

impl Row for TrackerConnectionId {
    type Entity = tracker_connection::Entity;
    fn id_column() -> tracker_connection::Column {
        tracker_connection::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<tracker_connection::Entity> {
        scope::tracker_connections(viewer)
    }
}

impl Row for TrackerLinkId {
    type Entity = tracker_link::Entity;
    fn id_column() -> tracker_link::Column {
        tracker_link::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<tracker_link::Entity> {
        scope::tracker_links(viewer)
    }
}

/// The links of a recommendation, the first one first.
pub struct LinksOfRecommendation;

impl ShortList for LinksOfRecommendation {
    type Entity = tracker_link::Entity;
    fn parent_column() -> tracker_link::Column {
        tracker_link::Column::RecommendationId
    }
    fn select(session: &Session) -> Select<tracker_link::Entity> {
        scope::tracker_links(&session.viewer)
            .order_by_asc(tracker_link::Column::CreatedAt)
            .order_by_asc(tracker_link::Column::Id)
    }
}
