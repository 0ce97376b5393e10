//! Writes connections and links, and keeps both sides in step.

pub mod claim;
pub mod connections;
pub mod follow;
pub mod inbox;
pub mod links;
mod pauses;
mod people;
pub mod poll;
mod prepare;
pub mod probe;
mod record;
pub mod remote;
mod renamed;
pub mod sync;

use std::borrow::Cow;

use chrono::{DateTime, Duration, Utc};
use entity::{enums::SubjectKind, ids::TrackerConnectionId, recommendation, tracker_connection, tracker_link};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};

pub use follow::follow;

use self::remote::{Issue, Tracker, Wire, provider};
use super::{
    model::{Connection, Field, SAFETY, Values},
    queries::described,
};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
};

/// A link that fails is not looked at more often than so because of what a tracker tells.
const PATIENCE: Duration = Duration::minutes(10);
/// The longest title that every tracker takes.
const TITLE_CHARS: usize = 255;

/// The project of a connection, ready to be asked.
fn open(
    session: &Session,
    wire: &Wire,
    row: &tracker_connection::Model,
) -> Result<(Connection, Box<dyn Tracker>), Error> {
    let connection = described(row)?;
    let token = session
        .app
        .sealer
        .open(&connections::token_purpose(row.id), &row.sealed_token)?;
    let tracker = (provider(row.kind).open)(&connection, token, wire.clone());
    Ok((connection, tracker))
}

/// A title as far as a tracker can say it.
fn title(whole: &str) -> Cow<'_, str> {
    match whole.chars().count() > TITLE_CHARS {
        true => Cow::Owned(whole.chars().take(TITLE_CHARS - 1).chain(['…']).collect()),
        false => Cow::Borrowed(whole),
    }
}

/// Our side, as far as the tracker can say it. An owner who is unknown there is nobody there.
fn ours(connection: &Connection, row: &recommendation::Model) -> Values {
    let mut values = Values::from([(Field::Title, json!(title(&row.title)))]);
    if provider(connection.kind).has_due_dates {
        values.insert(Field::DueOn, json!(row.due_on));
    }
    if let Some(status) = connection.statuses.canonical(row.status) {
        values.insert(Field::Status, json!(status));
    }
    let owner = row.owner_id.filter(|owner| connection.external_of(*owner).is_some());
    values.insert(Field::Owner, json!(owner));
    values
}

/// The tracker's side, as far as we understand it, with as much of the title as we would send: what the tracker has beyond that is no
/// difference. Of several who do it the owner is whoever we take for it, now or as both had agreed; where none of them is, the first
/// whom we know.
fn theirs(connection: &Connection, issue: &Issue, owners: [Option<&Value>; 2]) -> Values {
    let mut values = Values::from([(Field::Title, json!(title(&issue.title)))]);
    let meant = connection.statuses.meaning(&issue.status);
    if let Some(status) = meant.and_then(|mapping| connection.statuses.canonical(mapping.status)) {
        values.insert(Field::Status, json!(status));
    }
    let known: Vec<Value> = issue
        .assignees
        .iter()
        .filter_map(|assignee| people::known(connection, assignee))
        .map(|user| json!(user))
        .collect();
    let same = owners.into_iter().flatten().find(|owner| known.contains(owner));
    let owner = match issue.assignees.is_empty() {
        true => Some(Value::Null),
        false => same.or(known.first()).cloned(),
    };
    values.extend(owner.map(|owner| (Field::Owner, owner)));
    values.extend(issue.due_on.map(|due_on| (Field::DueOn, json!(due_on))));
    values
}

/// What was seen of an issue, by which an echo is known.
fn seen(issue: &Issue) -> Value {
    let names: Vec<&String> = issue.assignees.iter().map(|assignee| &assignee.name).collect();
    json!({ "title": issue.title, "status": issue.status, "assignee": names, "dueOn": issue.due_on })
}

/// An event in the history of a recommendation.
fn event(event_type: &'static str, link: &tracker_link::Model, tracker: &str, more: Value) -> NewEvent {
    let mut payload = json!({
        "linkId": link.id,
        "tracker": tracker,
        "issue": link.external_key,
        "issueUrl": link.url,
    });
    if let (Some(object), Value::Object(more)) = (payload.as_object_mut(), more) {
        object.extend(more);
    }
    NewEvent::new(
        event_type,
        SubjectKind::Recommendation,
        link.recommendation_id,
        Some(link.report_id),
    )
    .payload(payload)
}

/// Asks that links be brought into step at once, because of what has changed here. `must_read`: the issues too may be others.
async fn mark(tx: &Tx, which: Condition, must_read: bool, now: DateTime<Utc>) -> Result<(), Error> {
    ask_for(tx, hold_all(tx, which).await?, must_read, Some(now)).await
}

/// Asks that issues be read because the tracker says that they may have changed. One that cannot be brought into step is not looked at more often for
/// that: what we try may be what changes it.
async fn mark_read(tx: &Tx, which: Condition, now: DateTime<Utc>) -> Result<(), Error> {
    let (failing, others): (Vec<_>, Vec<_>) = hold_all(tx, which)
        .await?
        .into_iter()
        .partition(|link| link.failures > 0);
    let soon = now + PATIENCE;
    let (later, kept): (Vec<_>, Vec<_>) = failing
        .into_iter()
        .partition(|link| link.next_sync_at.is_some_and(|at| at > soon));
    ask_for(tx, others, true, Some(now)).await?;
    ask_for(tx, later, true, Some(soon)).await?;
    ask_for(tx, kept, true, None).await
}

/// Holds a connection for a change of it; none when it is gone.
async fn hold_connection(tx: &Tx, id: TrackerConnectionId) -> Result<Option<tracker_connection::Model>, Error> {
    Ok(tracker_connection::Entity::find_by_id(id).hold().one(&**tx).await?)
}

/// In one order, so that nobody waits for somebody who waits for them.
async fn hold_all(tx: &Tx, which: Condition) -> Result<Vec<tracker_link::Model>, Error> {
    Ok(tracker_link::Entity::find()
        .filter(which)
        .filter(tracker_link::Column::NextSyncAt.is_not_null())
        .order_by_asc(tracker_link::Column::Id)
        .hold()
        .all(&**tx)
        .await?)
}

async fn ask_for(
    tx: &Tx,
    links: Vec<tracker_link::Model>,
    must_read: bool,
    at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    use tracker_link::Column as C;
    for some in links.chunks(500) {
        let mut update = tracker_link::Entity::update_many()
            .col_expr(C::Wanted, Expr::col(C::Wanted).add(1))
            .filter(C::Id.is_in(some.iter().map(|link| link.id)));
        if let Some(at) = at {
            update = update.col_expr(C::NextSyncAt, Expr::value(at));
        }
        if must_read {
            update = update.col_expr(C::MustRead, Expr::value(true));
        }
        update.exec(&**tx).await?;
    }
    Ok(())
}
