//! Stores a root cause as it was elsewhere.

use entity::root_cause;
use sea_orm::{ActiveModelTrait, EntityTrait};

use super::{added, remember};
use crate::{
    auth::Session,
    events::model::NewEvent,
    platform::{db::Tx, error::Error},
    search::{self, model::index::Subject},
};

/// Stores it. What it is made of is known to be sound; its parent must be there already.
pub async fn restore(session: &Session, tx: &Tx, row: &root_cause::Model) -> Result<NewEvent, Error> {
    session.viewer.require_admin()?;
    let active: root_cause::ActiveModel = row.clone().into();
    root_cause::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    remember(tx, row).await?;
    search::service::refresh(tx, &[Subject::RootCause(row.id)]).await?;
    Ok(added(row))
}

/// Points a cause that is here already at an earlier occurrence that has come back only now. It was so before: nothing is changed.
pub async fn restore_recurrence(
    session: &Session,
    tx: &Tx,
    later: &root_cause::Model,
    first: &root_cause::Model,
) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let row = root_cause::Model {
        recurrence_of_id: Some(first.recurrence_of_id.unwrap_or(first.id)),
        ..later.clone()
    };
    let active: root_cause::ActiveModel = row.clone().into();
    active.reset_all().update(&**tx).await?;
    remember(tx, &row).await
}
