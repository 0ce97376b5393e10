//! Users, teams and services in the API.

mod inputs;
mod mutations;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{
    ids::{TypedId, UserId},
    service, team, user,
};
use sea_orm::EntityTrait;

pub use inputs::*;
pub use mutations::PeopleMutation;

use super::loaders::{MembersOfTeam, ServicesOfTeam, TeamsOfUser};
use crate::{
    access::{graphql::Identity, loaders::IdentitiesOfUser},
    action_items::{
        graphql::{ActionItemConnection, items_of},
        queries::ActionItemFilter,
    },
    follow_through::{
        graphql::{FollowThroughMetrics, wanted},
        loaders::OfTeam,
    },
    graphql::{
        Result,
        connection::connection,
        context::loaders,
        cost,
        direct::Ready,
        enums,
        loaders::{ById, by_reference, required, root, short_list},
        plan::listed,
        scalars::DateTime,
    },
    platform::page::{Order, PageArgs},
    recommendations::queries::RecommendationFilter,
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
    /// When it was begun to take their name and address away for good, which ends moments later; null for everybody else.
    async fn anonymized_at(&self) -> Option<DateTime> {
        self.0.anonymized_at.map(Into::into)
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
    /// Their reports and recommendations, as far as you may see them, the soonest due first; without `isOpen` in the filter also
    /// what is finished.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn action_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ActionItemFilter>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Result<ActionItemConnection> {
        let page = PageArgs::new(first, after.as_deref(), None, None)?;
        items_of(ctx, self.0.id, filter, page).await
    }
    /// Who they are to OpenID Connect issuers; empty unless it is you or you are an admin.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<Identity>> {
        let identities = short_list::<IdentitiesOfUser>(ctx, self.0.id.uuid()).await?;
        Ok(identities.into_iter().map(Identity::from).collect())
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
    /// What became of its recommendations, as of now.
    async fn follow_through(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of its recommendations; all when left out.")] filter: Option<RecommendationFilter>,
    ) -> Result<FollowThroughMetrics> {
        let key = OfTeam {
            team: self.0.id,
            filter,
            wants: wanted(ctx),
        };
        let counts = loaders(ctx).load_one(key).await?;
        Ok(FollowThroughMetrics(counts.unwrap_or_default()))
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

impl Ready for User {
    const WAITS: &'static [&'static str] = &[];
}
listed!(User, entity::user::Entity, user[Id] {
    "id": [Id],
    "name": [Name],
    "email": [Email],
    "role": [Role],
    "isActive": [IsActive],
    "teams": [Id],
    "version": [Version],
});
connection!(
    Team,
    TeamConnection,
    TeamEdge,
    "One page of teams.",
    "A team in a list."
);

impl Ready for Team {
    const WAITS: &'static [&'static str] = &[];
}
listed!(Team, entity::team::Entity, team[Id] {
    "id": [Id],
    "slug": [Slug],
    "name": [Name],
    "members": [Id],
    "services": [Id],
    "followThrough": [Id],
    "version": [Version],
});
connection!(
    Service,
    ServiceConnection,
    ServiceEdge,
    "One page of services.",
    "A service in a list."
);

impl Ready for Service {
    const WAITS: &'static [&'static str] = &[];
}
listed!(Service, entity::service::Entity);

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
            root(ctx, user::Entity::find(), user_order(), page).await?,
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
            root(ctx, team::Entity::find(), team_order(), page).await?,
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
            root(ctx, service::Entity::find(), service_order(), page).await?,
        ))
    }
}
