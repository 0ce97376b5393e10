//! Users of OpenID Connect providers: made at the first sight, and kept as the provider describes them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{
    enums::{Role, SubjectKind},
    ids::{IdentityId, TeamId, UserId},
    team, team_member, user, user_identity,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
    sea_query::ExprTrait,
};
use serde_json::json;

use crate::{
    access::queries::identity,
    auth::{
        App, Session,
        jwt::Verified,
        oidc::{Person, Provider},
    },
    events::{model::NewEvent, service::record},
    people::{
        queries::user_by_email,
        service::{end_admin_tokens, is_last_admin},
    },
    platform::{
        changes::Changes,
        db::{Hold, Turn, Tx},
        error::{Error, is_unique_violation},
        text,
    },
};

/// The user whom a token speaks of, who is made or brought up to date when it says something new.
pub async fn user_of(app: &Arc<App>, provider: &Provider, verified: &Verified) -> Result<UserId, Error> {
    let db = app.databases.reader().await?;
    match identity(&db, &verified.issuer, &verified.subject).await? {
        Some(known) if !is_newer(verified.issued_at, known.synced_at) => Ok(known.user_id),
        _ => provision(app, provider, verified).await,
    }
}

/// Several tokens of one user are good at the same time; what an older one says of their groups is no longer so.
fn is_newer(issued_at: Option<DateTime<Utc>>, synced_at: Option<DateTime<Utc>>) -> bool {
    match (issued_at, synced_at) {
        (Some(issued_at), Some(synced_at)) => issued_at > synced_at,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Makes the user, or takes over what the provider now says of them.
async fn provision(app: &Arc<App>, provider: &Provider, verified: &Verified) -> Result<UserId, Error> {
    let person = provider.person(&verified.claims);
    // Two first requests at once may both find nobody; the second to commit then finds the first one's user.
    for _ in 0..2 {
        let tx = app.databases.begin().await?;
        let outcome = match identity(&*tx, &verified.issuer, &verified.subject).await? {
            Some(known) => update(app, tx, provider, verified, &person, known).await,
            None => create(app, tx, provider, verified, &person).await,
        };
        match outcome {
            Ok(user) => return Ok(user),
            Err(Failed::Raced) => continue,
            Err(Failed::Other(error)) => return Err(error),
        }
    }
    Err(Error::internal("a user appears and disappears while they sign in"))
}

enum Failed {
    Raced,
    Other(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

async fn create(
    app: &Arc<App>,
    tx: Tx,
    provider: &Provider,
    verified: &Verified,
    person: &Person,
) -> Result<UserId, Failed> {
    let email = address(provider, person)?;
    if user_by_email(&*tx, &email).await?.is_some() {
        // Made by another request of the same user, since it was looked for?
        if identity(&*tx, &verified.issuer, &verified.subject).await?.is_some() {
            return Err(Failed::Raced);
        }
        return Err(Failed::Other(Error::Unauthenticated(format!(
            "{email} belongs to a user who signs in another way; ask an admin to link the identity {} of {} to that user (linkIdentity).",
            verified.subject, verified.issuer
        ))));
    }
    let groups = person.groups.clone().unwrap_or_default();
    let name = person
        .name
        .as_deref()
        .and_then(|name| text::line("name", name, 200).ok());
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let now = app.clock.now();
    let row = user::Model {
        id: app.ids.mint(),
        email,
        name,
        role: provider
            .settings
            .role_of(&groups)
            .unwrap_or(provider.settings.default_role),
        is_active: true,
        created_at: now,
        updated_at: now,
        version: 1,
        anonymized_at: None,
    };
    // Teams before users, as everybody does.
    let managed = managed_teams(&tx, provider).await?;
    let active: user::ActiveModel = row.clone().into();
    user::Entity::insert(active.reset_all())
        .exec_without_returning(&*tx)
        .await
        .map_err(raced)?;
    let link = user_identity::ActiveModel {
        id: Set(app.ids.mint::<IdentityId>()),
        user_id: Set(row.id),
        issuer: Set(verified.issuer.clone()),
        subject: Set(verified.subject.clone()),
        synced_at: Set(verified.issued_at),
        created_at: Set(now),
    };
    user_identity::Entity::insert(link)
        .exec_without_returning(&*tx)
        .await
        .map_err(raced)?;
    let (_, teams) = sync_teams(&tx, provider, &managed, row.id, &groups, now).await?;
    let changes = Changes::new()
        .created("email", &row.email)
        .created("name", &row.name)
        .created("role", &row.role)
        .created("teams", &teams);
    let event = NewEvent::new("user.created", SubjectKind::User, row.id, None)
        .changes(changes)
        .payload(json!({ "issuer": verified.issuer, "subject": verified.subject }));
    let session = session_of(app, row.clone()).await?;
    record(&session, &tx, vec![event]).await?;
    tx.commit().await?;
    tracing::info!(user.id = %row.id, oidc.issuer = verified.issuer, "a user signed in for the first time");
    Ok(row.id)
}

fn raced(error: sea_orm::DbErr) -> Failed {
    if is_unique_violation(&error) {
        Failed::Raced
    } else {
        Failed::Other(error.into())
    }
}

/// A new user needs an address, and one that the provider does not doubt.
fn address(provider: &Provider, person: &Person) -> Result<String, Error> {
    let settings = &provider.settings;
    let Some(email) = person
        .email
        .as_deref()
        .and_then(|email| text::email("email", email).ok())
    else {
        return Err(Error::Unauthenticated(format!(
            "The token of {} has no e-mail address in its claim {:?}, which a first sign-in needs; have the provider add it.",
            settings.issuer, settings.email_claim
        )));
    };
    if person.email_is_refuted {
        return Err(Error::Unauthenticated(format!(
            "{} says that {email} is not verified; verify it there and sign in again.",
            settings.name
        )));
    }
    Ok(email)
}

async fn update(
    app: &Arc<App>,
    tx: Tx,
    provider: &Provider,
    verified: &Verified,
    person: &Person,
    known: user_identity::Model,
) -> Result<UserId, Failed> {
    let id = known.user_id;
    // Whoever changes the members of a team holds the team before the user; so do we.
    let managed = managed_teams(&tx, provider).await?;
    let gives_roles = !provider.settings.roles.is_empty();
    if gives_roles {
        tx.take_turn(Turn::ChangeAdmins).await?;
    }
    let is_last_admin = gives_roles && is_last_admin(&*tx, id).await?;
    // Looked at again under the lock: another request with the same token may have been faster.
    let before = user::Entity::find_by_id(id).hold().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::internal("an identity without a user"))?;
    let known = user_identity::Entity::find_by_id(known.id).one(&*tx).await?;
    // Unbound meanwhile: what the token says is no longer about this user.
    let known = known.filter(|known| known.user_id == id).ok_or(Failed::Raced)?;
    let synced_at = known.synced_at;
    if !before.is_active || !is_newer(verified.issued_at, synced_at) {
        return Ok(id);
    }
    let now = app.clock.now();
    let after = described(&tx, provider, person, &before, is_last_admin).await?;
    let teams = match &person.groups {
        Some(groups) => sync_teams(&tx, provider, &managed, id, groups, now).await?,
        None => (Vec::new(), Vec::new()),
    };
    let changes = Changes::new()
        .field("email", &before.email, &after.email)
        .field("name", &before.name, &after.name)
        .field("role", &before.role, &after.role)
        .field("teams", &teams.0, &teams.1);
    let row = user_identity::ActiveModel {
        synced_at: Set(verified.issued_at),
        ..known.into()
    };
    row.update(&*tx).await?;
    if changes.is_empty() {
        tx.commit().await?;
        return Ok(id);
    }
    let row = user::ActiveModel {
        email: Set(after.email.clone()),
        name: Set(after.name.clone()),
        role: Set(after.role),
        updated_at: Set(now),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await.map_err(raced)?;
    let event = NewEvent::new("user.updated", SubjectKind::User, id, None)
        .changes(changes)
        .payload(json!({ "issuer": verified.issuer, "subject": verified.subject }));
    let mut events = vec![event];
    if after.role != Role::Admin {
        events.extend(end_admin_tokens(&tx, id, now).await?);
    }
    let session = session_of(app, after).await?;
    record(&session, &tx, events).await?;
    tx.commit().await?;
    Ok(id)
}

/// A user as the provider describes them.
async fn described(
    tx: &Tx,
    provider: &Provider,
    person: &Person,
    before: &user::Model,
    is_last_admin: bool,
) -> Result<user::Model, Error> {
    let mut after = before.clone();
    if let Some(name) = person
        .name
        .as_deref()
        .and_then(|name| text::line("name", name, 200).ok())
    {
        after.name = name;
    }
    let email = person.email.as_deref().filter(|_| !person.email_is_refuted);
    if let Some(email) = email.and_then(|email| text::email("email", email).ok())
        && email != before.email
        && user_by_email(&**tx, &email).await?.is_none()
    {
        after.email = email;
    }
    let role = person
        .groups
        .as_deref()
        .and_then(|groups| provider.settings.role_of(groups));
    if let Some(role) = role {
        if role != Role::Admin && before.role == Role::Admin && is_last_admin {
            tracing::warn!(user.id = %before.id, "the groups of the last active admin do not make them one; they stay admin");
        } else {
            after.role = role;
        }
    }
    Ok(after)
}

/// The session in which a user's own first sign-in is written down.
async fn session_of(app: &Arc<App>, user: user::Model) -> Result<Arc<Session>, Error> {
    app.session(crate::auth::Viewer::of(user, std::iter::empty())).await
}

/// The teams whose members follow from groups, locked, in one order so that two syncs never wait for each other.
async fn managed_teams(tx: &Tx, provider: &Provider) -> Result<Vec<team::Model>, Error> {
    let managed = provider.settings.managed_teams();
    if managed.is_empty() {
        return Ok(Vec::new());
    }
    let teams = team::Entity::find()
        .filter(team::Column::Slug.is_in(managed.iter().copied()))
        .order_by_asc(team::Column::Id)
        .hold()
        .all(&**tx)
        .await?;
    for missing in managed
        .iter()
        .filter(|slug| !teams.iter().any(|team| team.slug == **slug))
    {
        tracing::warn!(
            team = missing,
            "oidc_issuers puts people into a team that does not exist"
        );
    }
    Ok(teams)
}

/// Makes the memberships in teams that follow from groups so. Gives what they were and what they are, as `slug (lead)`.
async fn sync_teams(
    tx: &Tx,
    provider: &Provider,
    teams: &[team::Model],
    user: UserId,
    groups: &[String],
    now: DateTime<Utc>,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let wanted = provider.settings.teams_of(groups);
    let of_user = team_member::Column::UserId.eq(user);
    let in_teams = team_member::Column::TeamId.is_in(teams.iter().map(|team| team.id));
    let rows = team_member::Entity::find()
        .filter(of_user.clone())
        .filter(in_teams)
        .all(&**tx)
        .await?;
    let old: BTreeMap<TeamId, bool> = rows.iter().map(|row| (row.team_id, row.is_lead)).collect();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for team in teams {
        let (was, is) = (old.get(&team.id).copied(), wanted.get(team.slug.as_str()).copied());
        let named = |is_lead: bool| format!("{}{}", team.slug, if is_lead { " (lead)" } else { "" });
        before.extend(was.map(named));
        after.extend(is.map(named));
        if was == is {
            continue;
        }
        team_member::Entity::delete_many()
            .filter(of_user.clone())
            .filter(team_member::Column::TeamId.eq(team.id))
            .exec(&**tx)
            .await?;
        if let Some(is_lead) = is {
            let row = team_member::ActiveModel {
                team_id: Set(team.id),
                user_id: Set(user),
                is_lead: Set(is_lead),
            };
            team_member::Entity::insert(row).exec_without_returning(&**tx).await?;
        }
        // Whoever is about to replace the members of the team must look again.
        team::Entity::update_many()
            .col_expr(team::Column::Version, Expr::col(team::Column::Version).add(1))
            .col_expr(team::Column::UpdatedAt, Expr::value(now))
            .filter(team::Column::Id.eq(team.id))
            .exec(&**tx)
            .await?;
    }
    before.sort();
    after.sort();
    Ok((before, after))
}
