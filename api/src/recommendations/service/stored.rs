//! Stores the next states of items, and their histories with them.

use entity::recommendation;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait, QueryFilter, QueryTrait,
    sea_query::OnConflict,
};

use super::versions;
use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
};

/// What an item is, and what it becomes.
pub(super) struct Change {
    pub before: recommendation::Model,
    pub after: recommendation::Model,
}

/// Stores an item's next state.
pub(super) async fn store(
    session: &Session,
    tx: &Tx,
    before: &recommendation::Model,
    after: &mut recommendation::Model,
) -> Result<(), Error> {
    count_change(session, before, after);
    let mut changed = after.clone().into_active_model();
    for column in recommendation::Column::iter() {
        let value = after.get(column);
        if before.get(column) != value {
            changed.set(column, value);
        }
    }
    let change = recommendation::Entity::update_many()
        .set(changed)
        .filter(recommendation::Column::Id.eq(after.id))
        .into_query();
    versions::renew_after(session, tx, vec![change], &[(before, after)]).await
}

/// Stores the next states of many items, in as many statements as of one.
pub(super) async fn store_all(session: &Session, tx: &Tx, changes: &mut [Change]) -> Result<(), Error> {
    use recommendation::Column as C;
    if changes.is_empty() {
        return Ok(());
    }
    for Change { before, after } in &mut *changes {
        count_change(session, before, after);
    }
    let rows = changes
        .iter()
        .map(|change| recommendation::ActiveModel::from(change.after.clone()).reset_all());
    // A key never changes. Naming it would hold the items against being referred to.
    let all = C::iter().filter(|column| !matches!(column, C::Id | C::Key));
    recommendation::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(C::Id).update_columns(all).to_owned())
        .exec_without_returning(&**tx)
        .await?;
    let histories: Vec<_> = changes.iter().map(|change| (&change.before, &change.after)).collect();
    versions::renew(session, tx, &histories).await
}

fn count_change(session: &Session, before: &recommendation::Model, after: &mut recommendation::Model) {
    after.updated_at = session.now_after(before.updated_at);
    after.version = before.version + 1;
}
