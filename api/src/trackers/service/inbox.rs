//! What trackers tell by webhooks: taken in at once, worked off afterwards.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::Duration;
use entity::{enums::SyncState, ids::TrackerConnectionId, tracker_connection, tracker_link, tracker_notice};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{
    connections::inbound_purpose,
    mark_read,
    remote::{Hook, provider},
    seen,
};
use crate::{
    auth::Session,
    platform::{db::Hold, error::Error},
    trackers::queries::described,
};

/// Notices of one transaction.
const BATCH: u64 = 25;

/// The longest text of a notice that is kept. What an issue says is not looked at, and all else is shorter.
const TEXT_BYTES: usize = 4_096;

/// Leaves out what is long.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES => text.clear(),
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// What a notice says, as JSON, without long texts: notices wait in the database, and several are read at once. None when it is no
/// object. GitHub sends a form with it in one field, unless it is told otherwise.
fn said(hook: &Hook<'_>) -> Option<String> {
    let kind = hook.headers.get("content-type").map_or("", String::as_str);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = match kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        true => {
            let mut fields = form_urlencoded::parse(hook.body);
            fields.find(|(name, _)| name == "payload")?.1
        }
        false => Cow::Borrowed(std::str::from_utf8(hook.body).ok()?),
    };
    let mut fields: Map<String, Value> = serde_json::from_str(&text).ok()?;
    fields.values_mut().for_each(shorten);
    serde_json::to_string(&fields).ok()
}

/// Takes a notice in, if it is the tracker's. The signature is over the body as it came, and is looked at before anything else.
pub async fn receive(
    session: &Session,
    id: TrackerConnectionId,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Result<(), Error> {
    let unknown = || Error::not_found("tracker connection");
    let connection = tracker_connection::Entity::find_by_id(id)
        .one(&session.db)
        .await?
        .ok_or_else(unknown)?;
    let hook = Hook { headers, body };
    let provider = provider(connection.kind);
    let secret = session
        .app
        .sealer
        .open(&inbound_purpose(id), &connection.sealed_inbound_secret)?;
    if !(provider.is_genuine)(&hook, &secret) {
        return Err(Error::Unauthenticated(
            "The signature is missing or wrong; give the tracker the secret of this connection.".to_owned(),
        ));
    }
    let delivery = (provider.delivery)(&hook)
        .ok_or_else(|| Error::invalid("delivery", "REQUIRED", "The request does not say its delivery id."))?;
    let text = said(&hook).ok_or_else(|| {
        let sentence =
            "The body is no JSON object, nor a form with one as its payload; let the tracker send application/json.";
        Error::invalid("body", "MALFORMED", sentence)
    })?;
    let tx = session.begin().await?;
    if tracker_connection::Entity::find_by_id(id)
        .keep()
        .one(&*tx)
        .await?
        .is_none()
    {
        return Err(unknown());
    }
    let row = tracker_notice::ActiveModel {
        id: Set(session.mint()),
        connection_id: Set(id),
        delivery: Set(delivery),
        body: Set(text),
        received_at: Set(session.now()),
        done_at: Set(None),
    };
    let known = OnConflict::columns([tracker_notice::Column::ConnectionId, tracker_notice::Column::Delivery])
        .do_nothing()
        .to_owned();
    tracker_notice::Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(&*tx)
        .await?;
    tx.commit().await
}

/// Marks the links that notices are about. A notice that says what was last seen is an echo, or late, and asks for nothing. True
/// when there may be more.
pub async fn work_off(session: &Session) -> Result<bool, Error> {
    use tracker_notice::Column as C;
    let waiting = || tracker_notice::Entity::find().filter(C::DoneAt.is_null());
    if waiting().one(&session.db).await?.is_none() {
        return Ok(false);
    }
    let tx = session.begin().await?;
    let notices = waiting()
        .order_by_asc(C::ReceivedAt)
        .order_by_asc(C::Id)
        .limit(BATCH)
        .hold_if_free()
        .all(&*tx)
        .await?;
    let may_be_more = u64::try_from(notices.len()).is_ok_and(|found| found == BATCH);
    let of = notices.iter().map(|notice| notice.connection_id);
    let connections = tracker_connection::Entity::find()
        .filter(tracker_connection::Column::Id.is_in(of))
        .all(&*tx)
        .await?;
    let mut told = Vec::new();
    for notice in &notices {
        let connection = connections.iter().find(|row| row.id == notice.connection_id);
        let body: Option<Value> = serde_json::from_str(&notice.body).ok();
        if let (Some(connection), Some(body)) = (connection, body)
            && let Some(about) = (provider(connection.kind).told)(&described(connection)?, &body)
        {
            told.push((connection.id, about));
        }
    }
    let ids = told.iter().map(|(_, about)| about.id.clone());
    let links = tracker_link::Entity::find()
        .filter(tracker_link::Column::ExternalId.is_in(ids))
        .filter(tracker_link::Column::State.ne(SyncState::Unlinked))
        .all(&*tx)
        .await?;
    let is_news = |link: &&tracker_link::Model| {
        told.iter().any(|(connection, about)| {
            let is_this = *connection == link.connection_id && link.external_id.as_ref() == Some(&about.id);
            is_this && about.issue.as_ref().is_none_or(|issue| seen(issue) != link.seen)
        })
    };
    let marked: Vec<_> = links.iter().filter(is_news).map(|link| link.id).collect();
    if !marked.is_empty() {
        let which = Condition::all().add(tracker_link::Column::Id.is_in(marked));
        mark_read(&tx, which, session.now()).await?;
    }
    let now = session.now();
    tracker_notice::Entity::update_many()
        .col_expr(C::DoneAt, Expr::value(now))
        .col_expr(C::Body, Expr::value(""))
        .filter(C::Id.is_in(notices.iter().map(|notice| notice.id)))
        .exec(&*tx)
        .await?;
    tracker_notice::Entity::delete_many()
        .filter(C::DoneAt.lt(now - Duration::days(session.app.settings.notice_retention_days.into())))
        .exec(&*tx)
        .await?;
    tx.commit().await?;
    Ok(may_be_more)
}
