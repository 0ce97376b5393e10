//! Forgets keys whose time is over.

use entity::idempotency_key::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{auth::Session, platform::error::Error};

/// Removes what is over. Nothing depends on it: such a key is as good as never sent.
pub async fn forget_expired(session: &Session) -> Result<(), Error> {
    let forgotten = Entity::delete_many()
        .filter(Column::ExpiresAt.lte(session.now()))
        .exec(&session.db)
        .await?;
    if forgotten.rows_affected > 0 {
        tracing::debug!(
            keys = forgotten.rows_affected,
            "forgot idempotency keys whose time is over"
        );
    }
    Ok(())
}
