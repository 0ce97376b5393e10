//! The same change to many items, all or nothing.

use entity::ids::RecommendationId;

use super::fields::update_within;
use crate::{
    auth::Session,
    events::service::record,
    platform::error::{Error, Problem},
    recommendations::model::RecommendationPatch,
};

/// The most items of one change.
const MOST: usize = 200;

/// Changes every one of these items, or none. A problem names the item it is about.
pub async fn bulk_update(
    session: &Session,
    ids: &[RecommendationId],
    patch: &RecommendationPatch,
) -> Result<Vec<RecommendationId>, Error> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::invalid(
            "ids",
            "TOO_MANY",
            format!("Name 1 to {MOST} recommendations at a time."),
        ));
    }
    // Locked in the same order by everybody: two bulk changes cannot wait for each other.
    let mut order = ids.to_vec();
    order.sort();
    order.dedup();
    let tx = session.begin().await?;
    let mut events = Vec::new();
    for id in &order {
        let position = ids.iter().position(|given| given == id).unwrap_or_default();
        events.extend(
            update_within(session, &tx, *id, patch)
                .await
                .map_err(|error| locate(error, position))?,
        );
    }
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(order)
}

fn locate(error: Error, position: usize) -> Error {
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|problem| Problem {
                    path: format!("ids.{position}.{}", problem.path),
                    ..problem
                })
                .collect(),
        ),
        Error::NotFound(message) => Error::NotFound(format!("ids.{position}: {message}")),
        other => other,
    }
}
