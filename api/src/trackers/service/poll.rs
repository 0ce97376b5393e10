//! Asks a tracker what has changed: the only way for one without webhooks, and a safety net for the others.

use chrono::{DateTime, Duration, Utc};
use entity::{
    enums::SyncState,
    ids::{TrackerConnectionId, TrackerLinkId},
    tracker_connection, tracker_link,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};

use super::{
    hold_connection, mark_read, open,
    pauses::{pause, works},
    remote::{Failure, Issue, Tracker, Wire},
    renamed::rename,
    seen,
};
use crate::{
    auth::Session,
    platform::{db::Hold, error::Error, sql},
    trackers::model::POLL_INTERVAL,
};

/// How far its clock may be behind ours.
const CLOCKS: Duration = Duration::minutes(5);
/// The most pages of one poll. When there are more, or an issue was too large for an answer, each of our issues is read by itself.
const PAGES: usize = 50;

/// Asks a connection what has changed, if that is due.
pub async fn poll(session: &Session, wire: &Wire, id: TrackerConnectionId) -> Result<(), Error> {
    let databases = &session.app.databases;
    let Some(connection) = databases.in_time(begin(session, id)).await? else {
        return Ok(());
    };
    let began = session.now();
    let (_, tracker) = open(session, wire, &connection)?;
    match look(&*tracker, connection.polled_until - CLOCKS).await {
        Ok(Found::Issues(issues, is_all)) => {
            databases.in_time(works(session, &connection)).await?;
            let end = end(session, &connection, &issues, is_all, began);
            databases.in_time(end).await
        }
        Ok(Found::Renamed(project)) => {
            let rename = rename(session, &connection, &project);
            databases.in_time(rename).await
        }
        Err(failure) => databases.in_time(pause(session, &connection, &failure)).await,
    }
}

/// What a poll finds.
enum Found {
    /// What has changed, and whether that is all of it.
    Issues(Vec<Issue>, bool),
    /// The project has another name. What has changed is asked by that one, at once.
    Renamed(String),
}

async fn look(tracker: &dyn Tracker, since: DateTime<Utc>) -> Result<Found, Failure> {
    if let Some(project) = tracker.renamed().await? {
        return Ok(Found::Renamed(project));
    }
    let (issues, is_all) = changed(tracker, since).await?;
    Ok(Found::Issues(issues, is_all))
}

/// Takes the poll of a connection in hand: others find the next one moved.
async fn begin(session: &Session, id: TrackerConnectionId) -> Result<Option<tracker_connection::Model>, Error> {
    let tx = session.begin().await?;
    let held = tracker_connection::Entity::find_by_id(id)
        .hold_if_free()
        .one(&*tx)
        .await?;
    let now = session.now();
    // As in `queries::due_connections`.
    let has_come = |at: DateTime<Utc>| at <= now || at > now + POLL_INTERVAL + sql::CLOCKS;
    let is_due = |row: &tracker_connection::Model| {
        row.is_enabled && has_come(row.next_poll_at) && row.paused_until.is_none_or(|until| until <= now)
    };
    let Some(row) = held.filter(is_due) else {
        // Dropped, it would let go of its lock only later.
        tx.commit().await?;
        return Ok(None);
    };
    let mut moved = row.clone().into_active_model();
    moved.next_poll_at = Set(now + POLL_INTERVAL);
    moved.update(&*tx).await?;
    tx.commit().await?;
    Ok(Some(row))
}

/// What has changed, and whether that is all of it.
async fn changed(tracker: &dyn Tracker, since: DateTime<Utc>) -> Result<(Vec<Issue>, bool), Failure> {
    let (mut issues, mut page, mut is_whole) = (Vec::new(), None, true);
    for _ in 0..PAGES {
        let found = tracker.changed(since, page.as_deref()).await?;
        // Texts are long, and not looked at here.
        let brief = |issue| Issue {
            body: String::new(),
            ..issue
        };
        issues.extend(found.issues.into_iter().map(brief));
        is_whole &= found.is_whole;
        page = found.next;
        if page.is_none() {
            return Ok((issues, is_whole));
        }
    }
    Ok((issues, false))
}

async fn end(
    session: &Session,
    connection: &tracker_connection::Model,
    issues: &[Issue],
    is_all: bool,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    let links = tracker_link::Entity::find()
        .filter(tracker_link::Column::ConnectionId.eq(connection.id))
        .filter(tracker_link::Column::State.ne(SyncState::Unlinked))
        .filter(tracker_link::Column::ExternalId.is_in(issues.iter().map(|issue| issue.id.clone())))
        .all(&session.db)
        .await?;
    let is_news = |link: &&tracker_link::Model| {
        issues
            .iter()
            .any(|issue| link.external_id.as_ref() == Some(&issue.id) && seen(issue) != link.seen)
    };
    let marked: Vec<TrackerLinkId> = links.iter().filter(is_news).map(|link| link.id).collect();
    let tx = session.begin().await?;
    let held = hold_connection(&tx, connection.id).await?;
    let which = Condition::all().add(tracker_link::Column::ConnectionId.eq(connection.id));
    let which = match is_all {
        true => which.add(tracker_link::Column::Id.is_in(marked)),
        // Nobody knows what else has changed: each of ours is looked at by itself.
        false => which.add(tracker_link::Column::State.ne(SyncState::Unlinked)),
    };
    mark_read(&tx, which, session.now()).await?;
    if let Some(row) = held {
        let mut row = row.into_active_model();
        row.polled_until = Set(until);
        row.last_synced_at = Set(Some(session.now()));
        row.update(&*tx).await?;
    }
    tx.commit().await
}
