//! Policies by id, and what they ask for.

use entity::{due_policy, due_policy_severity, due_policy_team, ids::DuePolicyId};
use sea_orm::{EntityTrait, QueryOrder, Select};

use crate::{
    auth::{Session, Viewer, scope},
    graphql::loaders::{Row, ShortList},
};

impl Row for DuePolicyId {
    type Entity = due_policy::Entity;
    fn id_column() -> due_policy::Column {
        due_policy::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<due_policy::Entity> {
        scope::due_policies(viewer)
    }
}

/// The severities that a policy is for.
pub struct SeveritiesOfPolicy;

impl ShortList for SeveritiesOfPolicy {
    type Entity = due_policy_severity::Entity;
    fn parent_column() -> due_policy_severity::Column {
        due_policy_severity::Column::PolicyId
    }
    fn select(_: &Session) -> Select<due_policy_severity::Entity> {
        due_policy_severity::Entity::find().order_by_asc(due_policy_severity::Column::Severity)
    }
}

/// The teams that a policy is for.
pub struct TeamsOfPolicy;

impl ShortList for TeamsOfPolicy {
    type Entity = due_policy_team::Entity;
    fn parent_column() -> due_policy_team::Column {
        due_policy_team::Column::PolicyId
    }
    fn select(_: &Session) -> Select<due_policy_team::Entity> {
        due_policy_team::Entity::find().order_by_asc(due_policy_team::Column::TeamId)
    }
}
