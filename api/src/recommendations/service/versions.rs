//! What an item was at every moment: rows of [valid_from, valid_to), without gaps, of which the open one is now.
//!
//! Unlike other histories it keeps rows that were valid for no time at all: an item that is accepted and started at the same
//! instant was accepted all the same, and a trend counts that.

use entity::{ids::RecommendationVersionId, recommendation, recommendation_version};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
};

/// Opens the first row of a new item.
pub(super) async fn open(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    begin(session, tx, row, true, false).await
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
