//! The same incident in another system; (system, external_id) is known once.

use sea_orm::entity::prelude::*;

use crate::ids::IncidentId;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_external_ref")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub system: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    pub incident_id: IncidentId,
    pub url: Option<String>,
}

crate::read_at::read_at!(system, external_id, incident_id, url);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
