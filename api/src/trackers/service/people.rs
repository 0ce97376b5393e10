//! Who is who: as admins said, and for others as their e-mail address tells.

use chrono::Duration;
use entity::{
    ids::{TrackerConnectionId, UserId},
    recommendation, tracker_person, user,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::remote::{Assignee, Failure, Issue, Tracker};
use crate::{
    auth::Session,
    platform::error::Error,
    trackers::model::{Connection, Person},
};

/// Whom a tracker did not know it is asked for again after this.
const AGAIN: Duration = Duration::hours(24);

/// Adds whom we have met before.
pub(super) async fn recall(
    session: &Session,
    id: TrackerConnectionId,
    connection: &mut Connection,
) -> Result<(), Error> {
    let met = tracker_person::Entity::find()
        .filter(tracker_person::Column::ConnectionId.eq(id))
        .filter(tracker_person::Column::External.is_not_null())
        .all(&session.db)
        .await?;
    for row in met {
        if let Some(external) = row.external {
            add(connection, row.user_id, external);
        }
    }
    Ok(())
}

/// What admins say counts: nobody is added who is named already, here or there.
fn add(connection: &mut Connection, user_id: UserId, external: String) {
    if connection.external_of(user_id).is_none() && connection.user_of(&external).is_none() {
        connection.people.push(Person { external, user_id });
    }
}

/// Asks the tracker for the owner of an item, unless we know who that is there or have asked lately.
pub(super) async fn ask(
    session: &Session,
    tracker: &dyn Tracker,
    id: TrackerConnectionId,
    connection: &mut Connection,
    item: &recommendation::Model,
) -> Result<Result<(), Failure>, Error> {
    let databases = &session.app.databases;
    let Some(owner) = item.owner_id.filter(|owner| connection.external_of(*owner).is_none()) else {
        return Ok(Ok(()));
    };
    let Some(user) = databases.in_time(unasked(session, id, owner)).await? else {
        return Ok(Ok(()));
    };
    let found = match tracker.person(&user.email).await {
        Ok(found) => found,
        Err(failure) if failure.is_of_connection() => return Ok(Err(failure)),
        // Not everybody may look people up.
        Err(_) => None,
    };
    databases.in_time(remember(session, id, owner, found.clone())).await?;
    if let Some(external) = found {
        add(connection, owner, external);
    }
    Ok(Ok(()))
}

/// Whom the tracker is to be asked for, unless it was lately.
async fn unasked(session: &Session, id: TrackerConnectionId, owner: UserId) -> Result<Option<user::Model>, Error> {
    let asked = tracker_person::Entity::find_by_id((id, owner)).one(&session.db).await?;
    if asked.is_some_and(|row| row.external.is_some() || session.now() - row.asked_at < AGAIN) {
        return Ok(None);
    }
    // Whose name is gone, or is about to be, is nobody's business elsewhere.
    let named = user::Entity::find_by_id(owner).filter(user::Column::AnonymizedAt.is_null());
    Ok(named.one(&session.db).await?)
}

/// Whom the tracker means.
pub(super) fn known(connection: &Connection, assignee: &Assignee) -> Option<UserId> {
    let by_email = || connection.user_of(assignee.email.as_deref()?);
    connection.user_of(&assignee.name).or_else(by_email)
}

/// Recognises those to whom an issue is assigned by the addresses that the tracker vouches for.
pub(super) async fn recognise(
    session: &Session,
    id: TrackerConnectionId,
    connection: &mut Connection,
    issue: &Issue,
) -> Result<(), Error> {
    for assignee in &issue.assignees {
        let Some(email) = assignee
            .email
            .as_deref()
            .filter(|_| known(connection, assignee).is_none())
        else {
            continue;
        };
        let found = user::Entity::find()
            .filter(user::Column::Email.eq(email.to_lowercase()))
            .filter(user::Column::IsActive.eq(true))
            .one(&session.db)
            .await?;
        if let Some(user) = found.filter(|user| connection.external_of(user.id).is_none()) {
            remember(session, id, user.id, Some(assignee.name.clone())).await?;
            add(connection, user.id, assignee.name.clone());
        }
    }
    Ok(())
}

async fn remember(
    session: &Session,
    id: TrackerConnectionId,
    user_id: UserId,
    external: Option<String>,
) -> Result<(), Error> {
    use tracker_person::Column as C;
    let tx = session.begin().await?;
    let row = tracker_person::ActiveModel {
        connection_id: Set(id),
        user_id: Set(user_id),
        external: Set(external),
        asked_at: Set(session.now()),
    };
    let anew = OnConflict::columns([C::ConnectionId, C::UserId])
        .update_columns([C::External, C::AskedAt])
        .to_owned();
    tracker_person::Entity::insert(row)
        .on_conflict(anew)
        .exec_without_returning(&*tx)
        .await?;
    tx.commit().await
}
