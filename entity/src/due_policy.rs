//! One rule of an ordered list: by when something is due. A row is never changed; another list closes it.

use sea_orm::entity::prelude::*;

use crate::{enums::PolicyTarget, ids::DuePolicyId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "due_policy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DuePolicyId,
    /// The version of the list it stands in.
    pub set_number: i64,
    /// Its place in that list, from 1.
    pub position: i64,
    pub name: String,
    pub applies_to: PolicyTarget,
    pub due_in_days: i64,
    pub business_days: bool,
    /// A JSON list of numbers, the smallest first.
    pub remind_days_before: Json,
    /// A JSON list of numbers, the smallest first.
    pub escalate_days_after: Json,
    /// A JSON list of `Priority`; empty: any.
    pub priorities: Json,
    /// A JSON list of `RecommendationKind`; empty: any.
    pub kinds: Json,
    pub valid_from: DateTimeUtc,
    /// None while it is in force.
    pub valid_to: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    id,
    set_number,
    position,
    name,
    applies_to,
    due_in_days,
    business_days,
    remind_days_before,
    escalate_days_after,
    priorities,
    kinds,
    valid_from,
    valid_to,
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
