//! Users, teams and services in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{
    ids::{ServiceId, TeamId, TypedId, UserId},
    service, team, user,
};
use sea_orm::EntityTrait;

use super::{
    loaders::{MembersOfTeam, ServicesOfTeam, TeamsOfUser},
    service as people,
};
use crate::{
    graphql::{
        Result,
        connection::connection,
        context::session,
        cost, enums,
        input::{clearable, clearable_id, optional_id},
        loaders::{ById, by_reference, required, root, short_list},
    },
    platform::{
        error::Error,
        ids::parse,
        page::{Order, PageArgs},
    },
};

/// A person: somebody who signs in, owns work or took part in an incident.
#[derive(Clone)]
pub struct User(pub Arc<user::Model>);

/// A person: somebody who signs in, owns work or took part in an incident.
#[Object]
impl User {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The name people read.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// The e-mail address, in lower case; unique.
    async fn email(&self) -> &str {
        &self.0.email
    }
    /// What they may do at large.
    async fn role(&self) -> enums::Role {
        self.0.role.into()
    }
    /// False for somebody who left: they cannot sign in and are given no new work.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }
    /// The teams they belong to.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let memberships = short_list::<TeamsOfUser>(ctx, self.0.id.uuid()).await?;
        let keys = memberships.iter().map(|membership| ById(membership.team_id));
        let mut teams = crate::graphql::context::loaders(ctx).load_many(keys).await?;
        Ok(memberships
            .iter()
            .filter_map(|membership| teams.remove(&ById(membership.team_id)))
            .map(Team)
            .collect())
    }
    /// Counts updates; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// A team that owns services, incidents and work.
#[derive(Clone)]
pub struct Team(pub Arc<team::Model>);

/// A team that owns services, incidents and work.
#[Object]
impl Team {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The short name; unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// The name people read.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// Who belongs to it.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<TeamMember>> {
        let memberships = short_list::<MembersOfTeam>(ctx, self.0.id.uuid()).await?;
        Ok(memberships
            .into_iter()
            .map(|row| TeamMember {
                user: row.user_id,
                is_lead: row.is_lead,
            })
            .collect())
    }
    /// What it runs.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<Service>> {
        let services = short_list::<ServicesOfTeam>(ctx, self.0.id.uuid()).await?;
        Ok(services.into_iter().map(|row| Service(Arc::new(row))).collect())
    }
    /// Counts updates; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// One person's place in a team.
pub struct TeamMember {
    user: UserId,
    is_lead: bool,
}

/// One person's place in a team.
#[Object]
impl TeamMember {
    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        Ok(User(required(ctx, self.user).await?))
    }
    /// Whether they lead the team, and so may accept, decline and reopen its recommendations.
    async fn is_lead(&self) -> bool {
        self.is_lead
    }
}

/// Something that runs and can fail, owned by a team.
#[derive(Clone)]
pub struct Service(pub Arc<service::Model>);

/// Something that runs and can fail, owned by a team.
#[Object]
impl Service {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The short name; unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// The name people read.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// What it does; "" when nobody has said.
    async fn description(&self) -> &str {
        &self.0.description
    }
    /// The team that owns it; null when nobody does.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Ok(by_reference(ctx, self.0.team_id).await?.map(Team))
    }
    /// Its entry in a service catalogue; null when it has none.
    async fn external_ref(&self) -> Option<&str> {
        self.0.external_ref.as_deref()
    }
    /// Counts updates; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

connection!(
    User,
    UserConnection,
    UserEdge,
    "One page of users.",
    "A user in a list."
);
connection!(
    Team,
    TeamConnection,
    TeamEdge,
    "One page of teams.",
    "A team in a list."
);
connection!(
    Service,
    ServiceConnection,
    ServiceEdge,
    "One page of services.",
    "A service in a list."
);

/// By address.
pub fn user_order() -> Order<user::Entity> {
    Order::new(user::Column::Email, user::Column::Id, false)
}

/// By short name.
pub fn team_order() -> Order<team::Entity> {
    Order::new(team::Column::Slug, team::Column::Id, false)
}

/// By short name.
pub fn service_order() -> Order<service::Entity> {
    Order::new(service::Column::Slug, service::Column::Id, false)
}

/// Reads people and places.
#[derive(Default)]
pub struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// All users, active or not, by e-mail address.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<UserConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(UserConnection::new(
            root(ctx, user::Entity::find(), user_order(), page, User).await?,
        ))
    }

    /// All teams, by short name.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<TeamConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(TeamConnection::new(
            root(ctx, team::Entity::find(), team_order(), page, Team).await?,
        ))
    }

    /// All services, by short name.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ServiceConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(ServiceConnection::new(
            root(ctx, service::Entity::find(), service_order(), page, Service).await?,
        ))
    }
}

/// A user to add.
#[derive(InputObject)]
pub struct CreateUserInput {
    /// The e-mail address; unique, kept in lower case.
    email: String,
    /// The name people read.
    name: String,
    /// What they may do at large.
    #[graphql(default_with = "enums::Role::Member")]
    role: enums::Role,
}

/// What to change of a user. What is left out stays.
#[derive(InputObject)]
pub struct UpdateUserInput {
    /// Which user.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// A new name.
    name: Option<String>,
    /// A new role.
    role: Option<enums::Role>,
    /// False: they cannot sign in any more and are given no new work.
    is_active: Option<bool>,
}

/// A team's member, as given.
#[derive(InputObject)]
pub struct TeamMemberInput {
    /// Who.
    user_id: ID,
    /// Whether they lead the team.
    #[graphql(default)]
    is_lead: bool,
}

