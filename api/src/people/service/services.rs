//! Services and who owns them.

use entity::{
    enums::SubjectKind,
    ids::{ServiceId, TeamId},
    service,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::taken;
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::known_team,
    platform::{
        changes::Changes,
        db::Hold,
        error::{Error, Problems, check_version},
        text,
    },
};

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
    let before = service::Entity::find_by_id(id).hold().one(&*tx).await?;
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
