//! Makes feeds, gives them other addresses, and revokes them.

pub mod read;

use entity::{
    calendar_feed, calendar_feed_item,
    enums::SubjectKind,
    ids::{CalendarFeedId, TeamId},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    model::{MOST_FEEDS, NewFeed, SECRET_PREFIX},
    policy, queries,
};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    people::queries::known_team,
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::Error,
        secret,
    },
};

/// A feed that was given a secret, which is not kept.
pub struct Made {
    /// Which one.
    pub id: CalendarFeedId,
    /// The last part of its address.
    pub secret: String,
}

impl Made {
    /// Where it is read.
    pub fn url(&self, session: &Session) -> String {
        format!("{}/calendar/{}.ics", session.app.settings.public_url, self.secret)
    }
}

fn fresh_secret() -> Result<String, Error> {
    Ok(format!("{SECRET_PREFIX}{}", secret::fresh()?))
}

/// Makes a feed of one's own. Anybody who signs in as a person.
pub async fn create(session: &Session, new: NewFeed) -> Result<Made, Error> {
    let owner = policy::owner_of_new(&session.viewer)?;
    let new = new.check()?;
    let made = Made {
        id: session.mint(),
        secret: fresh_secret()?,
    };
    let tx = session.begin().await?;
    let whose = whose(session, &tx, new.team).await?;
    if queries::working(&*tx, owner).await? >= MOST_FEEDS {
        return Err(Error::forbidden(format!(
            "You have {MOST_FEEDS} calendar feeds already; revoke one that you do not use."
        )));
    }
    let name = new.name.unwrap_or_else(|| format!("Due dates: {whose}"));
    let row = calendar_feed::ActiveModel {
        id: Set(made.id),
        name: Set(name.clone()),
        owner_id: Set(owner),
        team_id: Set(new.team),
        form: Set(new.form),
        reminder_days: Set(new.reminder_days),
        secret_hash: Set(secret::digest(&made.secret)),
        created_at: Set(session.now()),
        rotated_at: Set(None),
        last_read_at: Set(None),
        revoked_at: Set(None),
    };
    calendar_feed::Entity::insert(row).exec_without_returning(&*tx).await?;
    let changes = Changes::new()
        .created("name", &name)
        .created("teamId", &new.team)
        .created("form", &new.form)
        .created("reminderDaysBefore", &new.reminder_days);
    write_down(session, &tx, "calendar_feed.created", made.id, &name, changes).await?;
    tx.commit().await?;
    Ok(made)
}

/// The name of a team, or of oneself.
async fn whose(session: &Session, tx: &Tx, team: Option<TeamId>) -> Result<String, Error> {
    Ok(match team {
        Some(team) => known_team(&**tx, "teamId", team).await?.name,
        None => session.viewer.name(),
    })
}

/// Gives a feed another secret; the old address stops working. Its owner only.
pub async fn rotate(session: &Session, id: CalendarFeedId) -> Result<Made, Error> {
    let made = Made {
        id,
        secret: fresh_secret()?,
    };
    let tx = session.begin().await?;
    let before = hold(session, &tx, id).await?;
    policy::may_rotate(&session.viewer, &before)?;
    if before.revoked_at.is_some() {
        return Err(Error::invalid(
            "id",
            "REVOKED",
            "This calendar feed has been revoked; create another one.",
        ));
    }
    let now = session.now();
    let name = before.name.clone();
    let changes = Changes::new().field("rotatedAt", &before.rotated_at, &Some(now));
    let row = calendar_feed::ActiveModel {
        secret_hash: Set(secret::digest(&made.secret)),
        rotated_at: Set(Some(now)),
        ..before.into()
    };
    row.update(&*tx).await?;
    write_down(session, &tx, "calendar_feed.rotated", id, &name, changes).await?;
    tx.commit().await?;
    Ok(made)
}

/// Makes a feed unreadable, for ever. Its owner and admins. Once more changes nothing.
pub async fn revoke(session: &Session, id: CalendarFeedId) -> Result<(), Error> {
    let tx = session.begin().await?;
    let before = hold(session, &tx, id).await?;
    if before.revoked_at.is_some() {
        return Ok(());
    }
    let now = session.now();
    let name = before.name.clone();
    let changes = Changes::new().field("revokedAt", &before.revoked_at, &Some(now));
    let row = calendar_feed::ActiveModel {
        revoked_at: Set(Some(now)),
        ..before.into()
    };
    row.update(&*tx).await?;
    // Nobody reads it again, so what it has shown matters no more.
    calendar_feed_item::Entity::delete_many()
        .filter(calendar_feed_item::Column::FeedId.eq(id))
        .exec(&*tx)
        .await?;
    write_down(session, &tx, "calendar_feed.revoked", id, &name, changes).await?;
    tx.commit().await
}

async fn hold(session: &Session, tx: &Tx, id: CalendarFeedId) -> Result<calendar_feed::Model, Error> {
    scope::calendar_feeds(&session.viewer)
        .filter(calendar_feed::Column::Id.eq(id))
        .hold()
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::not_found("calendar feed"))
}

async fn write_down(
    session: &Session,
    tx: &Tx,
    kind: &'static str,
    id: CalendarFeedId,
    name: &str,
    changes: Changes,
) -> Result<(), Error> {
    let event = NewEvent::new(kind, SubjectKind::CalendarFeed, id, None).changes(changes);
    record(session, tx, vec![event.payload(json!({ "name": name }))]).await
}
