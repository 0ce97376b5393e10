//! Work that was finished before this service knew of it.

use chrono::{DateTime, Utc};
use entity::{enums::RecommendationStatus, recommendation};
use serde_json::json;

use super::{differences, event, steps, store};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{db::Tx, error::Error},
    recommendations::model::StepInput,
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

/// Takes the steps that lead an item that has just been imported to where its document says that it stands. Each must be possible,
/// and have what it needs; who may is not asked, as nobody takes them.
pub async fn follow(
    session: &Session,
    tx: &Tx,
    row: recommendation::Model,
    inputs: Vec<StepInput>,
) -> Result<Vec<NewEvent>, Error> {
    session.viewer.require_admin()?;
    let mut row = row;
    let mut events = Vec::with_capacity(inputs.len());
    for input in inputs {
        let transition = input
            .step()
            .transition()
            .ok_or_else(|| Error::internal("a step without a row in the table"))?;
        steps::must_be_possible(&row, transition)?;
        let (after, event) = steps::move_on(session, tx, &row, transition, input).await?;
        row = after;
        events.push(event);
    }
    Ok(events)
}
