//! Creates and changes connections. Admins only.

use entity::{
    enums::{SubjectKind, SyncState},
    ids::{TrackerConnectionId, UserId},
    tracker_connection, tracker_link, user,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use serde_json::json;
use url::Url;

use super::{
    hold_connection, mark,
    remote::{LIMITED, provider},
};
use crate::{
    auth::Session,
    events::{model::NewEvent, queries::last_sequence, service::record},
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::{Error, Problems, check_version},
        outbound::Reach,
        secret::{self, Secret},
        text,
    },
    trackers::{
        model::{self, Connection, ConnectionPatch},
        queries::described,
    },
};

/// A connection with the secret that is shown this once.
pub struct Made {
    /// Which one.
    pub id: TrackerConnectionId,
    /// What its webhooks must be signed with.
    pub inbound_secret: String,
}

/// What the sealed token is good for.
pub(super) fn token_purpose(id: TrackerConnectionId) -> String {
    format!("tracker_connection.token {id}")
}

/// What the sealed secret is good for.
pub(super) fn inbound_purpose(id: TrackerConnectionId) -> String {
    format!("tracker_connection.inbound {id}")
}

/// An event about a connection.
pub(super) fn event(event_type: &'static str, id: TrackerConnectionId) -> NewEvent {
    NewEvent::new(event_type, SubjectKind::TrackerConnection, id, None)
}

/// Where the statuses are given, their words are these, as the tracker writes them.
fn check_words(wanted: &mut Connection, problems: &mut Problems) {
    let provider = provider(wanted.kind);
    if !provider.has_these_only {
        return;
    }
    let known: Vec<String> = (provider.statuses)()
        .into_iter()
        .map(|mapping| mapping.external)
        .collect();
    for (position, mapping) in wanted.statuses.0.iter_mut().enumerate() {
        match known.iter().find(|word| word.eq_ignore_ascii_case(&mapping.external)) {
            Some(word) => mapping.external.clone_from(word),
            None => problems.add(
                format!("statusMap.{position}.external"),
                "UNKNOWN_STATUS",
                format!("{} has these statuses only: {}.", provider.name, known.join(", ")),
            ),
        }
    }
}

async fn checked(session: &Session, tx: &Tx, wanted: Connection) -> Result<Connection, Error> {
    let mut problems = Problems::default();
    let mut wanted = wanted.check(&mut problems);
    check_words(&mut wanted, &mut problems);
    if let Err(why) = (provider(wanted.kind).project)(&wanted.project) {
        problems.add("project", "MALFORMED_PROJECT", why);
    }
    if let Ok(url) = Url::parse(&wanted.base_url) {
        if let Err(refused) = Reach::of(&session.app.settings).check(&url) {
            problems.add("baseUrl", "ADDRESS_NOT_ALLOWED", refused);
        }
        if url.query().is_some() || url.fragment().is_some() {
            let sentence = "Give the address alone, without anything after ? or #.";
            problems.add("baseUrl", "MALFORMED_URL", sentence);
        }
    }
    let named: Vec<UserId> = wanted.people.iter().map(|person| person.user_id).collect();
    let known: Vec<UserId> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.is_in(named.iter().copied()))
        .into_tuple()
        .all(&**tx)
        .await?;
    for (position, id) in named.iter().enumerate() {
        if !known.contains(id) {
            problems.add(
                format!("userMap.{position}.userId"),
                "UNKNOWN_USER",
                "There is no such user; look the id up under users.",
            );
        }
    }
    problems.finish()?;
    Ok(wanted)
}

/// A token, which is sent as a header.
fn credential(given: &str) -> Result<Secret, Error> {
    text::line("token", given, 1_000).map(Secret::new)
}

