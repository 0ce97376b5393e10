//! What an item was at every moment: rows of [valid_from, valid_to), without gaps, of which the open one is now.

use entity::{ids::RecommendationVersionId, recommendation, recommendation_version};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
};

/// Opens the first row of a new item.
pub(super) async fn open(session: &Session, tx: &Tx, row: &recommendation::Model) -> Result<(), Error> {
    let version = recommendation_version::ActiveModel {
        id: Set(session.mint::<RecommendationVersionId>()),
        recommendation_id: Set(row.id),
        status: Set(row.status),
        owner_id: Set(row.owner_id),
        team_id: Set(row.team_id),
        priority: Set(row.priority),
        due_on: Set(row.due_on),
        // The instant of the change itself: rows follow each other without a gap.
        valid_from: Set(row.updated_at),
        valid_to: Set(None),
    };
    recommendation_version::Entity::insert(version)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Closes the open row and opens the next, when anything that is kept has changed.
pub(super) async fn renew(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    after: &recommendation::Model,
) -> Result<(), Error> {
    let kept = |row: &recommendation::Model| (row.status, row.owner_id, row.team_id, row.priority, row.due_on);
    if kept(before) == kept(after) {
        return Ok(());
    }
    recommendation_version::Entity::update_many()
        .col_expr(recommendation_version::Column::ValidTo, Expr::value(after.updated_at))
        .filter(recommendation_version::Column::RecommendationId.eq(before.id))
        .filter(recommendation_version::Column::ValidTo.is_null())
        .exec(&**tx)
        .await?;
    open(session, tx, after).await
}
