//! Work that was finished before this service knew of it.

use chrono::{DateTime, Utc};
use entity::{enums::RecommendationStatus, recommendation};
use serde_json::json;

use super::{differences, event, store};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{db::Tx, error::Error},
};

/// Marks an item that has just been imported as implemented at `at`, as its document says. The steps between are not known.
pub async fn mark_implemented(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    at: DateTime<Utc>,
) -> Result<NewEvent, Error> {
    let mut after = before.clone();
    after.status = RecommendationStatus::Implemented;
    after.accepted_at = Some(at);
    after.accepted_on = Some(session.day(at));
    after.implemented_at = Some(at);
    after.implemented_on = Some(session.day(at));
    after.completed_at = Some(at);
    store(session, tx, before, &mut after).await?;
    Ok(event(
        "recommendation.implemented",
        &after,
        differences(before, &after),
        json!({ "imported": true }),
    ))
}
