//! Users.

use entity::{
    enums::{Role, SubjectKind},
    ids::UserId,
    user, web_session,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};

use super::{taken, tokens::end_admin_tokens};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    platform::{
        changes::Changes,
        db::{Hold, Turn, Tx},
        error::{Error, Problems, check_version},
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
        anonymized_at: Set(None),
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
    let may_demote = patch.role.is_some_and(|role| role != Role::Admin) || patch.is_active == Some(false);
    if patch.role.is_some() || patch.is_active.is_some() {
        tx.take_turn(Turn::ChangeAdmins).await?;
    }
    let is_last_admin = may_demote && is_last_admin(&*tx, id).await?;
    let before = user::Entity::find_by_id(id).hold().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("user"))?;
    check_version(patch.expected_version, before.version)?;
    let mut after = before.clone();
    if before.anonymized_at.is_some() {
        return Err(Error::invalid(
            "id",
            "ANONYMIZED",
            "This user was made nameless for good; create a new user instead.",
        ));
    }
    if let Some(name) = &patch.name {
        after.name = text::line("name", name, 200)?;
    }
    after.role = patch.role.unwrap_or(after.role);
    after.is_active = patch.is_active.unwrap_or(after.is_active);
    if is_last_admin && before.role == Role::Admin && before.is_active {
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
    let is_active = after.is_active;
    let is_admin = is_active && after.role == Role::Admin;
    let row = user::ActiveModel {
        name: Set(after.name),
        role: Set(after.role),
        is_active: Set(after.is_active),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await?;
    if !is_active {
        forget_browsers(&tx, id).await?;
    }
    let mut events = vec![NewEvent::new("user.updated", SubjectKind::User, id, None).changes(changes)];
    if !is_admin {
        events.extend(end_admin_tokens(&tx, id, session.now()).await?);
    }
    record(session, &tx, events).await?;
    tx.commit().await
}

/// Signs a user out of every browser: none of them comes back to life with the user.
pub async fn forget_browsers(tx: &Tx, user: UserId) -> Result<(), Error> {
    web_session::Entity::delete_many()
        .filter(web_session::Column::UserId.eq(user))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Would nobody be admin without this user? Whoever asks has taken the turn [`Turn::ChangeAdmins`].
pub async fn is_last_admin(db: &impl ConnectionTrait, id: UserId) -> Result<bool, Error> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::Id.ne(id))
        .count(db)
        .await?;
    Ok(others == 0)
}
