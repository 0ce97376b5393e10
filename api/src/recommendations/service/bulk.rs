//! The same change to many items, all or nothing.

use entity::{ids::RecommendationId, recommendation};

use super::{fields::Patching, held::hold_all};
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
) -> Result<Vec<recommendation::Model>, Error> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::invalid(
            "ids",
            "TOO_MANY",
            format!("Name 1 to {MOST} recommendations at a time."),
        ));
    }
    let mut order = ids.to_vec();
    order.sort();
    order.dedup();
    let place = |id: RecommendationId| ids.iter().position(|given| *given == id).unwrap_or_default();
    let tx = session.begin().await?;
    let held = hold_all(session, &tx, &order).await?;
    let is_held = |id: &&RecommendationId| held.iter().any(|held| held.row.id == **id);
    if let Some(missing) = order.iter().find(|id| !is_held(id)) {
        return Err(locate(Error::not_found("recommendation"), place(*missing)));
    }
    let mut patching = Patching::of(session, &tx, patch);
    for held in held {
        let place = place(held.row.id);
        patching.add(held).await.map_err(|error| locate(error, place))?;
    }
    let (rows, events) = patching.finish().await?;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(rows)
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
