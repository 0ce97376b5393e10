//! What an item was at every moment: rows of [valid_from, valid_to), without gaps, of which the open one is now.
//!
//! Unlike other histories it keeps rows that were valid for no time at all: an item that is accepted and started at the same
//! instant was accepted all the same, and a trend counts that.

use entity::{enums::RecommendationStatus, ids::RecommendationVersionId, recommendation, recommendation_version};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
};

/// Opens the first row of a new item.
pub(super) async fn open(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    begin(session, tx, row, true, false).await
}

/// The rows of an item that was elsewhere, of what is known: when it was recommended, accepted, done, checked, and changed last.
pub(super) async fn restore(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    use RecommendationStatus as S;
    let mut steps = vec![(row.created_at, S::Proposed)];
    let known = [
        (row.accepted_at, S::Accepted),
        (row.implemented_at, S::Implemented),
        (row.verified_at, S::Verified),
    ];
    steps.extend(known.into_iter().filter_map(|(at, status)| Some((at?, status))));
    if steps.last().is_some_and(|(_, status)| *status != row.status) {
        steps.push((row.completed_at.unwrap_or(row.updated_at), row.status));
    }
    let last = steps.len();
    let mut before: Option<recommendation::Model> = None;
    for (number, (at, status)) in steps.into_iter().enumerate() {
        // No row begins before the one that it follows, nor after the item was changed last.
        let from = before.as_ref().map_or(row.created_at, |before| before.updated_at);
        let mut after = row.clone();
        after.updated_at = at.min(row.updated_at).max(from);
        if number + 1 < last {
            let is_accepted = number > 0 && row.accepted_at.is_some();
            let is_done = matches!(status, S::Implemented | S::Verified);
            after.status = status;
            after.due_moves = 0;
            after.closure_reason = None;
            after.original_due_on = after.original_due_on.filter(|_| is_accepted);
            after.accepted_at = after.accepted_at.filter(|_| is_accepted);
            after.accepted_on = after.accepted_on.filter(|_| is_accepted);
            after.implemented_on = after.implemented_on.filter(|_| is_done);
            after.implement_micros = after.implement_micros.filter(|_| is_done);
            after.completed_at = after.completed_at.filter(|_| is_done);
        }
        match &before {
            None => open(session, tx, &after).await?,
            Some(before) => renew(session, tx, before, &after).await?,
        }
        before = Some(after);
    }
    Ok(())
}

async fn begin(
    session: &Session,
    tx: &Tx,
    row: &recommendation::Model,
    is_new_status: bool,
    is_acceptance: bool,
) -> Result<(), Error> {
    // The instant of the change itself: rows follow each other without a gap.
    let at = row.updated_at;
    let version = recommendation_version::ActiveModel {
        id: Set(session.mint::<RecommendationVersionId>()),
        recommendation_id: Set(row.id),
        report_id: Set(row.report_id),
        key: Set(row.key.clone()),
        title: Set(row.title.clone()),
        status: Set(row.status),
        kind: Set(row.kind),
        priority: Set(row.priority),
        owner_id: Set(row.owner_id),
        team_id: Set(row.team_id),
        due_on: Set(row.due_on),
        original_due_on: Set(row.original_due_on),
        due_moves: Set(row.due_moves),
        accepted_at: Set(row.accepted_at),
        accepted_on: Set(row.accepted_on),
        implemented_on: Set(row.implemented_on),
        implement_micros: Set(row.implement_micros),
        completed_at: Set(row.completed_at),
        closure_reason: Set(row.closure_reason),
        created_at: Set(row.created_at),
        is_acceptance: Set(is_acceptance),
        is_new_status: Set(is_new_status),
        valid_from: Set(at),
        valid_to: Set(None),
        from_on: Set(session.day(at)),
        to_on: Set(None),
    };
    recommendation_version::Entity::insert(version)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// What a row keeps that does not follow from the rest of it.
fn kept(row: &recommendation::Model) -> impl PartialEq {
    (
        (row.status, row.owner_id, row.team_id, row.priority, row.kind),
        (row.due_on, row.due_moves, row.accepted_at, row.implement_micros),
        row.title.clone(),
    )
}

/// Closes the open row and opens the next, when anything that is kept has changed.
pub(super) async fn renew(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    after: &recommendation::Model,
) -> Result<(), Error> {
    if kept(before) == kept(after) {
        return Ok(());
    }
    use recommendation_version::Column as C;
    let at = after.updated_at;
    recommendation_version::Entity::update_many()
        .col_expr(C::ValidTo, Expr::value(at))
        .col_expr(C::ToOn, Expr::value(session.day(at)))
        .filter(C::RecommendationId.eq(before.id))
        .filter(C::ValidTo.is_null())
        .exec(&**tx)
        .await?;
    let is_acceptance = before.accepted_at.is_none() && after.accepted_at.is_some();
    begin(session, tx, after, before.status != after.status, is_acceptance).await
}
