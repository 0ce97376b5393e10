//! A risk is accepted for a time; then it is asked again.

use entity::{
    enums::{ClosureReason, RecommendationStatus},
    ids::RecommendationId,
};
use serde_json::json;

use super::{differences, event, hold, steps::clear_completion, store};
use crate::{auth::Session, events::service::record, platform::error::Error};

/// Returns an item to PROPOSED if its risk acceptance is over. False when somebody else was faster.
pub async fn expire_risk_acceptance(session: &Session, id: RecommendationId) -> Result<bool, Error> {
    let tx = session.begin().await?;
    let before = hold(session, &tx, id).await?.row;
    let over = before.risk_accepted_until.filter(|until| *until < session.today());
    let (RecommendationStatus::Declined, Some(ClosureReason::RiskAccepted), Some(until)) =
        (before.status, before.closure_reason, over)
    else {
        return Ok(false);
    };
    let mut after = before.clone();
    clear_completion(&mut after);
    after.status = RecommendationStatus::Proposed;
    store(session, &tx, &before, &mut after).await?;
    let payload = json!({ "riskAcceptedUntil": until, "note": before.closure_note });
    let event = event(
        "recommendation.risk_expired",
        &after,
        differences(&before, &after),
        payload,
    );
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(true)
}
