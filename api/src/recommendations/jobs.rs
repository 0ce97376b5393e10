//! What time does to recommendations.

use entity::{
    enums::{ClosureReason, RecommendationStatus},
    ids::RecommendationId,
    recommendation,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::service::expire_risk_acceptance;
use crate::{
    auth::Session,
    platform::error::{Error, chain},
};

/// Returns every item whose risk was accepted until a day that is over to PROPOSED. Returns how many there were.
pub async fn expire_risk_acceptances(session: &Session) -> Result<usize, Error> {
    let due: Vec<RecommendationId> = recommendation::Entity::find()
        .select_only()
        .column(recommendation::Column::Id)
        .filter(recommendation::Column::Status.eq(RecommendationStatus::Declined))
        .filter(recommendation::Column::ClosureReason.eq(ClosureReason::RiskAccepted))
        .filter(recommendation::Column::RiskAcceptedUntil.lt(session.today()))
        .into_tuple()
        .all(&session.db)
        .await?;
    let mut expired = 0;
    for id in due {
        // Each by itself: one that fails does not keep the others.
        match expire_risk_acceptance(session, id).await {
            Ok(done) => expired += usize::from(done),
            Err(error) => {
                tracing::error!(recommendation.id = %id, error = %chain(&error), "a risk acceptance did not expire and will be tried again");
            }
        }
    }
    Ok(expired)
}
