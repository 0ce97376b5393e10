//! Records how a call went, and what follows from it.

use chrono::{DateTime, Duration, Utc};
use entity::{
    enums::DeliveryStatus,
    ids::{WebhookAttemptId, WebhookEndpointId},
    webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::{claim::Claim, endpoints::signing, event, give_up};
use crate::{
    auth::Session,
    events::service::record as record_events,
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::Error,
        outbound::{Refused, Reply},
        retry_after::asked_for,
        signature,
    },
    webhooks::{
        model::{
            chat,
            retry::{LONGEST_PAUSE, PATIENCE, Verdict, delay, pause, verdict},
        },
        queries::told,
    },
};

/// A request, ready to be sent.
pub struct Prepared {
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Makes the request of a delivery, as everything is now. None: the endpoint may not be told of it any more.
pub async fn prepare(session: &Session, claim: &Claim) -> Result<Option<Prepared>, Error> {
    let endpoint = &claim.endpoint;
    let Some(told) = told(session, claim.delivery.event_id, endpoint.includes_restricted).await? else {
        return Ok(None);
    };
    let body = chat::body(endpoint.format, &told).into_bytes();
    let now = session.now();
    let signatures = signature::sign(&signing(session, endpoint)?, &told.id, now, &body)?;
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", told.id),
        ("webhook-timestamp", now.timestamp().to_string()),
        ("webhook-signature", signatures),
    ];
    Ok(Some(Prepared { headers, body }))
}

/// What came of a delivery in hand.
pub enum Outcome {
    /// It was sent; an answer, or why there is none.
    Sent {
        /// When.
        at: DateTime<Utc>,
        /// How long it took.
        duration_ms: i64,
        /// What came back.
        answer: Result<Reply, Refused>,
    },
    /// It was not, because the endpoint may not be told of it.
    Withheld,
}

/// What follows.
struct Next {
    status: DeliveryStatus,
    next_attempt_at: Option<DateTime<Utc>>,
    tries: i64,
    paused_until: Option<DateTime<Utc>>,
    error: Option<String>,
    /// Why the endpoint is disabled, when it is.
    disabled: Option<String>,
}

fn done(status: DeliveryStatus, tries: i64, error: Option<String>) -> Next {
    Next {
        status,
        next_attempt_at: None,
        tries,
        paused_until: None,
        error,
        disabled: None,
    }
}

fn next(
    claim: &Claim,
    tries: i64,
    failing_since: Option<DateTime<Utc>>,
    outcome: &Outcome,
    now: DateTime<Utc>,
    random: f64,
) -> Next {
    let Outcome::Sent { answer, .. } = outcome else {
        let error = "Not sent: the report is RESTRICTED, and the endpoint is not marked includesRestricted.";
        return done(DeliveryStatus::Dead, tries, Some(error.to_owned()));
    };
    let error = match answer {
        Err(Refused(sentence)) => sentence.clone(),
        Ok(reply) => match verdict(reply.status) {
            Verdict::Succeeded => return done(DeliveryStatus::Succeeded, 0, None),
            Verdict::Gone => {
                let reason = "The receiver answered 410: it wants no more of this.";
                let mut gone = done(DeliveryStatus::Dead, tries + 1, Some("The answer was 410.".to_owned()));
                gone.disabled = Some(reason.to_owned());
                return gone;
            }
            Verdict::Failed(sentence) => sentence,
        },
    };
    let too_long = failing_since.is_some_and(|since| now - since >= PATIENCE);
    let disabled = too_long.then(|| {
        format!(
            "Every attempt of {} days failed. The last one: {error}",
            PATIENCE.num_days()
        )
    });
    let asked = answer
        .as_ref()
        .ok()
        .and_then(|reply| asked_for(reply.retry_after.as_deref()?, now, LONGEST_PAUSE))
        .filter(|wait| *wait > Duration::zero());
    let wait = delay(claim.delivery.tries + 1, random);
    let status_code = answer.as_ref().map_or(0, |reply| reply.status);
    let paused = wait.and_then(|wait| pause(status_code, asked, wait));
    let mut failed = done(DeliveryStatus::Dead, tries + 1, Some(error));
    if let Some(wait) = wait {
        failed.status = DeliveryStatus::Failed;
        failed.next_attempt_at = Some(now + wait.max(asked.unwrap_or_else(Duration::zero)));
    }
    failed.paused_until = paused.map(|pause| now + pause);
    failed.disabled = disabled;
    failed
}

