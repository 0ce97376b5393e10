//! The teams a due policy is for; no rows: any, and none.

use sea_orm::entity::prelude::*;

use crate::ids::{DuePolicyId, TeamId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "due_policy_team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: DuePolicyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: TeamId,
}

crate::read_at::read_at!(policy_id, team_id);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