/// Creates a connection. What is accepted from now on is told, if it asks for that.
pub async fn create(
    session: &Session,
    new: Connection,
    token: &str,
    inbound_secret: Option<&str>,
) -> Result<Made, Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let new = checked(session, &tx, new).await?;
    let token = credential(token)?;
    let inbound_secret = match inbound_secret {
        Some(given) => Secret::new(model::connection::inbound_secret(given)?),
        None => Secret::new(secret::fresh()?),
    };
    let id: TrackerConnectionId = session.mint();
    let now = session.now();
    let sealer = &session.app.sealer;
    let row = tracker_connection::ActiveModel {
        id: Set(id),
        kind: Set(new.kind),
        name: Set(new.name.clone()),
        base_url: Set(new.base_url.clone()),
        project: Set(new.project.clone()),
        auto_create: Set(new.auto_create),
        is_enabled: Set(new.is_enabled),
        includes_restricted: Set(new.includes_restricted),
        status_map: Set(json!(new.statuses)),
        user_map: Set(json!(new.people)),
        from_sequence: Set(last_sequence(&*tx).await?),
        sealed_token: Set(sealer.seal(&token_purpose(id), &token)?),
        sealed_inbound_secret: Set(sealer.seal(&inbound_purpose(id), &inbound_secret)?),
        polled_until: Set(now),
        next_poll_at: Set(now),
        paused_until: Set(None),
        failures: Set(0),
        last_synced_at: Set(None),
        last_error: Set(None),
        created_by_id: Set(session.viewer.id()),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    tracker_connection::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await?;
    let changes = Changes::new()
        .created("tracker", &new.kind)
        .created("name", &new.name)
        .created("baseUrl", &new.base_url)
        .created("project", &new.project)
        .created("autoCreate", &new.auto_create)
        .created("isEnabled", &new.is_enabled)
        .created("includesRestricted", &new.includes_restricted)
        .created("statusMap", &new.statuses)
        .created("userMap", &new.people);
    record(
        session,
        &tx,
        vec![event("tracker_connection.created", id).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    Ok(Made {
        id,
        inbound_secret: inbound_secret.reveal().to_owned(),
    })
}

fn differences(before: &Connection, after: &Connection) -> Changes {
    Changes::new()
        .field("name", &before.name, &after.name)
        .field("autoCreate", &before.auto_create, &after.auto_create)
        .field("isEnabled", &before.is_enabled, &after.is_enabled)
        .field(
            "includesRestricted",
            &before.includes_restricted,
            &after.includes_restricted,
        )
        .field("statusMap", &before.statuses, &after.statuses)
        .field("userMap", &before.people, &after.people)
}

/// Changes a connection. It is tried again at once, unless the tracker has asked its token to wait, and all its links are compared anew.
pub async fn update(
    session: &Session,
    id: TrackerConnectionId,
    patch: ConnectionPatch,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = hold_connection(&tx, id).await?;
    let row = row.ok_or_else(|| Error::not_found("tracker connection"))?;
    check_version(expected_version, row.version)?;
    let before = described(&row)?;
    let after = checked(session, &tx, patch.apply(before.clone())).await?;
    let token = patch.token.map(|token| credential(&token)).transpose()?;
    let inbound_secret = patch
        .inbound_secret
        .map(|given| model::connection::inbound_secret(&given).map(Secret::new))
        .transpose()?;
    let changes = differences(&before, &after);
    let is_new_credential = token.is_some() || inbound_secret.is_some();
    if changes.is_empty() && !is_new_credential {
        return Ok(());
    }
    let (version, now) = (row.version, session.now());
    // A limit is of whoever has the token. Any other pause may be for what is being put right.
    let is_limited = token.is_none() && row.last_error.as_deref() == Some(LIMITED);
    let mut row = row.into_active_model();
    let sealer = &session.app.sealer;
    if let Some(token) = &token {
        row.sealed_token = Set(sealer.seal(&token_purpose(id), token)?);
    }
    if let Some(inbound_secret) = &inbound_secret {
        row.sealed_inbound_secret = Set(sealer.seal(&inbound_purpose(id), inbound_secret)?);
    }
    let makes_issues = |connection: &Connection| connection.is_enabled && connection.auto_create;
    if makes_issues(&after) && !makes_issues(&before) {
        row.from_sequence = Set(last_sequence(&*tx).await?);
    }
    row.name = Set(after.name);
    row.auto_create = Set(after.auto_create);
    row.is_enabled = Set(after.is_enabled);
    row.includes_restricted = Set(after.includes_restricted);
    row.status_map = Set(json!(after.statuses));
    row.user_map = Set(json!(after.people));
    row.failures = Set(0);
    if !is_limited {
        row.paused_until = Set(None);
        row.last_error = Set(None);
    }
    row.next_poll_at = Set(now);
    row.updated_at = Set(now);
    row.version = Set(version + 1);
    row.update(&*tx).await?;
    let own = Condition::all()
        .add(tracker_link::Column::ConnectionId.eq(id))
        .add(tracker_link::Column::State.ne(SyncState::Unlinked));
    mark(&tx, own, true, now).await?;
    let mut events = Vec::new();
    if !changes.is_empty() {
        events.push(event("tracker_connection.updated", id).changes(changes));
    }
    if is_new_credential {
        let payload = json!({ "token": token.is_some(), "inboundSecret": inbound_secret.is_some() });
        events.push(event("tracker_connection.credentials_changed", id).payload(payload));
    }
    record(session, &tx, events).await?;
    tx.commit().await
}

/// Removes a connection with its links. The issues stay as they are.
pub async fn delete(session: &Session, id: TrackerConnectionId) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = tracker_connection::Entity::find_by_id(id)
        .hold_to_remove()
        .one(&*tx)
        .await?;
    let row = row.ok_or_else(|| Error::not_found("tracker connection"))?;
    tracker_connection::Entity::delete_by_id(id).exec(&*tx).await?;
    let payload = json!({ "name": row.name, "project": row.project });
    record(
        session,
        &tx,
        vec![event("tracker_connection.deleted", id).payload(payload)],
    )
    .await?;
    tx.commit().await
}
