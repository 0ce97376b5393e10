//! A person: somebody who signs in, owns work or took part in an incident.

use sea_orm::entity::prelude::*;

use crate::{enums::Role, ids::UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Unique in lower case: the address people are found by.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// False: may not sign in and can be given no new work; history keeps the name.
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Counts updates; the optimistic lock.
    pub version: i64,
    /// When it was begun to take name and address away for good; none of most. The address goes last: it tells whether it is done.
    pub anonymized_at: Option<DateTimeUtc>,
}

crate::read_at::read_at!(
    id,
    email,
    name,
    role,
    is_active,
    created_at,
    updated_at,
    version,
    anonymized_at
);

/// Joins are written where they are made; see `platform::sql` in the api crate.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
