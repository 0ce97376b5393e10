//! Incidents by id, their services and their names elsewhere.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{ids::IncidentId, incident, incident_external_ref, incident_service, service};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, IntoColumnRef, JoinType},
};

use crate::{
    auth::{Reads, Session, Viewer, scope},
    graphql::{
        keyed::Keyed,
        loaders::{Children, Row, ShortList},
    },
    people::graphql::service_order,
    platform::{error::Error, keys, page::Child, sql},
    policies::queries::requires_report,
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

impl Keyed for IncidentId {
    fn text_column() -> incident::Column {
        incident::Column::Key
    }
    fn stored(text: &str) -> String {
        keys::normalise(text)
    }
}

/// What other systems call an incident.
pub struct ExternalRefs;

impl ShortList for ExternalRefs {
    type Entity = incident_external_ref::Entity;
    fn parent_column() -> incident_external_ref::Column {
        incident_external_ref::Column::IncidentId
    }
    fn select(session: &Session) -> Select<incident_external_ref::Entity> {
        let in_bytes = |column: incident_external_ref::Column| sql::in_bytes(column, &session.db);
        incident_external_ref::Entity::find()
            .order_by_asc(in_bytes(incident_external_ref::Column::System))
            .order_by_asc(in_bytes(incident_external_ref::Column::ExternalId))
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

/// Asks whether the due policies in force require a report on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequiresReport(pub IncidentId);

impl Loader<RequiresReport> for Reads {
    type Value = bool;
    type Error = Error;

    async fn load(&self, keys: &[RequiresReport]) -> Result<HashMap<RequiresReport, bool>, Error> {
        use incident::Column as C;
        let required: Vec<IncidentId> = scope::incidents(&self.0.viewer)
            .filter(C::Id.is_in(keys.iter().map(|key| key.0)))
            .filter(requires_report(C::Severity, C::TeamId))
            .select_only()
            .column(C::Id)
            .into_tuple()
            .all(&self.0.db)
            .await?;
        Ok(keys.iter().map(|key| (*key, required.contains(&key.0))).collect())
    }
}
