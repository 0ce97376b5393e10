//! Filters by user, team and service, and checks that a reference leads somewhere.

use async_graphql::InputObject;
use entity::{
    ids::{ServiceId, TeamId, UserId},
    service, team, team_member, user,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query,
};

use crate::{
    graphql::filters::{FilterEnv, IdFilter, ListFilter, StringFilter},
    platform::{error::Error, sql},
};

/// Which user. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct UserFilter {
    /// The user's id.
    id: Option<IdFilter>,
    /// The user's e-mail address, in lower case.
    email: Option<StringFilter>,
    /// Whether it is you.
    is_me: Option<bool>,
    /// Whether there is nobody.
    is_null: Option<bool>,
}

/// Which team. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct TeamFilter {
    /// The team's id.
    id: Option<IdFilter>,
    /// The team's short name.
    slug: Option<StringFilter>,
    /// Whether you belong to it.
    is_mine: Option<bool>,
    /// Whether there is no team.
    is_null: Option<bool>,
}

/// Which service. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct ServiceFilter {
    /// The service's id.
    id: Option<IdFilter>,
    /// The service's short name.
    slug: Option<StringFilter>,
    /// The team that owns it.
    team: Option<TeamFilter>,
}

fn when(wanted: Option<bool>, yes: Condition) -> Condition {
    match wanted {
        Some(true) => yes,
        Some(false) => yes.not(),
        None => Condition::all(),
    }
}

impl UserFilter {
    /// As a condition on a column that refers to a user.
    pub fn on<C: ColumnTrait>(&self, env: &FilterEnv<'_>, path: &str, column: C) -> Result<Condition, Error> {
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<UserId, _>(path, column)?);
        }
        if let Some(email) = &self.email {
            let users = Query::select()
                .column(user::Column::Id)
                .from(user::Entity)
                .cond_where(email.on(user::Column::Email)?)
                .take();
            all = all.add(sql::among(column, users));
        }
        let me = match env.viewer.id() {
            Some(me) => Condition::all().add(sql::known(column, column.eq(me))),
            None => sql::nothing(),
        };
        Ok(all
            .add(when(self.is_me, me))
            .add(when(self.is_null, Condition::all().add(column.is_null()))))
    }
}

impl TeamFilter {
    /// As a condition on a column that refers to a team.
    pub fn on<C: ColumnTrait>(&self, env: &FilterEnv<'_>, path: &str, column: C) -> Result<Condition, Error> {
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<TeamId, _>(path, column)?);
        }
        if let Some(slug) = &self.slug {
            let teams = Query::select()
                .column(team::Column::Id)
                .from(team::Entity)
                .cond_where(slug.on(team::Column::Slug)?)
                .take();
            // No two teams have the same.
            let is_of = if slug.is_one() { sql::the_one } else { sql::among };
            all = all.add(is_of(column, teams));
        }
        let mine = Condition::all().add(sql::known(column, column.is_in(env.viewer.teams.iter().copied())));
        Ok(all
            .add(when(self.is_mine, mine))
            .add(when(self.is_null, Condition::all().add(column.is_null()))))
    }
}

impl ListFilter for ServiceFilter {
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<ServiceId, _>("filter.service.id", service::Column::Id)?);
        }
        if let Some(slug) = &self.slug {
            all = all.add(slug.on(service::Column::Slug)?);
        }
        if let Some(team) = &self.team {
            all = all.add(team.on(env, "filter.service.team.id", service::Column::TeamId)?);
        }
        Ok(all)
    }
}

/// A user who can be given work: there and active.
pub async fn active_user(db: &impl ConnectionTrait, path: &str, id: UserId) -> Result<user::Model, Error> {
    match user::Entity::find_by_id(id).one(db).await? {
        Some(user) if user.is_active => Ok(user),
        Some(user) => Err(Error::invalid(
            path,
            "INACTIVE_USER",
            format!("{} is inactive; choose somebody who still works here.", user.name),
        )),
        None => Err(Error::invalid(
            path,
            "UNKNOWN_USER",
            "There is no such user; look the id up under users.",
        )),
    }
}

/// Does this user still work here?
pub async fn is_active(db: &impl ConnectionTrait, id: UserId) -> Result<bool, Error> {
    Ok(user::Entity::find_by_id(id)
        .one(db)
        .await?
        .is_some_and(|user| user.is_active))
}

/// The active lead of a team whose name comes first; none when nobody leads it.
pub async fn first_lead(db: &impl ConnectionTrait, team: TeamId) -> Result<Option<UserId>, Error> {
    Ok(leads(db, team).await?.first().map(|user| user.id))
}

/// The active leads of a team, by name.
pub async fn leads(db: &impl ConnectionTrait, team: TeamId) -> Result<Vec<user::Model>, Error> {
    let leads = Query::select()
        .column(team_member::Column::UserId)
        .from(team_member::Entity)
        .and_where(team_member::Column::TeamId.eq(team))
        .and_where(team_member::Column::IsLead.eq(true))
        .take();
    Ok(user::Entity::find()
        .filter(user::Column::Id.in_subquery(leads))
        .filter(user::Column::IsActive.eq(true))
        .order_by_asc(sql::in_bytes(user::Column::Name, db))
        .order_by_asc(user::Column::Id)
        .all(db)
        .await?)
}

/// The user with this address.
pub async fn user_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<user::Model>, Error> {
    Ok(user::Entity::find()
        .filter(user::Column::Email.eq(email.trim().to_lowercase()))
        .one(db)
        .await?)
}

/// A team that is there.
pub async fn known_team(db: &impl ConnectionTrait, path: &str, id: TeamId) -> Result<team::Model, Error> {
    let found = team::Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| {
        Error::invalid(
            path,
            "UNKNOWN_TEAM",
            "There is no such team; look the id up under teams.",
        )
    })
}

/// The short names of all teams, in alphabetical order.
pub async fn team_slugs(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let slugs = team::Entity::find().order_by_asc(team::Column::Slug).select_only();
    Ok(slugs.column(team::Column::Slug).into_tuple().all(db).await?)
}

/// The short names of all services, in alphabetical order.
pub async fn service_slugs(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let slugs = service::Entity::find()
        .order_by_asc(service::Column::Slug)
        .select_only();
    Ok(slugs.column(service::Column::Slug).into_tuple().all(db).await?)
}

/// Which of these addresses users have.
pub async fn known_emails(db: &impl ConnectionTrait, emails: &[String]) -> Result<Vec<String>, Error> {
    let users = user::Entity::find().filter(user::Column::Email.is_in(emails.iter().map(String::as_str)));
    Ok(users
        .select_only()
        .column(user::Column::Email)
        .into_tuple()
        .all(db)
        .await?)
}

/// Services that are all there.
pub async fn known_services(db: &impl ConnectionTrait, path: &str, ids: &[ServiceId]) -> Result<(), Error> {
    let found = service::Entity::find()
        .filter(service::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    match ids.iter().position(|id| !found.iter().any(|service| service.id == *id)) {
        None => Ok(()),
        Some(position) => Err(Error::invalid(
            format!("{path}.{position}"),
            "UNKNOWN_SERVICE",
            "There is no such service; look the id up under services.",
        )),
    }
}

/// Is this user in this team?
pub async fn is_member(db: &impl ConnectionTrait, team: TeamId, user: UserId) -> Result<bool, Error> {
    Ok(team_member::Entity::find_by_id((team, user)).one(db).await?.is_some())
}
