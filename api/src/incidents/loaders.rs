//! Incidents by id, their services and their names elsewhere.

use entity::{ids::IncidentId, incident, incident_external_ref, incident_service, service};
use sea_orm::{
    EntityTrait, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, IntoColumnRef, JoinType},
};

use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Children, Row, ShortList},
    people::graphql::service_order,
    platform::{error::Error, page::Child},
};

impl Row for IncidentId {
    type Entity = incident::Entity;
    fn id_column() -> incident::Column {
        incident::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<incident::Entity> {
        scope::incidents(viewer)
    }
}

/// What other systems call an incident.
pub struct ExternalRefs;

impl ShortList for ExternalRefs {
    type Entity = incident_external_ref::Entity;
    fn parent_column() -> incident_external_ref::Column {
        incident_external_ref::Column::IncidentId
    }
    fn select(_: &Session) -> Select<incident_external_ref::Entity> {
        incident_external_ref::Entity::find()
            .order_by_asc(incident_external_ref::Column::System)
            .order_by_asc(incident_external_ref::Column::ExternalId)
    }
}

/// The services an incident hit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServicesOfIncident;

impl Children for ServicesOfIncident {
    type Entity = service::Entity;
    fn child(&self, session: &Session) -> Result<Child<service::Entity>, Error> {
        let on = Expr::col((incident_service::Entity, incident_service::Column::ServiceId))
            .eq(service::Column::Id.into_simple_expr());
        let mut select = service::Entity::find().filter(scope::open(&session.viewer));
        QuerySelect::query(&mut select).join(JoinType::InnerJoin, incident_service::Entity, on);
        Ok(Child {
            select,
            parent: (incident_service::Entity, incident_service::Column::IncidentId).into_column_ref(),
            order: service_order(),
        })
    }
}
