//! Work that is followed in an issue tracker.

use entity::{ids::RecommendationId, recommendation};

use super::{
    fields::update_within,
    hold,
    steps::{move_on, must_be_possible},
};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{db::Tx, error::Error},
    recommendations::model::{RecommendationPatch, StepInput},
};

/// Holds an item for something that hangs on it, if the viewer may change it.
pub async fn hold_to_edit(session: &Session, tx: &Tx, id: RecommendationId) -> Result<recommendation::Model, Error> {
    let held = hold(session, tx, id).await?;
    held.item().may_edit(&session.viewer)?;
    Ok(held.row)
}

/// Takes over what was changed in a tracker. Who may take a step there is decided there: an admin has connected it. What a step
/// needs is needed all the same. What is open afterwards is moved before it is changed, and what is closed is changed before.
pub async fn take_over(
    session: &Session,
    tx: &Tx,
    id: RecommendationId,
    patch: &RecommendationPatch,
    steps: Vec<StepInput>,
) -> Result<Vec<NewEvent>, Error> {
    let opens = steps
        .last()
        .and_then(|last| last.step().transition())
        .is_some_and(|transition| transition.to.is_open());
    let mut events = Vec::new();
    if !opens {
        events.extend(update_within(session, tx, id, patch).await?.1);
    }
    let mut row = hold_to_edit(session, tx, id).await?;
    for input in steps {
        let transition = input
            .step()
            .transition()
            .ok_or_else(|| Error::internal("a step without a row in the table"))?;
        must_be_possible(&row, transition)?;
        let (after, event) = move_on(session, tx, &row, transition, input).await?;
        events.push(event);
        row = after;
    }
    if opens {
        events.extend(update_within(session, tx, id, patch).await?.1);
    }
    Ok(events)
}
