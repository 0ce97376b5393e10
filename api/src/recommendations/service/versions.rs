//! What an item was at every moment: rows of [valid_from, valid_to), without gaps, of which the open one is now.
//!
//! Unlike other histories it keeps rows that were valid for no time at all: an item that is accepted and started at the same
//! instant was accepted all the same, and a trend counts that.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    due_change,
    enums::RecommendationStatus,
    ids::{RecommendationVersionId, TypedId},
    recommendation, recommendation_version,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoSimpleExpr, QueryFilter, QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, UpdateStatement},
};

use crate::{
    auth::Session,
    platform::{db::Tx, error::Error, keys::is_postgres, sql},
};

/// Opens the first row of a new item.
pub(super) async fn open(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    tx.change_and_insert(Vec::new(), vec![begun(session, row, true, false)])
        .await
}

/// The rows of an item that was elsewhere, of what is known: when it was recommended, accepted, put off, done, checked, and changed
/// last.
pub(super) async fn restore(
    session: &Session,
    tx: &Tx,
    row: &recommendation::Model,
    moves: &[due_change::Model],
) -> Result<(), Error> {
    use RecommendationStatus as S;
    // No row begins before the item does.
    let known = [
        (Some(row.created_at), S::Proposed),
        (row.accepted_at, S::Accepted),
        (row.implemented_at, S::Implemented),
        (row.verified_at, S::Verified),
    ];
    let known = known
        .into_iter()
        .filter_map(|(at, status)| Some((at?, Some(status), None)));
    let put_off = moves.iter().map(|change| (change.changed_at, None, Some(change)));
    let mut steps: Vec<_> = known
        .chain(put_off)
        .map(|(at, status, change)| {
            (
                at.clamp(row.created_at, row.updated_at.max(row.created_at)),
                status,
                change,
            )
        })
        .collect();
    steps.sort_by_key(|(at, ..)| *at);
    if steps.iter().rev().find_map(|(_, status, _)| *status) != Some(row.status) {
        steps.push((
            row.completed_at.unwrap_or(row.updated_at).max(row.created_at),
            Some(row.status),
            None,
        ));
        steps.sort_by_key(|(at, ..)| *at);
    }
    let last = steps.len();
    let mut is = recommendation::Model {
        status: S::Proposed,
        due_on: moves.first().map_or(row.due_on, |first| first.from_on),
        due_moves: 0,
        original_due_on: None,
        accepted_at: None,
        accepted_on: None,
        implemented_on: None,
        implement_micros: None,
        completed_at: None,
        closure_reason: None,
        ..row.clone()
    };
    let mut before: Option<recommendation::Model> = None;
    for (number, (at, status, change)) in steps.into_iter().enumerate() {
        is.status = status.unwrap_or(is.status);
        if is.status != S::Proposed && row.accepted_at.is_some() {
            is.original_due_on = row.original_due_on;
            is.accepted_at = row.accepted_at;
            is.accepted_on = row.accepted_on;
        }
        if matches!(is.status, S::Implemented | S::Verified) {
            is.implemented_on = row.implemented_on;
            is.implement_micros = row.implement_micros;
            is.completed_at = row.completed_at;
        }
        if let Some(change) = change {
            is.due_on = change.to_on;
            is.due_moves += i64::from(is.accepted_at.is_some());
        }
        let mut after = if number + 1 < last { is.clone() } else { row.clone() };
        after.updated_at = at;
        match &before {
            None => open(session, tx, &after).await?,
            Some(before) => renew(session, tx, &[(before, &after)]).await?,
        }
        before = Some(after);
    }
    Ok(())
}

fn begun(
    session: &Session,
    row: &recommendation::Model,
    is_new_status: bool,
    is_acceptance: bool,
) -> recommendation_version::ActiveModel {
    // The instant of the change itself: rows follow each other without a gap.
    let at = row.updated_at;
    recommendation_version::ActiveModel {
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
    }
}

/// What a row keeps that does not follow from the rest of it.
fn kept(row: &recommendation::Model) -> impl PartialEq {
    (
        (row.status, row.owner_id, row.team_id, row.priority, row.kind),
        (row.due_on, row.due_moves, row.accepted_at, row.implement_micros),
        row.title.clone(),
    )
}

/// Closes the open rows and opens the next, of those of which anything that is kept has changed.
pub(super) async fn renew(
    session: &Session,
    tx: &Tx,
    changes: &[(&recommendation::Model, &recommendation::Model)],
) -> Result<(), Error> {
    renew_after(session, tx, Vec::new(), changes).await
}

/// The same, after these statements.
pub(super) async fn renew_after(
    session: &Session,
    tx: &Tx,
    mut statements: Vec<UpdateStatement>,
    changes: &[(&recommendation::Model, &recommendation::Model)],
) -> Result<(), Error> {
    use recommendation_version::Column as C;
    let mut closed: BTreeMap<DateTime<Utc>, Vec<Uuid>> = BTreeMap::new();
    let mut next = Vec::with_capacity(changes.len());
    for (before, after) in changes {
        if kept(before) != kept(after) {
            closed.entry(after.updated_at).or_default().push(before.id.uuid());
            let is_acceptance = before.accepted_at.is_none() && after.accepted_at.is_some();
            next.push(begun(session, after, before.status != after.status, is_acceptance));
        }
    }
    for (at, ids) in &closed {
        let is_theirs = sql::one_of(C::RecommendationId.into_simple_expr(), ids, is_postgres(&**tx));
        let close = recommendation_version::Entity::update_many()
            .col_expr(C::ValidTo, Expr::value(*at))
            .col_expr(C::ToOn, Expr::value(session.day(*at)))
            .filter(is_theirs)
            .filter(C::ValidTo.is_null());
        statements.push(close.into_query());
    }
    tx.change_and_insert(statements, next).await
}
