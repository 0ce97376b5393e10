//! Forgets browsers whose time is over.

use entity::{login_attempt, web_session};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{auth::Session, platform::error::Error};

/// Removes what has expired. Nothing depends on it: what has expired is refused anyway.
pub async fn forget_expired(session: &Session) -> Result<(), Error> {
    let now = session.now();
    let sessions = web_session::Entity::delete_many()
        .filter(web_session::Column::ExpiresAt.lte(now))
        .exec(&session.db)
        .await?;
    let attempts = login_attempt::Entity::delete_many()
        .filter(login_attempt::Column::ExpiresAt.lte(now))
        .exec(&session.db)
        .await?;
    if sessions.rows_affected + attempts.rows_affected > 0 {
        tracing::debug!(
            sessions = sessions.rows_affected,
            attempts = attempts.rows_affected,
            "forgot browsers whose time is over"
        );
    }
    Ok(())
}