/// A team to add.
#[derive(InputObject)]
pub struct CreateTeamInput {
    /// The short name: lower case letters, digits and hyphens; unique.
    slug: String,
    /// The name people read.
    name: String,
    /// Who belongs to it.
    #[graphql(default)]
    members: Vec<TeamMemberInput>,
}

/// What to change of a team. What is left out stays.
#[derive(InputObject)]
pub struct UpdateTeamInput {
    /// Which team.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// A new short name.
    slug: Option<String>,
    /// A new name.
    name: Option<String>,
    /// The whole new membership.
    members: Option<Vec<TeamMemberInput>>,
}

/// A service to add.
#[derive(InputObject)]
pub struct CreateServiceInput {
    /// The short name: lower case letters, digits and hyphens; unique.
    slug: String,
    /// The name people read.
    name: String,
    /// What it does.
    #[graphql(default)]
    description: String,
    /// The team that owns it.
    team_id: Option<ID>,
    /// Its entry in a service catalogue.
    external_ref: Option<String>,
}

/// What to change of a service. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateServiceInput {
    /// Which service.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// A new short name.
    slug: Option<String>,
    /// A new name.
    name: Option<String>,
    /// A new description.
    description: Option<String>,
    /// Another team; null: nobody's.
    team_id: MaybeUndefined<ID>,
    /// Another catalogue entry; null: none.
    external_ref: MaybeUndefined<String>,
}

/// The user that was added.
#[derive(SimpleObject)]
pub struct CreateUserPayload {
    /// The user.
    user: User,
    /// The same in the list of users.
    user_edge: UserEdge,
}

/// The user as it is now.
#[derive(SimpleObject)]
pub struct UpdateUserPayload {
    /// The user.
    user: User,
}

/// The team that was added.
#[derive(SimpleObject)]
pub struct CreateTeamPayload {
    /// The team.
    team: Team,
    /// The same in the list of teams.
    team_edge: TeamEdge,
}

/// The team as it is now.
#[derive(SimpleObject)]
pub struct UpdateTeamPayload {
    /// The team.
    team: Team,
}

/// The service that was added.
#[derive(SimpleObject)]
pub struct CreateServicePayload {
    /// The service.
    service: Service,
    /// The same in the list of services.
    service_edge: ServiceEdge,
}

/// The service as it is now.
#[derive(SimpleObject)]
pub struct UpdateServicePayload {
    /// The service.
    service: Service,
}

fn memberships(given: &[TeamMemberInput]) -> Result<Vec<people::Membership>, Error> {
    let one = |(position, member): (usize, &TeamMemberInput)| {
        let user = parse::<UserId>(&format!("members.{position}.userId"), &member.user_id)?;
        Ok(people::Membership {
            user,
            is_lead: member.is_lead,
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
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Result<CreateUserPayload> {
        let new = people::NewUser {
            email: input.email,
            name: input.name,
            role: input.role.into(),
        };
        let user = User(required(ctx, people::create_user(session(ctx), new).await?).await?);
        let user_edge = UserEdge {
            cursor: user_order().cursor(&user.0).encode(),
            node: user.clone(),
        };
        Ok(CreateUserPayload { user, user_edge })
    }

    /// Changes a user's name, role or whether they are active. Admins only.
    async fn update_user(&self, ctx: &Context<'_>, input: UpdateUserInput) -> Result<UpdateUserPayload> {
        let id = parse::<UserId>("id", &input.id)?;
        let patch = people::UserPatch {
            name: input.name,
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
    async fn create_team(&self, ctx: &Context<'_>, input: CreateTeamInput) -> Result<CreateTeamPayload> {
        let new = people::NewTeam {
            slug: input.slug,
            name: input.name,
            members: memberships(&input.members)?,
        };
        let team = Team(required(ctx, people::create_team(session(ctx), new).await?).await?);
        let team_edge = TeamEdge {
            cursor: team_order().cursor(&team.0).encode(),
            node: team.clone(),
        };
        Ok(CreateTeamPayload { team, team_edge })
    }

    /// Changes a team's names or who belongs to it. Admins only.
    async fn update_team(&self, ctx: &Context<'_>, input: UpdateTeamInput) -> Result<UpdateTeamPayload> {
        let id = parse::<TeamId>("id", &input.id)?;
        let patch = people::TeamPatch {
            slug: input.slug,
            name: input.name,
            members: input.members.as_deref().map(memberships).transpose()?,
            expected_version: input.expected_version,
        };
        people::update_team(session(ctx), id, patch).await?;
        Ok(UpdateTeamPayload {
            team: Team(required(ctx, id).await?),
        })
    }

    /// Adds a service. Admins only.
    async fn create_service(&self, ctx: &Context<'_>, input: CreateServiceInput) -> Result<CreateServicePayload> {
        let new = people::NewService {
            slug: input.slug,
            name: input.name,
            description: input.description,
            team: optional_id("teamId", input.team_id.as_ref())?,
            external_ref: input.external_ref,
        };
        let service = Service(required(ctx, people::create_service(session(ctx), new).await?).await?);
        let service_edge = ServiceEdge {
            cursor: service_order().cursor(&service.0).encode(),
            node: service.clone(),
        };
        Ok(CreateServicePayload { service, service_edge })
    }

    /// Changes a service. Admins only.
    async fn update_service(&self, ctx: &Context<'_>, input: UpdateServiceInput) -> Result<UpdateServicePayload> {
        let id = parse::<ServiceId>("id", &input.id)?;
        let patch = people::ServicePatch {
            slug: input.slug,
            name: input.name,
            description: input.description,
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
