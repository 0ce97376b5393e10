//! Changes people and places.

use async_graphql::{Context, Object};
use entity::ids::{ServiceId, TeamId, UserId};

use super::{Service, ServiceEdge, Team, TeamEdge, User, UserEdge, inputs::*, service_order, team_order, user_order};
use crate::{
    graphql::{
        Result,
        context::session,
        enums,
        input::{clearable, clearable_id, emptied, optional_id},
        loaders::required,
    },
    people::service as people,
    platform::{error::Error, ids::parse},
};

fn memberships(given: &[TeamMemberInput]) -> Result<Vec<people::Membership>, Error> {
    let one = |(position, member): (usize, &TeamMemberInput)| {
        let user = parse::<UserId>(&format!("members.{position}.userId"), &member.user_id)?;
        Ok(people::Membership {
            user,
            is_lead: member.is_lead.unwrap_or_default(),
        })
    };
    given.iter().enumerate().map(one).collect()
}

/// Changes people and places.
#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Adds a user. Admins only.
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateUserInput,
    ) -> Result<CreateUserPayload> {
        let new = people::NewUser {
            email: input.email,
            name: input.name,
            role: input.role.unwrap_or(enums::Role::Member).into(),
        };
        let user = User(required(ctx, people::create_user(session(ctx), new).await?).await?);
        let user_edge = UserEdge {
            cursor: user_order().cursor(&user.0),
            node: user.clone(),
        };
        Ok(CreateUserPayload { user, user_edge })
    }

    /// Changes a user's name, role or whether they are active. Admins only.
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateUserInput,
    ) -> Result<UpdateUserPayload> {
        let id = parse::<UserId>("id", &input.id)?;
        let patch = people::UserPatch {
            name: emptied(input.name),
            role: input.role.map(Into::into),
            is_active: input.is_active,
            expected_version: input.expected_version,
        };
        people::update_user(session(ctx), id, patch).await?;
        Ok(UpdateUserPayload {
            user: User(required(ctx, id).await?),
        })
    }

    /// Adds a team. Admins only.
    async fn create_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateTeamInput,
    ) -> Result<CreateTeamPayload> {
        let new = people::NewTeam {
            slug: input.slug,
            name: input.name,
            members: memberships(&input.members.unwrap_or_default())?,
        };
        let team = Team(required(ctx, people::create_team(session(ctx), new).await?).await?);
        let team_edge = TeamEdge {
            cursor: team_order().cursor(&team.0),
            node: team.clone(),
        };
        Ok(CreateTeamPayload { team, team_edge })
    }

    /// Changes a team's names or who belongs to it. Admins only.
    async fn update_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateTeamInput,
    ) -> Result<UpdateTeamPayload> {
        let id = parse::<TeamId>("id", &input.id)?;
        let patch = people::TeamPatch {
            slug: emptied(input.slug),
            name: emptied(input.name),
            members: emptied(input.members).as_deref().map(memberships).transpose()?,
            expected_version: input.expected_version,
        };
        people::update_team(session(ctx), id, patch).await?;
        Ok(UpdateTeamPayload {
            team: Team(required(ctx, id).await?),
        })
    }

    /// Adds a service. Admins only.
    async fn create_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateServiceInput,
    ) -> Result<CreateServicePayload> {
        let new = people::NewService {
            slug: input.slug,
            name: input.name,
            description: input.description.unwrap_or_default(),
            team: optional_id("teamId", input.team_id.as_ref())?,
            external_ref: input.external_ref,
        };
        let service = Service(required(ctx, people::create_service(session(ctx), new).await?).await?);
        let service_edge = ServiceEdge {
            cursor: service_order().cursor(&service.0),
            node: service.clone(),
        };
        Ok(CreateServicePayload { service, service_edge })
    }

    /// Changes a service. Admins only.
    async fn update_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateServiceInput,
    ) -> Result<UpdateServicePayload> {
        let id = parse::<ServiceId>("id", &input.id)?;
        let patch = people::ServicePatch {
            slug: emptied(input.slug),
            name: emptied(input.name),
            description: emptied(input.description),
            team: clearable_id("teamId", input.team_id)?,
            external_ref: clearable(input.external_ref),
            expected_version: input.expected_version,
        };
        people::update_service(session(ctx), id, patch).await?;
        Ok(UpdateServicePayload {
            service: Service(required(ctx, id).await?),
        })
    }
}
