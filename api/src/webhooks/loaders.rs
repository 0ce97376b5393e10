//! Endpoints and deliveries by id, and the lists on them.

use entity::{
    enums::DeliveryStatus,
    ids::{WebhookDeliveryId, WebhookEndpointId},
    webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Select};

use super::queries::delivery_order;
use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Children, Row, ShortList},
    platform::{error::Error, page::Child},
};

impl Row for WebhookEndpointId {
    type Entity = webhook_endpoint::Entity;
    fn id_column() -> webhook_endpoint::Column {
        webhook_endpoint::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<webhook_endpoint::Entity> {
        scope::webhook_endpoints(viewer)
    }
}

impl Row for WebhookDeliveryId {
    type Entity = webhook_delivery::Entity;
    fn id_column() -> webhook_delivery::Column {
        webhook_delivery::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<webhook_delivery::Entity> {
        scope::webhook_deliveries(viewer)
    }
}

/// The deliveries of an endpoint, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveriesOfEndpoint {
    /// Only those that stand so.
    pub status: Option<DeliveryStatus>,
}

impl Children for DeliveriesOfEndpoint {
    type Entity = webhook_delivery::Entity;
    fn child(&self, session: &Session) -> Result<Child<webhook_delivery::Entity>, Error> {
        let mut select = scope::webhook_deliveries(&session.viewer);
        if let Some(status) = self.status {
            select = select.filter(webhook_delivery::Column::Status.eq(status));
        }
        Ok(Child {
            select,
            parent: webhook_delivery::Column::EndpointId.as_column_ref().into(),
            order: delivery_order(),
        })
    }
}

/// The attempts of a delivery, the first one first.
pub struct AttemptsOfDelivery;

impl ShortList for AttemptsOfDelivery {
    type Entity = webhook_attempt::Entity;
    fn parent_column() -> webhook_attempt::Column {
        webhook_attempt::Column::DeliveryId
    }
    fn select(session: &Session) -> Select<webhook_attempt::Entity> {
        scope::webhook_attempts(&session.viewer)
            .order_by_asc(webhook_attempt::Column::At)
            .order_by_asc(webhook_attempt::Column::Id)
    }
}
