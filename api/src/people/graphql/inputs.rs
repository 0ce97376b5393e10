//! What the mutations of people and places take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::{Service, ServiceEdge, Team, TeamEdge, User, UserEdge};
use crate::graphql::enums;

/// A user to add.
#[derive(InputObject)]
pub struct CreateUserInput {
    /// The e-mail address; unique, kept in lower case.
    pub(super) email: String,
    /// The name people read.
    pub(super) name: String,
    /// What they may do at large.
    pub(super) role: Option<enums::Role>,
}

/// What to change of a user. What is left out stays.
#[derive(InputObject)]
pub struct UpdateUserInput {
    /// Which user.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// A new name.
    pub(super) name: MaybeUndefined<String>,
    /// A new role.
    pub(super) role: Option<enums::Role>,
    /// False: they cannot sign in any more and are given no new work.
    pub(super) is_active: Option<bool>,
}

/// A team's member, as given.
#[derive(InputObject)]
pub struct TeamMemberInput {
    /// Who.
    pub(super) user_id: ID,
    /// Whether they lead the team.
    pub(super) is_lead: Option<bool>,
}

/// A team to add.
#[derive(InputObject)]
pub struct CreateTeamInput {
    /// The short name: lower case letters, digits and hyphens; unique.
    pub(super) slug: String,
    /// The name people read.
    pub(super) name: String,
    /// Who belongs to it.
    pub(super) members: Option<Vec<TeamMemberInput>>,
}

/// What to change of a team. What is left out stays.
#[derive(InputObject)]
pub struct UpdateTeamInput {
    /// Which team.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// A new short name.
    pub(super) slug: MaybeUndefined<String>,
    /// A new name.
    pub(super) name: MaybeUndefined<String>,
    /// The whole new membership.
    pub(super) members: MaybeUndefined<Vec<TeamMemberInput>>,
}

/// A service to add.
#[derive(InputObject)]
pub struct CreateServiceInput {
    /// The short name: lower case letters, digits and hyphens; unique.
    pub(super) slug: String,
    /// The name people read.
    pub(super) name: String,
    /// What it does.
    pub(super) description: Option<String>,
    /// The team that owns it.
    pub(super) team_id: Option<ID>,
    /// Its entry in a service catalogue.
    pub(super) external_ref: Option<String>,
}

/// What to change of a service. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateServiceInput {
    /// Which service.
    pub(super) id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    pub(super) expected_version: Option<i64>,
    /// A new short name.
    pub(super) slug: MaybeUndefined<String>,
    /// A new name.
    pub(super) name: MaybeUndefined<String>,
    /// A new description.
    pub(super) description: MaybeUndefined<String>,
    /// Another team; null: nobody's.
    pub(super) team_id: MaybeUndefined<ID>,
    /// Another catalogue entry; null: none.
    pub(super) external_ref: MaybeUndefined<String>,
}

/// The user that was added.
#[derive(SimpleObject)]
pub struct CreateUserPayload {
    /// The user.
    pub(super) user: User,
    /// The same in the list of users.
    pub(super) user_edge: UserEdge,
}

/// The user as it is now.
#[derive(SimpleObject)]
pub struct UpdateUserPayload {
    /// The user.
    pub(super) user: User,
}

/// The team that was added.
#[derive(SimpleObject)]
pub struct CreateTeamPayload {
    /// The team.
    pub(super) team: Team,
    /// The same in the list of teams.
    pub(super) team_edge: TeamEdge,
}

/// The team as it is now.
#[derive(SimpleObject)]
pub struct UpdateTeamPayload {
    /// The team.
    pub(super) team: Team,
}

/// The service that was added.
#[derive(SimpleObject)]
pub struct CreateServicePayload {
    /// The service.
    pub(super) service: Service,
    /// The same in the list of services.
    pub(super) service_edge: ServiceEdge,
}

/// The service as it is now.
#[derive(SimpleObject)]
pub struct UpdateServicePayload {
    /// The service.
    pub(super) service: Service,
}
