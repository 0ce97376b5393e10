//! Creates and changes endpoints. Admins only.

use entity::{ids::WebhookEndpointId, webhook_endpoint};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;
use url::Url;

use super::{event, give_up, hold, require_enabled, try_anew};
use crate::{
    auth::Session,
    events::{queries::last_sequence, service::record},
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::{Error, Problems, check_version},
        outbound::Reach,
        secret::{self, Secret},
        settings::Settings,
        signature::{Keys, each_of},
    },
    webhooks::{
        model::{Endpoint, EndpointPatch, TEST_EVENT, retry::OLD_SECRET},
        queries::{described, known_teams},
    },
};

/// An endpoint with the secret that is shown this once.
pub struct Made {
    /// Which one.
    pub id: WebhookEndpointId,
    /// What its deliveries are signed with.
    pub secret: Secret,
}

/// What a sealed secret is good for.
pub(super) fn purpose(id: WebhookEndpointId) -> String {
    format!("webhook_endpoint.secret {id}")
}

/// What may be called, by the settings.
pub fn reach(settings: &Settings) -> Reach {
    Reach::of(settings)
}

async fn checked(session: &Session, tx: &Tx, wanted: Endpoint, is_new_url: bool) -> Result<Endpoint, Error> {
    let mut problems = Problems::default();
    let wanted = wanted.check(&mut problems);
    if let (true, Ok(url)) = (is_new_url, Url::parse(&wanted.url))
        && let Err(refused) = reach(&session.app.settings).check(&url)
    {
        problems.add("url", "ADDRESS_NOT_ALLOWED", refused);
    }
    let known = known_teams(&**tx, &wanted.teams).await?;
    for (position, team) in wanted.teams.iter().enumerate() {
        if !known.contains(team) {
            problems.add(
                format!("filter.teamIds.{position}"),
                "UNKNOWN_TEAM",
                "There is no such team; look the id up under teams.",
            );
        }
    }
    problems.finish()?;
    Ok(wanted)
}

/// The address for the event log, which may be told to others: its path may be a secret, so a digest stands for it.
fn shown(url: &str) -> String {
    let origin = Url::parse(url)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    let digest = secret::digest(url);
    format!("{origin}/… ({})", digest.get(..8).unwrap_or_default())
}

fn differences(before: &Endpoint, after: &Endpoint) -> Changes {
    Changes::new()
        .field("url", &shown(&before.url), &shown(&after.url))
        .field("description", &before.description, &after.description)
        .field("eventTypes", &before.event_types, &after.event_types)
        .field("teamIds", &before.teams, &after.teams)
        .field("severities", &before.severities, &after.severities)
        .field("format", &before.format, &after.format)
        .field(
            "includesRestricted",
            &before.includes_restricted,
            &after.includes_restricted,
        )
        .field("isEnabled", &before.is_enabled, &after.is_enabled)
}

/// Creates an endpoint. It is told of what happens from now on.
pub async fn create(session: &Session, new: Endpoint) -> Result<Made, Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let new = checked(session, &tx, new, true).await?;
    let id: WebhookEndpointId = session.mint();
    let keys = Keys::fresh()?;
    let now = session.now();
    let row = webhook_endpoint::ActiveModel {
        id: Set(id),
        url: Set(new.url.clone()),
        description: Set(new.description.clone()),
        event_types: Set(json!(new.event_types)),
        team_ids: Set(json!(new.teams)),
        severities: Set(json!(new.severities)),
        format: Set(new.format),
        includes_restricted: Set(new.includes_restricted),
        is_enabled: Set(new.is_enabled),
        disabled_reason: Set(None),
        sealed_secret: Set(session.app.sealer.seal(&purpose(id), &keys.in_one())?),
        public_key: Set(keys.public),
        sealed_old_secret: Set(None),
        old_secret_until: Set(None),
        from_sequence: Set(last_sequence(&*tx).await?),
        failing_since: Set(None),
        paused_until: Set(None),
        created_by_id: Set(session.viewer.id()),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    webhook_endpoint::Entity::insert(row)
        .exec_without_returning(&*tx)
        .await?;
    let changes = Changes::new()
        .created("url", &shown(&new.url))
        .created("description", &new.description)
        .created("eventTypes", &new.event_types)
        .created("teamIds", &new.teams)
        .created("severities", &new.severities)
        .created("format", &new.format)
        .created("includesRestricted", &new.includes_restricted)
        .created("isEnabled", &new.is_enabled);
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.created", id).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    Ok(Made {
        id,
        secret: keys.secret,
    })
}

