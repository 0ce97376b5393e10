//! The feed: every event once, the oldest first, in an order that never changes.
//!
//! Events are numbered under a lock that is held until the commit, so whoever sees a number sees all smaller ones. A reader who
//! goes on from the last number therefore misses nothing and meets nothing twice.

mod count;
pub mod fresh;
mod sources;
mod touched;

use entity::{
    event,
    ids::{EventId, TypedId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, prelude::Uuid};

pub use self::count::count;
use super::model::feed::{Followed, ORDER, place};
use crate::{
    auth::{Session, Viewer, scope},
    platform::{
        error::Error,
        page::{Cursor, Page, PageArgs},
        results::Version,
    },
};

/// A page of the feed, and where to go on from.
pub struct Stretch {
    /// The page.
    pub page: Page<event::Model>,
    /// The cursor to ask with next; also of a page without events.
    pub end: Cursor,
}

/// The place in the feed right after an event of this number; 0 is its beginning.
pub fn cursor(sequence: i64) -> Cursor {
    Cursor::new(ORDER, Some(sequence.to_string()), Uuid::nil())
}

/// What of the log the viewer follows.
pub fn followed(viewer: &Viewer, followed: &Followed) -> Select<event::Entity> {
    let mut select = scope::events(viewer);
    if let Some(types) = &followed.types {
        select = select.filter(event::Column::EventType.is_in(types.iter().copied()));
    }
    if let Some((kind, subject)) = followed.subject {
        select = select
            .filter(event::Column::SubjectId.eq(subject))
            .filter(event::Column::SubjectKind.eq(kind));
    }
    select
}

/// Reads a page of the feed.
pub async fn read(session: &Session, wanted: &Followed, args: &PageArgs) -> Result<Stretch, Error> {
    let after = match &args.after {
        Some(cursor) => place(cursor.of_order(ORDER))?,
        None => 0,
    };
    // Before the page is read: all that is wanted up to here is then on the page, or comes after it. So who follows what is rare
    // does not look through the same events again and again.
    let seen = match wanted.is_filtered() {
        true => latest(session).await?,
        false => 0,
    };
    let rows = followed(&session.viewer, wanted)
        .filter(event::Column::Sequence.gt(after))
        .order_by_asc(event::Column::Sequence)
        .limit(args.limit + 1)
        .all(&session.db)
        .await?;
    let rows = rows.into_iter().map(|row| (cursor(row.sequence), row)).collect();
    let page = Page::trim(rows, args);
    let last = page.rows.last().map_or(after, |(_, row)| row.sequence);
    let end = if page.has_next { last } else { last.max(seen) };
    Ok(Stretch { page, end: cursor(end) })
}

/// The number of the latest event that the viewer may see; 0 when there is none.
pub async fn latest(session: &Session) -> Result<i64, Error> {
    let latest = scope::events(&session.viewer)
        .select_only()
        .column(event::Column::Sequence)
        .order_by_desc(event::Column::Sequence)
        .limit(1)
        .into_tuple::<i64>()
        .one(&session.db)
        .await?;
    Ok(latest.unwrap_or(0))
}

/// The number of the last event there is, whoever may see it; 0 without any.
pub async fn last_sequence(db: &impl ConnectionTrait) -> Result<i64, Error> {
    let last = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .order_by_desc(event::Column::Sequence)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0))
}

/// The version of all data: whoever reads something after this reads it with all that the events up to here say. Events are
/// numbered as they become visible, and a change is visible with its event.
pub async fn version(db: &impl ConnectionTrait) -> Result<Version, Error> {
    let last = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .column(event::Column::Id)
        .order_by_desc(event::Column::Sequence)
        .into_tuple::<(i64, EventId)>()
        .one(db)
        .await?;
    Ok(last.map_or(BEGINNING, |(number, event)| Version {
        number,
        event: event.uuid(),
    }))
}

/// The version of a database in which nothing has happened.
pub const BEGINNING: Version = Version {
    number: 0,
    event: Uuid::nil(),
};

/// The next events after one, in order, whoever may see them.
pub async fn events_after(db: &impl ConnectionTrait, sequence: i64, most: u64) -> Result<Vec<event::Model>, Error> {
    Ok(event::Entity::find()
        .filter(event::Column::Sequence.gt(sequence))
        .order_by_asc(event::Column::Sequence)
        .limit(most)
        .all(db)
        .await?)
}
