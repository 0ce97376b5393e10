//! A risk is accepted for a time; then it is asked again.

use entity::{
    enums::{ClosureReason, RecommendationStatus},
    ids::RecommendationId,
};
use serde_json::json;

use super::{differences, event, hold, steps::clear_completion, stored::storing};
use crate::{auth::Session, events::service::record_with, platform::error::Error};

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
    let storing = storing(session, &tx, &before, &mut after);
    let payload = json!({ "riskAcceptedUntil": until, "note": before.closure_note });
    let event = event(
        "recommendation.risk_expired",
        &after,
        differences(&before, &after),
        payload,
    );
    record_with(session, &tx, storing, vec![event]).await?;
    tx.commit().await?;
    Ok(true)
}