/// Changes an endpoint. One that is disabled gives up what waits; one that is enabled again starts with what happens from now on.
pub async fn update(
    session: &Session,
    id: WebhookEndpointId,
    patch: EndpointPatch,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = hold(&tx, id).await?;
    check_version(expected_version, row.version)?;
    let before = described(&row)?;
    let after = patch.apply(before.clone());
    let is_new_url = after.url != before.url;
    let after = checked(session, &tx, after, is_new_url).await?;
    let changes = differences(&before, &after);
    if changes.is_empty() {
        return Ok(());
    }
    let version = row.version;
    let mut row = row.into_active_model();
    row.url = Set(after.url);
    row.description = Set(after.description);
    row.event_types = Set(json!(after.event_types));
    row.team_ids = Set(json!(after.teams));
    row.severities = Set(json!(after.severities));
    row.format = Set(after.format);
    row.includes_restricted = Set(after.includes_restricted);
    row.is_enabled = Set(after.is_enabled);
    row.updated_at = Set(session.now());
    row.version = Set(version + 1);
    if after.is_enabled && !before.is_enabled {
        row.disabled_reason = Set(None);
        row.failing_since = Set(None);
        row.paused_until = Set(None);
        row.from_sequence = Set(last_sequence(&*tx).await?);
    }
    if is_new_url {
        row.failing_since = Set(None);
        row.paused_until = Set(None);
        try_anew(&tx, id, session.now()).await?;
    }
    row.update(&*tx).await?;
    // Also when it is enabled: something may have been put into the queue while it was being disabled.
    let given_up = if before.is_enabled == after.is_enabled {
        0
    } else {
        give_up(&tx, id).await?
    };
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.updated", id).changes(changes)],
    )
    .await?;
    tx.commit().await?;
    session.app.meters.work.webhooks_given_up(given_up);
    Ok(())
}

/// Removes an endpoint with all its deliveries.
pub async fn delete(session: &Session, id: WebhookEndpointId) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = webhook_endpoint::Entity::find_by_id(id)
        .hold_to_remove()
        .one(&*tx)
        .await?;
    let row = row.ok_or_else(|| Error::not_found("webhook endpoint"))?;
    webhook_endpoint::Entity::delete_by_id(id).exec(&*tx).await?;
    let payload = json!({ "url": shown(&row.url), "description": row.description });
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.deleted", id).payload(payload)],
    )
    .await?;
    tx.commit().await
}

/// Gives an endpoint another secret and another pair of keys. Those before sign too for a day; what was before them no more.
pub async fn rotate(session: &Session, id: WebhookEndpointId) -> Result<Secret, Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = hold(&tx, id).await?;
    let keys = Keys::fresh()?;
    let (old, version) = (row.sealed_secret.clone(), row.version);
    let until = session.now() + OLD_SECRET;
    let mut row = row.into_active_model();
    row.sealed_secret = Set(session.app.sealer.seal(&purpose(id), &keys.in_one())?);
    row.public_key = Set(keys.public);
    row.sealed_old_secret = Set(Some(old));
    row.old_secret_until = Set(Some(until));
    row.updated_at = Set(session.now());
    row.version = Set(version + 1);
    row.update(&*tx).await?;
    let payload = json!({ "oldSecretUntil": until });
    record(
        session,
        &tx,
        vec![event("webhook_endpoint.secret_rotated", id).payload(payload)],
    )
    .await?;
    tx.commit().await?;
    Ok(keys.secret)
}

/// Writes an event that goes to this endpoint whatever its filter says.
pub async fn test(session: &Session, id: WebhookEndpointId) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let tx = session.begin().await?;
    let row = webhook_endpoint::Entity::find_by_id(id).keep().one(&*tx).await?;
    let row = row.ok_or_else(|| Error::not_found("webhook endpoint"))?;
    require_enabled(&row, "id")?;
    record(session, &tx, vec![event(TEST_EVENT, id)]).await?;
    tx.commit().await
}

/// What signs at this moment, the newest first.
pub(super) fn signing(session: &Session, row: &webhook_endpoint::Model) -> Result<Vec<Secret>, Error> {
    let open = |sealed: &str| Ok::<_, Error>(each_of(&session.app.sealer.open(&purpose(row.id), sealed)?));
    let mut keys = open(&row.sealed_secret)?;
    if let (Some(old), Some(until)) = (&row.sealed_old_secret, row.old_secret_until)
        && session.now() < until
    {
        keys.extend(open(old)?);
    }
    Ok(keys)
}
