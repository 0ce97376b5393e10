//! Writes connections and links, and keeps both sides in step.

pub mod claim;
pub mod connections;
pub mod follow;
pub mod inbox;
pub mod links;
mod people;
pub mod poll;
mod prepare;
pub mod probe;
mod record;
pub mod remote;
pub mod sync;

use std::borrow::Cow;

use chrono::{DateTime, Duration, Utc};
use entity::{enums::SubjectKind, recommendation, tracker_connection, tracker_link};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};

pub use follow::follow;

use self::remote::{Assignee, Issue, Tracker, Wire, provider};
use super::{
    model::{Connection, Field, Values},
    queries::described,
};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{db::Tx, error::Error},
};

/// A link that nothing happened to is looked at again after this: its issue may be gone without a notice.
const SAFETY: Duration = Duration::hours(24);
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

/// The tracker's side, as far as we understand it.
fn theirs(connection: &Connection, issue: &Issue) -> Values {
    let mut values = Values::from([(Field::Title, json!(issue.title))]);
    let meant = connection.statuses.meaning(&issue.status);
    if let Some(status) = meant.and_then(|mapping| connection.statuses.canonical(mapping.status)) {
        values.insert(Field::Status, json!(status));
    }
    let owner = match &issue.assignee {
        Assignee::Nobody => Some(Value::Null),
        Assignee::Somebody(names) => names
            .iter()
            .find_map(|name| connection.user_of(name))
            .map(|user| json!(user)),
    };
    values.extend(owner.map(|owner| (Field::Owner, owner)));
    values.extend(issue.due_on.map(|due_on| (Field::DueOn, json!(due_on))));
    values
}

/// What was seen of an issue, by which an echo is known.
fn seen(issue: &Issue) -> Value {
    let names = match &issue.assignee {
        Assignee::Nobody => Vec::new(),
        Assignee::Somebody(names) => names.clone(),
    };
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

/// Asks that links be brought into step; `must_read` when the tracker's side may have changed.
async fn mark(tx: &Tx, which: Condition, must_read: bool, now: DateTime<Utc>) -> Result<(), Error> {
    use tracker_link::Column as C;
    let mut update = tracker_link::Entity::update_many()
        .col_expr(C::Wanted, Expr::col(C::Wanted).add(1))
        .col_expr(C::NextSyncAt, Expr::value(now))
        .filter(which)
        .filter(C::NextSyncAt.is_not_null());
    if must_read {
        update = update.col_expr(C::MustRead, Expr::value(true));
    }
    update.exec(&**tx).await?;
    Ok(())
}
