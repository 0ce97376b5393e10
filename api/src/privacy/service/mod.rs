//! Makes a user nameless. Admins only.

mod events;
mod links;
mod texts;

use std::collections::BTreeSet;

use entity::{
    api_token, calendar_feed,
    enums::SubjectKind,
    ids::{TypedId, UserId},
    tracker_connection, tracker_person, user, user_identity,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr, sea_query::ExprTrait,
};
use serde_json::Value;

use super::model::{Former, nameless, nowhere};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::service::{forget_browsers, is_last_admin},
    platform::{
        changes::Changes,
        db::{Hold, Turn, Tx},
        error::{Error, check_version},
    },
};

/// Takes the name and the address of a user away, everywhere. Does nothing to one who is nameless already.
pub async fn anonymize(session: &Session, id: UserId, expected_version: Option<i64>) -> Result<(), Error> {
    session.viewer.require_admin()?;
    if session.viewer.is(Some(id)) {
        return Err(Error::invalid(
            "id",
            "YOURSELF",
            "You cannot make yourself nameless; ask another admin, or an operator (`postmortem anonymize`).",
        ));
    }
    let Some(user) = deactivate(session, id, expected_version).await? else {
        return Ok(());
    };
    shut_out(session, id).await?;
    let former = former(session, &user).await?;
    texts::erase(session, &former).await?;
    texts::erase_copies(session, &former).await?;
    links::erase(session, &former).await?;
    finish(session, id, &former).await
}

/// Makes them inactive, and takes the name from their own row: from here on nothing is done as them, and nothing new is called after
/// them. The log keeps the name until the end. None if they are done with.
///
/// This waits for all who refer to the user or are about to write an event as them, who may hold anything else; so it holds nothing else.
async fn deactivate(
    session: &Session,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<Option<user::Model>, Error> {
    let tx = session.begin().await?;
    tx.take_turn(Turn::ChangeAdmins).await?;
    let is_last_admin = is_last_admin(&*tx, id).await?;
    let before = user::Entity::find_by_id(id).hold_to_remove().one(&*tx).await?;
    let before = before.ok_or_else(|| Error::not_found("user"))?;
    if before.anonymized_at.is_some() {
        // It was begun, and is to be ended if it was interrupted.
        return Ok((before.email != nowhere(id)).then_some(before));
    }
    check_version(expected_version, before.version)?;
    if is_last_admin && before.role == entity::enums::Role::Admin && before.is_active {
        return Err(Error::invalid(
            "id",
            "LAST_ADMIN",
            "This is the last active admin; make somebody else an admin first.",
        ));
    }
    let name = nameless(id);
    let changes = Changes::new()
        .field("name", &before.name, &name)
        .field("isActive", &before.is_active, &false);
    let row = user::ActiveModel {
        name: Set(name),
        is_active: Set(false),
        anonymized_at: Set(Some(session.now())),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.clone().into()
    };
    row.update(&*tx).await?;
    let event = NewEvent::new("user.updated", SubjectKind::User, id, None).changes(changes);
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(Some(before))
}

/// Takes the name out of the log, and the address from the user's own row. Last of all: what is looked for is read from there. One
/// after another: an event may name two of them.
async fn finish(session: &Session, id: UserId, former: &Former) -> Result<(), Error> {
    let tx = session.begin().await?;
    tx.take_turn(Turn::ChangeAdmins).await?;
    let before = user::Entity::find_by_id(id).hold_to_remove().one(&*tx).await?;
    // Another may have been quicker.
    let Some(before) = before.filter(|before| before.email != former.email) else {
        return Ok(());
    };
    // Some tracker may have been asked meanwhile.
    forget_what_trackers_call(&tx, id).await?;
    events::erase(&tx, id, former).await?;
    let row = user::ActiveModel {
        email: Set(former.email.clone()),
        updated_at: Set(session.now()),
        version: Set(before.version + 1),
        ..before.into()
    };
    row.update(&*tx).await?;
    let event = NewEvent::new("user.anonymized", SubjectKind::User, id, None);
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    tracing::info!(user.id = %id.uuid(), "a user was made nameless");
    Ok(())
}

/// All names and addresses that the user ever had; those that somebody else has now are theirs.
async fn former(session: &Session, user: &user::Model) -> Result<Former, Error> {
    let others = user::Entity::find()
        .filter(user::Column::Id.ne(user.id))
        .filter(user::Column::AnonymizedAt.is_null())
        .all(&session.db)
        .await?;
    let of_others: BTreeSet<String> = others
        .iter()
        .flat_map(|other| [other.name.to_lowercase(), other.email.to_lowercase()])
        .collect();
    let (mut names, mut emails) = events::names_of(&session.db, user.id).await?;
    names.insert(user.name.clone());
    names.remove(&nameless(user.id));
    emails.insert(user.email.clone());
    let alone = |all: BTreeSet<String>| -> Vec<String> {
        let all = all.into_iter();
        all.filter(|text| !of_others.contains(&text.to_lowercase())).collect()
    };
    Former::new(user.id, &alone(names), &alone(emails))
}

/// Ends every way in, and takes away what others call the user.
async fn shut_out(session: &Session, id: UserId) -> Result<(), Error> {
    let now = session.now();
    let tx = session.begin().await?;
    forget_browsers(&tx, id).await?;
    user_identity::Entity::delete_many()
        .filter(user_identity::Column::UserId.eq(id))
        .exec(&*tx)
        .await?;
    api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(now))
        .filter(api_token::Column::CreatedById.eq(id))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(&*tx)
        .await?;
    calendar_feed::Entity::update_many()
        .col_expr(calendar_feed::Column::RevokedAt, Expr::value(now))
        .filter(calendar_feed::Column::OwnerId.eq(id))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .exec(&*tx)
        .await?;
    let me = Value::String(id.to_string());
    let connections = tracker_connection::Entity::find().hold().all(&*tx).await?;
    for connection in connections {
        let Value::Array(people) = &connection.user_map else {
            continue;
        };
        let others: Vec<Value> = people.iter().filter(|person| person["userId"] != me).cloned().collect();
        if others.len() < people.len() {
            tracker_connection::Entity::update_many()
                .col_expr(tracker_connection::Column::UserMap, Expr::value(Value::Array(others)))
                .col_expr(
                    tracker_connection::Column::Version,
                    Expr::col(tracker_connection::Column::Version).add(1),
                )
                .filter(tracker_connection::Column::Id.eq(connection.id))
                .exec(&*tx)
                .await?;
        }
    }
    forget_what_trackers_call(&tx, id).await?;
    tx.commit().await
}

async fn forget_what_trackers_call(tx: &Tx, id: UserId) -> Result<(), Error> {
    tracker_person::Entity::delete_many()
        .filter(tracker_person::Column::UserId.eq(id))
        .exec(&**tx)
        .await?;
    Ok(())
}
