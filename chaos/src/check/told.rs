//! Those who are told: did every event reach the receiver, and has every accepted recommendation one issue?

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use entity::{event, recommendation, tracker_cursor, tracker_link, webhook_cursor, webhook_delivery, webhook_endpoint};
use postmortem_tests::{Receiver, TestTracker};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::Findings;

/// Is everything sent, and is every link in step? Otherwise, what is missing, in words.
pub async fn what_is_missing(db: &DatabaseConnection) -> Result<Option<String>> {
    let last = event::Entity::find()
        .order_by_desc(event::Column::Sequence)
        .one(db)
        .await?;
    let last = last.map_or(0, |event| event.sequence);
    let webhooks = webhook_cursor::Entity::find()
        .one(db)
        .await?
        .map_or(0, |cursor| cursor.sequence);
    let trackers = tracker_cursor::Entity::find()
        .one(db)
        .await?
        .map_or(0, |cursor| cursor.sequence);
    if webhooks < last || trackers < last {
        return Ok(Some(format!(
            "event {last} is the last, webhooks are at {webhooks} and trackers at {trackers}"
        )));
    }
    let undone = webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::NextAttemptAt.is_not_null())
        .count(db)
        .await?;
    let in_step = tracker_link::Entity::find()
        .filter(tracker_link::Column::State.eq(entity::enums::SyncState::InSync))
        .filter(tracker_link::Column::LeaseUntil.is_null())
        .count(db)
        .await?;
    let accepted = accepted(db).await?;
    Ok((undone > 0 || in_step < accepted)
        .then(|| format!("{undone} deliveries are not done, and {in_step} of {accepted} links are in step")))
}

async fn accepted(db: &DatabaseConnection) -> Result<u64> {
    let accepted = recommendation::Entity::find().filter(recommendation::Column::AcceptedAt.is_not_null());
    Ok(accepted.count(db).await?)
}

/// Compares the log with what came, and recommendations with issues.
pub async fn check(
    db: &DatabaseConnection,
    receiver: &Receiver,
    tracker: &TestTracker,
    findings: &mut Findings,
) -> Result<()> {
    deliveries(db, receiver, findings).await?;
    issues(db, tracker, findings).await
}

async fn deliveries(db: &DatabaseConnection, receiver: &Receiver, findings: &mut Findings) -> Result<()> {
    let endpoint = webhook_endpoint::Entity::find()
        .one(db)
        .await?
        .context("there is no endpoint")?;
    let log = event::Entity::find().all(db).await?;
    let ids = |events: Vec<&event::Model>| events.iter().map(|event| event.id.to_string()).collect::<BTreeSet<_>>();
    let known = ids(log.iter().collect());
    // Events of endpoints and connections, which stand under no report, are for admins.
    let is_wanted = |event: &&event::Model| event.sequence > endpoint.from_sequence && event.report_id.is_some();
    let wanted = ids(log.iter().filter(is_wanted).collect());
    let mut came: BTreeMap<String, Value> = BTreeMap::new();
    for request in receiver.received() {
        let id = request.header("webhook-id").to_owned();
        if !known.contains(&id) {
            findings.half(format!("the receiver was told of {id}, which is not in the log"));
        }
        let told = of_event(request.json());
        if told["data"]["id"] != id.as_str() {
            findings.half(format!("a delivery of {id} names another event"));
        }
        match came.insert(id.clone(), told.clone()) {
            None => {}
            Some(before) if before == told => findings.sent_again += 1,
            Some(_) => findings.half(format!("{id} was told in two ways")),
        }
    }
    for id in wanted.iter().filter(|id| !came.contains_key(*id)) {
        findings.lost(format!("the receiver was never told of {id}"));
    }
    Ok(())
}

/// What a delivery tells that is the event's own. What it happened to is told as it is by then, and may have changed since: of that,
/// only what it is stays the same.
fn of_event(mut told: Value) -> Value {
    let subject = &mut told["data"]["subject"];
    *subject = json!({ "type": subject["type"], "id": subject["id"] });
    told
}

async fn issues(db: &DatabaseConnection, tracker: &TestTracker, findings: &mut Findings) -> Result<()> {
    let accepted = recommendation::Entity::find().filter(recommendation::Column::AcceptedAt.is_not_null());
    let accepted: BTreeSet<String> = accepted.all(db).await?.into_iter().map(|row| row.title).collect();
    let mut met = BTreeSet::new();
    for issue in tracker.issues() {
        let title = issue["title"].as_str().unwrap_or_default().to_owned();
        if !accepted.contains(&title) {
            findings.half(format!(
                "there is an issue {title:?}, and nothing accepted that is called so"
            ));
        }
        if !met.insert(title.clone()) {
            findings.twice(format!("the issue {title:?}"));
        }
    }
    for title in accepted.difference(&met) {
        findings.lost(format!("{title:?} was accepted and has no issue"));
    }
    Ok(())
}
