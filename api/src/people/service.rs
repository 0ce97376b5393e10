//! Creates and changes users, teams and services. Admins only; every change is an event.

use entity::{
    enums::{Role, SubjectKind},
    ids::{ServiceId, TeamId, UserId},
    service, team, team_member, user,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};

use super::queries::{active_user, known_team};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    platform::{
        changes::Changes,
        error::{Error, Problems, check_version, is_unique_violation},
        text,
    },
};

/// A user to create.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// How they sign in and are found.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

fn taken(path: &'static str, what: &'static str) -> impl Fn(DbErr) -> Error {
    move |error| {
        if is_unique_violation(&error) {
            Error::invalid(
                path,
                "TAKEN",
                format!("This {what} is already taken; choose another or update the one that has it."),
            )
        } else {
            error.into()
        }
    }
}

/// Adds a user.
pub async fn create_user(session: &Session, new: NewUser) -> Result<UserId, Error> {
    session.viewer.require_admin()?;
    let mut problems = Problems::default();
    let email = problems.take(text::email("email", &new.email));
    let name = problems.take(text::line("name", &new.name, 200));
    problems.finish()?;
    let (email, name) = (email.unwrap_or_default(), name.unwrap_or_default());
    let now = session.now();
    let id: UserId = session.mint();
    let tx = session.begin().await?;
    let row = user::ActiveModel {
        id: Set(id),
        email: Set(email.clone()),
        name: Set(name.clone()),
        role: Set(new.role),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    user::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await
        .map_err(taken("email", "e-mail address"))?;
    let changes = Changes::new()
        .created("email", &email)
        .created("name", &name)
        .created("role", &new.role);
    record(
        session,
        &tx,
        vec![NewEvent::new("user.created", SubjectKind::User, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// What to change of a user; none keeps.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// A new name.
    pub name: Option<String>,
    /// A new role.
    pub role: Option<Role>,
    /// Active or not.
    pub is_active: Option<bool>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// Changes a user.
pub async fn update_user(session: &Session, id: UserId, patch: UserPatch) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let before = user::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("user"))?;
    check_version(patch.expected_version, before.version)?;
    let mut after = before.clone();
    if let Some(name) = &patch.name {
        after.name = text::line("name", name, 200)?;
    }
    after.role = patch.role.unwrap_or(after.role);
    after.is_active = patch.is_active.unwrap_or(after.is_active);
    let demoted = before.role == Role::Admin && before.is_active && (after.role != Role::Admin || !after.is_active);
    if demoted && active_admins(&*tx).await? <= 1 {
        return Err(Error::invalid(
            "role",
            "LAST_ADMIN",
            "This is the last active admin; make somebody else an admin first.",
        ));
    }
    let changes = Changes::new()
        .field("name", &before.name, &after.name)
        .field("role", &before.role, &after.role)
        .field("isActive", &before.is_active, &after.is_active);
    if changes.is_empty() {
        return Ok(());
    }
    let row = user::ActiveModel {
        name: Set(after.name),
        role: Set(after.role),
        is_active: Set(after.is_active),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await?;
    record(
        session,
        &tx,
        vec![NewEvent::new("user.updated", SubjectKind::User, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await
}

async fn active_admins(db: &impl ConnectionTrait) -> Result<usize, Error> {
    let admins = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true))
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(admins.len())
}

/// A member of a team, as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// Whether they lead it.
    pub is_lead: bool,
}

/// A team to create.
#[derive(Debug, Clone)]
pub struct NewTeam {
    /// Short name.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Who belongs to it.
    pub members: Vec<Membership>,
}

/// Adds a team.
pub async fn create_team(session: &Session, new: NewTeam) -> Result<TeamId, Error> {
    session.viewer.require_admin()?;
    let mut problems = Problems::default();
    let slug = problems.take(text::slug("slug", &new.slug));
    let name = problems.take(text::line("name", &new.name, 200));
    problems.finish()?;
    let (slug, name) = (slug.unwrap_or_default(), name.unwrap_or_default());
    let now = session.now();
    let id: TeamId = session.mint();
    let tx = session.begin().await?;
    let row = team::ActiveModel {
        id: Set(id),
        slug: Set(slug.clone()),
        name: Set(name.clone()),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    team::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await
        .map_err(taken("slug", "slug"))?;
    set_members(&*tx, id, &new.members).await?;
    let changes = Changes::new()
        .created("slug", &slug)
        .created("name", &name)
        .created("members", &described(&new.members));
    record(
        session,
        &tx,
        vec![NewEvent::new("team.created", SubjectKind::Team, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// What to change of a team; none keeps.
#[derive(Debug, Clone, Default)]
pub struct TeamPatch {
    /// A new short name.
    pub slug: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// The whole new membership.
    pub members: Option<Vec<Membership>>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// Changes a team.
pub async fn update_team(session: &Session, id: TeamId, patch: TeamPatch) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let before = team::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("team"))?;
    check_version(patch.expected_version, before.version)?;
    let slug = patch
        .slug
        .as_deref()
        .map(|slug| text::slug("slug", slug))
        .transpose()?
        .unwrap_or(before.slug.clone());
    let name = patch
        .name
        .as_deref()
        .map(|name| text::line("name", name, 200))
        .transpose()?
        .unwrap_or(before.name.clone());
    let old_members = members_of(&*tx, id).await?;
    let new_members = patch.members.unwrap_or_else(|| old_members.clone());
    let changes = Changes::new()
        .field("slug", &before.slug, &slug)
        .field("name", &before.name, &name)
        .field("members", &described(&old_members), &described(&new_members));
    if changes.is_empty() {
        return Ok(());
    }
    let row = team::ActiveModel {
        slug: Set(slug),
        name: Set(name),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await.map_err(taken("slug", "slug"))?;
    team_member::Entity::delete_many()
        .filter(team_member::Column::TeamId.eq(id))
        .exec(&*tx)
        .await?;
    // Members who are inactive meanwhile may stay; only new ones must be able to take work.
    let (kept, added): (Vec<_>, Vec<_>) = new_members
        .into_iter()
        .partition(|member| old_members.iter().any(|old| old.user == member.user));
    insert_members(&*tx, id, &kept).await?;
    set_members(&*tx, id, &added).await?;
    record(
        session,
        &tx,
        vec![NewEvent::new("team.updated", SubjectKind::Team, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await
}

async fn members_of(db: &impl ConnectionTrait, team: TeamId) -> Result<Vec<Membership>, Error> {
    let rows = team_member::Entity::find()
        .filter(team_member::Column::TeamId.eq(team))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Membership {
            user: row.user_id,
            is_lead: row.is_lead,
        })
        .collect())
}

fn described(members: &[Membership]) -> Vec<String> {
    let mut described: Vec<String> = members
        .iter()
        .map(|member| format!("{}{}", member.user, if member.is_lead { " (lead)" } else { "" }))
        .collect();
    described.sort();
    described
}

async fn set_members(db: &impl ConnectionTrait, team: TeamId, members: &[Membership]) -> Result<(), Error> {
    for (position, member) in members.iter().enumerate() {
        let path = format!("members.{position}.userId");
        active_user(db, &path, member.user).await?;
        if members.iter().skip(position + 1).any(|other| other.user == member.user) {
            return Err(Error::invalid(
                path,
                "DUPLICATE",
                "This user is listed twice; list each member once.",
            ));
        }
    }
    insert_members(db, team, members).await
}

async fn insert_members(db: &impl ConnectionTrait, team: TeamId, members: &[Membership]) -> Result<(), Error> {
    let rows = members.iter().map(|member| team_member::ActiveModel {
        team_id: Set(team),
        user_id: Set(member.user),
        is_lead: Set(member.is_lead),
    });
    if !members.is_empty() {
        team_member::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// A service to create.
#[derive(Debug, Clone, Default)]
pub struct NewService {
    /// Short name.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Who owns it.
    pub team: Option<TeamId>,
    /// Its entry in a catalogue.
    pub external_ref: Option<String>,
}

/// Adds a service.
pub async fn create_service(session: &Session, new: NewService) -> Result<ServiceId, Error> {
    session.viewer.require_admin()?;
    let mut problems = Problems::default();
    let slug = problems.take(text::slug("slug", &new.slug));
    let name = problems.take(text::line("name", &new.name, 200));
    problems.take(text::markdown("description", &new.description));
    let external_ref = problems
        .take(text::optional_note("externalRef", new.external_ref.as_deref()))
        .flatten();
    problems.finish()?;
    let (slug, name) = (slug.unwrap_or_default(), name.unwrap_or_default());
    let now = session.now();
    let id: ServiceId = session.mint();
    let tx = session.begin().await?;
    if let Some(team) = new.team {
        known_team(&*tx, "teamId", team).await?;
    }
    let row = service::ActiveModel {
        id: Set(id),
        slug: Set(slug.clone()),
        name: Set(name.clone()),
        description: Set(new.description),
        team_id: Set(new.team),
        external_ref: Set(external_ref),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    service::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await
        .map_err(taken("slug", "slug"))?;
    let changes = Changes::new()
        .created("slug", &slug)
        .created("name", &name)
        .created("teamId", &new.team);
    record(
        session,
        &tx,
        vec![NewEvent::new("service.created", SubjectKind::Service, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// What to change of a service; none keeps.
#[derive(Debug, Clone, Default)]
pub struct ServicePatch {
    /// A new short name.
    pub slug: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another owner, or nobody.
    pub team: Option<Option<TeamId>>,
    /// Another catalogue entry, or none.
    pub external_ref: Option<Option<String>>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

/// Changes a service.
pub async fn update_service(session: &Session, id: ServiceId, patch: ServicePatch) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let before = service::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("service"))?;
    check_version(patch.expected_version, before.version)?;
    let mut after = before.clone();
    if let Some(slug) = &patch.slug {
        after.slug = text::slug("slug", slug)?;
    }
    if let Some(name) = &patch.name {
        after.name = text::line("name", name, 200)?;
    }
    if let Some(description) = &patch.description {
        after.description = text::markdown("description", description)?;
    }
    if let Some(team) = patch.team {
        if let Some(team) = team {
            known_team(&*tx, "teamId", team).await?;
        }
        after.team_id = team;
    }
    if let Some(external_ref) = &patch.external_ref {
        after.external_ref = text::optional_note("externalRef", external_ref.as_deref())?;
    }
    let changes = Changes::new()
        .field("slug", &before.slug, &after.slug)
        .field("name", &before.name, &after.name)
        .field("description", &before.description, &after.description)
        .field("teamId", &before.team_id, &after.team_id)
        .field("externalRef", &before.external_ref, &after.external_ref);
    if changes.is_empty() {
        return Ok(());
    }
    let row = service::ActiveModel {
        slug: Set(after.slug),
        name: Set(after.name),
        description: Set(after.description),
        team_id: Set(after.team_id),
        external_ref: Set(after.external_ref),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await.map_err(taken("slug", "slug"))?;
    record(
        session,
        &tx,
        vec![NewEvent::new("service.updated", SubjectKind::Service, id, None).changes(changes)],
    )
    .await?;
    tx.commit().await
}