async fn note(session: &Session, tx: &Tx, claim: &Claim, outcome: Outcome, error: Option<String>) -> Result<(), Error> {
    let (at, duration_ms, reply) = match outcome {
        Outcome::Sent {
            at,
            duration_ms,
            answer,
        } => (at, duration_ms, answer.ok()),
        Outcome::Withheld => (session.now(), 0, None),
    };
    let row = webhook_attempt::ActiveModel {
        id: Set(session.mint::<WebhookAttemptId>()),
        delivery_id: Set(claim.delivery.id),
        at: Set(at),
        duration_ms: Set(duration_ms),
        status_code: Set(reply.as_ref().map(|reply| i32::from(reply.status))),
        error: Set(error),
        response_snippet: Set(reply.map(|reply| reply.snippet).filter(|text| !text.is_empty())),
    };
    webhook_attempt::Entity::insert(row)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Records it. `random` is from 0 to 1.
pub async fn record(session: &Session, claim: &Claim, outcome: Outcome, random: f64) -> Result<(), Error> {
    let tx = session.begin().await?;
    let endpoint = webhook_endpoint::Entity::find_by_id(claim.endpoint.id)
        .hold()
        .one(&*tx)
        .await?;
    let delivery = webhook_delivery::Entity::find_by_id(claim.delivery.id)
        .hold()
        .one(&*tx)
        .await?;
    // Removed while the call was made.
    let (Some(endpoint), Some(delivery)) = (endpoint, delivery) else {
        return tx.commit().await;
    };
    let now = session.now();
    let next = next(claim, delivery.tries, endpoint.failing_since, &outcome, now, random);
    note(session, &tx, claim, outcome, next.error.clone()).await?;
    // The lease ran out and somebody else has it, or it was given up or put in the queue again: that stands.
    if delivery.lease_until != Some(claim.lease) {
        return tx.commit().await;
    }
    let succeeded = next.status == DeliveryStatus::Succeeded;
    // What another receiver answered says nothing of this one, which is tried at once.
    if !succeeded && endpoint.url != claim.endpoint.url {
        let mut row = delivery.into_active_model();
        row.next_attempt_at = Set(Some(now));
        row.lease_until = Set(None);
        row.update(&*tx).await?;
        return tx.commit().await;
    }
    let is_done = succeeded || next.status == DeliveryStatus::Dead;
    let counts = succeeded || next.tries != delivery.tries;
    let mut row = delivery.into_active_model();
    row.status = Set(next.status);
    row.tries = Set(next.tries);
    row.next_attempt_at = Set(next.next_attempt_at);
    row.lease_until = Set(None);
    row.update(&*tx).await?;

    let failing_since = match (counts, succeeded) {
        (true, true) => None,
        // With nothing left to try it cannot be said to fail any longer.
        (true, false) if next.status == DeliveryStatus::Dead && !waits(&tx, endpoint.id).await? => None,
        (true, false) => endpoint.failing_since.or(Some(now)),
        (false, _) => endpoint.failing_since,
    };
    // The longest that was asked for stands, whatever becomes of other calls; one that is over says nothing.
    let paused_until = next
        .paused_until
        .max(endpoint.paused_until)
        .filter(|until| *until > now);
    let given_up = match next.disabled.filter(|_| endpoint.is_enabled) {
        Some(reason) => disable(session, tx, endpoint, failing_since, reason).await?,
        None => {
            if (failing_since, paused_until) != (endpoint.failing_since, endpoint.paused_until) {
                let mut row = endpoint.into_active_model();
                row.failing_since = Set(failing_since);
                row.paused_until = Set(paused_until);
                row.update(&*tx).await?;
            }
            tx.commit().await?;
            0
        }
    };
    if is_done {
        session.app.meters.work.webhook_done(succeeded);
    }
    session.app.meters.work.webhooks_given_up(given_up);
    Ok(())
}

/// Is anything still to be sent to it?
async fn waits(tx: &Tx, endpoint: WebhookEndpointId) -> Result<bool, Error> {
    let waiting = webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::EndpointId.eq(endpoint))
        .filter(webhook_delivery::Column::NextAttemptAt.is_not_null());
    Ok(waiting.one(&**tx).await?.is_some())
}

/// Returns how many deliveries were given up with it.
async fn disable(
    session: &Session,
    tx: Tx,
    endpoint: webhook_endpoint::Model,
    failing_since: Option<DateTime<Utc>>,
    reason: String,
) -> Result<u64, Error> {
    let (id, version) = (endpoint.id, endpoint.version);
    let mut row = endpoint.into_active_model();
    row.is_enabled = Set(false);
    row.disabled_reason = Set(Some(reason.clone()));
    row.failing_since = Set(failing_since);
    row.updated_at = Set(session.now());
    row.version = Set(version + 1);
    row.update(&*tx).await?;
    let given_up = give_up(&tx, id).await?;
    let changes = Changes::new().field("isEnabled", &true, &false);
    let disabled = event("webhook_endpoint.disabled", id).changes(changes);
    record_events(session, &tx, vec![disabled.payload(json!({ "reason": reason }))]).await?;
    tx.commit().await?;
    Ok(given_up)
}
