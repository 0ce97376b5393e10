//! Teams and who is in them.

use entity::{
    enums::SubjectKind,
    ids::{TeamId, UserId},
    team, team_member,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::taken;
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::active_user,
    platform::{
        changes::Changes,
        db::Hold,
        error::{Error, Problems, check_version},
        text,
    },
};

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
    check_members(&*tx, &new.members, &[]).await?;
    insert_members(&*tx, id, &new.members).await?;
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
    let before = team::Entity::find_by_id(id).hold().one(&*tx).await?;
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
    check_members(&*tx, &new_members, &old_members).await?;
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
    insert_members(&*tx, id, &new_members).await?;
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

/// Each once; whoever is new must be able to take work. Members who are inactive meanwhile may stay.
async fn check_members(db: &impl ConnectionTrait, members: &[Membership], known: &[Membership]) -> Result<(), Error> {
    let mut problems = Problems::default();
    for (position, member) in members.iter().enumerate() {
        let path = format!("members.{position}.userId");
        let before = members.iter().take(position);
        if before.into_iter().any(|other| other.user == member.user) {
            problems.add(path, "DUPLICATE", "This user is listed twice; list each member once.");
        } else if !known.iter().any(|old| old.user == member.user) {
            problems.take(active_user(db, &path, member.user).await);
        }
    }
    problems.finish()
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
